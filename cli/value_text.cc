#include "value_text.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <charconv>
#include <cmath>
#include <cstdio>

namespace lance::cli {
namespace {

using arrow::Type;

void AppendValue(const arrow::Array& array, int64_t row, bool quoted, size_t limit,
                 std::string* out);

template <typename Number>
void AppendNumber(Number value, std::string* out) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  out->append(text, end);
}

void AppendFloat(double value, bool single, bool quoted, std::string* out) {
  if (std::isfinite(value)) {
    return single ? AppendNumber(static_cast<float>(value), out) : AppendNumber(value, out);
  }
  const char* const name = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (quoted) *out += '"';
  *out += name;
  if (quoted) *out += '"';
}

// Days since 1970 to year, month and day (the proleptic Gregorian calendar, any year).
void AppendDate(int64_t days, std::string* out) {
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  char text[48];
  std::snprintf(text, sizeof(text), "%04lld-%02d-%02d", static_cast<long long>(year),
                static_cast<int>(month), static_cast<int>(day));
  *out += text;
}

int64_t UnitsPerSecond(arrow::TimeUnit::type unit) {
  constexpr int64_t kPerSecond[] = {1, 1000, 1000000, 1000000000};
  return kPerSecond[unit];
}

void AppendTimeOfDay(int64_t value, arrow::TimeUnit::type unit, std::string* out) {
  const int64_t per_second = UnitsPerSecond(unit);
  const int64_t seconds = value / per_second;
  char text[64];
  std::snprintf(text, sizeof(text), "%02lld:%02d:%02d", static_cast<long long>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  *out += text;
  const int64_t fraction = value % per_second;
  if (fraction == 0) return;
  constexpr int kDigits[] = {0, 3, 6, 9};
  std::snprintf(text, sizeof(text), ".%0*lld", kDigits[unit], static_cast<long long>(fraction));
  *out += text;
}

void AppendTimestamp(int64_t value, const arrow::TimestampType& type, std::string* out) {
  const int64_t per_day = UnitsPerSecond(type.unit()) * 86400;
  int64_t days = value / per_day;
  if (value % per_day < 0) --days;
  AppendDate(days, out);
  *out += 'T';
  // Unsigned, because `days * per_day` may pass the smallest value by less than a day.
  const auto rest =
      static_cast<uint64_t>(value) - static_cast<uint64_t>(days) * static_cast<uint64_t>(per_day);
  AppendTimeOfDay(static_cast<int64_t>(rest), type.unit(), out);
  if (!type.timezone().empty()) *out += 'Z';  // with a zone the value is an instant, in UTC
}

void AppendString(std::string_view text, bool quoted, std::string* out) {
  if (quoted) return AppendJsonString(text, out);
  out->append(text);
}

void AppendBinary(std::string_view bytes, bool quoted, size_t limit, std::string* out) {
  if (quoted) *out += '"';
  *out += arrow::util::base64_encode(bytes.substr(0, limit));
  if (quoted) *out += '"';
}

void AppendItems(const arrow::Array& values, int64_t begin, int64_t length, size_t limit,
                 std::string* out) {
  const size_t start = out->size();
  *out += '[';
  for (int64_t i = 0; i < length; ++i) {
    if (i > 0) *out += ',';
    if (out->size() - start > limit) break;
    AppendValue(values, begin + i, true, limit, out);
  }
  *out += ']';
}

void AppendStruct(const arrow::StructArray& array, int64_t row, size_t limit, std::string* out) {
  *out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(array.struct_type()->field(i)->name(), out);
    *out += ':';
    AppendValue(*array.field(i), row, true, limit, out);
  }
  *out += '}';
}

// A map with text keys is a JSON object, any other one a list of pairs.
void AppendMap(const arrow::MapArray& array, int64_t row, size_t limit, std::string* out) {
  const bool object = array.keys()->type_id() == Type::STRING;
  const int64_t begin = array.value_offset(row);
  *out += object ? '{' : '[';
  for (int64_t i = begin; i < begin + array.value_length(row); ++i) {
    if (i > begin) *out += ',';
    if (!object) *out += "{\"key\":";
    AppendValue(*array.keys(), i, true, limit, out);
    *out += object ? ":" : ",\"value\":";
    AppendValue(*array.items(), i, true, limit, out);
    if (!object) *out += '}';
  }
  *out += object ? '}' : ']';
}

void AppendNested(const arrow::Array& array, int64_t row, bool quoted, size_t limit,
                  std::string* out) {
  switch (array.type_id()) {
    case Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      return AppendItems(*list.values(), list.value_offset(row), list.value_length(row), limit,
                         out);
    }
    case Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      return AppendItems(*list.values(), list.value_offset(row), list.value_length(row), limit,
                         out);
    }
    case Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      return AppendItems(*list.values(), list.value_offset(row), list.value_length(row), limit,
                         out);
    }
    case Type::STRUCT:
      return AppendStruct(static_cast<const arrow::StructArray&>(array), row, limit, out);
    case Type::MAP:
      return AppendMap(static_cast<const arrow::MapArray&>(array), row, limit, out);
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return AppendValue(*dictionary.dictionary(), dictionary.GetValueIndex(row), quoted, limit,
                         out);
    }
    case Type::EXTENSION:
      return AppendValue(*static_cast<const arrow::ExtensionArray&>(array).storage(), row, quoted,
                         limit, out);
    default: {
      const auto scalar = array.GetScalar(row);
      return AppendString(scalar.ok() ? (*scalar)->ToString() : "?", quoted, out);
    }
  }
}

