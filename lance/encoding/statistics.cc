#include "lance/encoding/statistics.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <cstring>

#include "lance/base/bytes.h"

namespace lance::encoding {
namespace {

template <typename T>
int CompareAs(std::string_view left, std::string_view right) {
  const T a = LoadUnaligned<T>(left.data());
  const T b = LoadUnaligned<T>(right.data());
  return a < b ? -1 : a == b ? 0 : 1;
}

int CompareSigned(uint16_t bytes, std::string_view left, std::string_view right) {
  switch (bytes) {
    case 1:
      return CompareAs<int8_t>(left, right);
    case 2:
      return CompareAs<int16_t>(left, right);
    case 4:
      return CompareAs<int32_t>(left, right);
    case 8:
      return CompareAs<int64_t>(left, right);
    case 16:
      return CompareAs<__int128>(left, right);
    default: {
      const arrow::Decimal256 a(reinterpret_cast<const uint8_t*>(left.data()));
      const arrow::Decimal256 b(reinterpret_cast<const uint8_t*>(right.data()));
      return a < b ? -1 : a == b ? 0 : 1;
    }
  }
}

int CompareUnsigned(uint16_t bytes, std::string_view left, std::string_view right) {
  switch (bytes) {
    case 1:
      return CompareAs<uint8_t>(left, right);
    case 2:
      return CompareAs<uint16_t>(left, right);
    case 4:
      return CompareAs<uint32_t>(left, right);
    default:
      return CompareAs<uint64_t>(left, right);
  }
}

double LoadFloat(std::string_view value) {
  return value.size() == 4 ? LoadUnaligned<float>(value.data())
                           : LoadUnaligned<double>(value.data());
}

BoundType FixedBounds(const arrow::DataType& type, ValueOrder order) {
  return {order, static_cast<uint16_t>(type.bit_width() / 8)};
}

}  // namespace

BoundType BoundTypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::EXTENSION:
      return BoundTypeOf(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case arrow::Type::BOOL:
      return {ValueOrder::kUnsigned, 1};
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return FixedBounds(type, ValueOrder::kUnsigned);
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return FixedBounds(type, ValueOrder::kSigned);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return FixedBounds(type, ValueOrder::kFloat);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return {ValueOrder::kBytes, 0};
    case arrow::Type::DICTIONARY: {
      const BoundType values =
          BoundTypeOf(*static_cast<const arrow::DictionaryType&>(type).value_type());
      return values.order == ValueOrder::kBytes ? values : BoundType{};
    }
    default:
      return {};
  }
}

int CompareBounds(BoundType type, std::string_view left, std::string_view right) {
  switch (type.order) {
    case ValueOrder::kSigned:
      return CompareSigned(type.value_bytes, left, right);
    case ValueOrder::kUnsigned:
      return CompareUnsigned(type.value_bytes, left, right);
    case ValueOrder::kFloat: {
      const double a = LoadFloat(left);
      const double b = LoadFloat(right);
      return a < b ? -1 : a == b ? 0 : 1;
    }
    default:
      return left.compare(right);
  }
}

void MergeZone(BoundType type, const ZoneStatistics& from, ZoneStatistics* zone) {
  // A side without values bounds nothing; one with values and without a bound is unbounded.
  if (!zone->has_values()) {
    zone->min = from.min;
    zone->max = from.max;
  } else if (from.has_values()) {
    if (!from.min || (zone->min && CompareBounds(type, *from.min, *zone->min) < 0)) {
      zone->min = from.min;
    }
    if (!from.max || (zone->max && CompareBounds(type, *from.max, *zone->max) > 0)) {
      zone->max = from.max;
    }
  }
  zone->num_rows += from.num_rows;
  zone->num_nulls += from.num_nulls;
  zone->num_nans += from.num_nans;
}

}  // namespace lance::encoding