void AppendTime(const arrow::Array& array, int64_t row, bool quoted, std::string* out) {
  if (quoted) *out += '"';
  switch (array.type_id()) {
    case Type::DATE32:
      AppendDate(static_cast<const arrow::Date32Array&>(array).Value(row), out);
      break;
    case Type::DATE64: {
      const int64_t millis = static_cast<const arrow::Date64Array&>(array).Value(row);
      AppendDate(millis / 86400000 - (millis % 86400000 < 0 ? 1 : 0), out);
      break;
    }
    case Type::TIME32:
      AppendTimeOfDay(static_cast<const arrow::Time32Array&>(array).Value(row),
                      static_cast<const arrow::Time32Type&>(*array.type()).unit(), out);
      break;
    case Type::TIME64:
      AppendTimeOfDay(static_cast<const arrow::Time64Array&>(array).Value(row),
                      static_cast<const arrow::Time64Type&>(*array.type()).unit(), out);
      break;
    default:
      AppendTimestamp(static_cast<const arrow::TimestampArray&>(array).Value(row),
                      static_cast<const arrow::TimestampType&>(*array.type()), out);
  }
  if (quoted) *out += '"';
}

template <typename ArrayType>
void AppendInteger(const arrow::Array& array, int64_t row, std::string* out) {
  AppendNumber(static_cast<const ArrayType&>(array).Value(row), out);
}

// Booleans, numbers and decimals; false for every other type.
bool AppendNumeric(const arrow::Array& array, int64_t row, bool quoted, std::string* out) {
  switch (array.type_id()) {
    case Type::BOOL:
      *out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false";
      return true;
    case Type::INT8:
      AppendInteger<arrow::Int8Array>(array, row, out);
      return true;
    case Type::INT16:
      AppendInteger<arrow::Int16Array>(array, row, out);
      return true;
    case Type::INT32:
      AppendInteger<arrow::Int32Array>(array, row, out);
      return true;
    case Type::INT64:
      AppendInteger<arrow::Int64Array>(array, row, out);
      return true;
    case Type::UINT8:
      AppendInteger<arrow::UInt8Array>(array, row, out);
      return true;
    case Type::UINT16:
      AppendInteger<arrow::UInt16Array>(array, row, out);
      return true;
    case Type::UINT32:
      AppendInteger<arrow::UInt32Array>(array, row, out);
      return true;
    case Type::UINT64:
      AppendInteger<arrow::UInt64Array>(array, row, out);
      return true;
    case Type::DURATION:
      AppendInteger<arrow::DurationArray>(array, row, out);
      return true;
    case Type::HALF_FLOAT: {
      const uint16_t bits = static_cast<const arrow::HalfFloatArray&>(array).Value(row);
      AppendFloat(arrow::util::Float16::FromBits(bits).ToFloat(), true, quoted, out);
      return true;
    }
    case Type::FLOAT:
      AppendFloat(static_cast<const arrow::FloatArray&>(array).Value(row), true, quoted, out);
      return true;
    case Type::DOUBLE:
      AppendFloat(static_cast<const arrow::DoubleArray&>(array).Value(row), false, quoted, out);
      return true;
    case Type::DECIMAL32:
      *out += static_cast<const arrow::Decimal32Array&>(array).FormatValue(row);
      return true;
    case Type::DECIMAL64:
      *out += static_cast<const arrow::Decimal64Array&>(array).FormatValue(row);
      return true;
    case Type::DECIMAL128:
      *out += static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
      return true;
    case Type::DECIMAL256:
      *out += static_cast<const arrow::Decimal256Array&>(array).FormatValue(row);
      return true;
    default:
      return false;
  }
}

void AppendValue(const arrow::Array& array, int64_t row, bool quoted, size_t limit,
                 std::string* out) {
  if (array.IsNull(row)) {
    if (quoted) *out += "null";
    return;
  }
  if (AppendNumeric(array, row, quoted, out)) return;
  switch (array.type_id()) {
    case Type::STRING:
      return AppendString(static_cast<const arrow::StringArray&>(array).GetView(row), quoted, out);
    case Type::LARGE_STRING:
      return AppendString(static_cast<const arrow::LargeStringArray&>(array).GetView(row), quoted,
                          out);
    case Type::STRING_VIEW:
      return AppendString(static_cast<const arrow::StringViewArray&>(array).GetView(row), quoted,
                          out);
    case Type::BINARY:
      return AppendBinary(static_cast<const arrow::BinaryArray&>(array).GetView(row), quoted, limit,
                          out);
    case Type::LARGE_BINARY:
      return AppendBinary(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row), quoted,
                          limit, out);
    case Type::FIXED_SIZE_BINARY:
      return AppendBinary(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row),
                          quoted, limit, out);
    case Type::DATE32:
    case Type::DATE64:
    case Type::TIME32:
    case Type::TIME64:
    case Type::TIMESTAMP:
      return AppendTime(array, row, quoted, out);
    default:
      return AppendNested(array, row, quoted, limit, out);
  }
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (byte >= 0x20) {
          *out += c;
        } else {
          *out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
  }
  *out += '"';
}

void AppendJson(const arrow::Array& array, int64_t row, size_t limit, std::string* out) {
  AppendValue(array, row, true, limit, out);
}

void AppendText(const arrow::Array& array, int64_t row, size_t limit, std::string* out) {
  AppendValue(array, row, false, limit, out);
}

}  // namespace lance::cli
