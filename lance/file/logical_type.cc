// The text of logical types, both ways.
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lance/file/schema.h"

namespace lance::file {
namespace {

using TypePointer = std::shared_ptr<arrow::DataType>;

constexpr std::string_view kBfloat16 = "lance.bfloat16";
constexpr std::string_view kFixedSizeListHead = "fixed_size_list:";
constexpr int kDeepestFixedSizeList = 16;

struct PlainName {
  std::string_view text;
  const TypePointer& (*type)();
};

// The types without parameters.
constexpr std::array<PlainName, 20> kPlainNames = {{
    {"null", arrow::null},
    {"bool", arrow::boolean},
    {"int8", arrow::int8},
    {"uint8", arrow::uint8},
    {"int16", arrow::int16},
    {"uint16", arrow::uint16},
    {"int32", arrow::int32},
    {"uint32", arrow::uint32},
    {"int64", arrow::int64},
    {"uint64", arrow::uint64},
    {"halffloat", arrow::float16},
    {"float", arrow::float32},
    {"double", arrow::float64},
    {"string", arrow::utf8},
    {"large_string", arrow::large_utf8},
    {"binary", arrow::binary},
    {"large_binary", arrow::large_binary},
    {"json", arrow::large_binary},
    {"date32:day", arrow::date32},
    {"date64:ms", arrow::date64},
}};

constexpr std::array<std::pair<std::string_view, arrow::TimeUnit::type>, 4> kUnits = {{
    {"s", arrow::TimeUnit::SECOND},
    {"ms", arrow::TimeUnit::MILLI},
    {"us", arrow::TimeUnit::MICRO},
    {"ns", arrow::TimeUnit::NANO},
}};

std::string_view UnitName(arrow::TimeUnit::type unit) {
  for (const auto& [name, value] : kUnits) {
    if (value == unit) return name;
  }
  return "";
}

// Cut `text` at its first ':'; the second part is empty when there is none.
std::pair<std::string_view, std::string_view> CutFirst(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool ParseNumber(std::string_view text, int32_t* out) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, *out);
  return error == std::errc() && at == end && !text.empty();
}

Status Malformed(std::string_view text, std::string_view expected) {
  return Corruption("logical type '", text, "': expected ", expected);
}

Result<arrow::TimeUnit::type> ParseUnit(std::string_view unit, std::string_view text) {
  for (const auto& [name, value] : kUnits) {
    if (name == unit) return value;
  }
  return Malformed(text, "a unit s, ms, us or ns");
}

Result<TypePointer> ParseTemporal(std::string_view head, std::string_view rest,
                                  std::string_view text) {
  const auto [unit_text, zone] = CutFirst(rest);
  ARROW_ASSIGN_OR_RAISE(const auto unit, ParseUnit(unit_text, text));
  if (head == "timestamp") {
    return zone.empty() || zone == "-" ? arrow::timestamp(unit)
                                       : arrow::timestamp(unit, std::string(zone));
  }
  if (!zone.empty()) return Malformed(text, "nothing behind the unit");
  if (head == "duration") return arrow::duration(unit);
  const bool coarse = unit == arrow::TimeUnit::SECOND || unit == arrow::TimeUnit::MILLI;
  if (head == "time32" && coarse) return arrow::time32(unit);
  if (head == "time64" && !coarse) return arrow::time64(unit);
  return Malformed(text, head == "time32" ? "a unit s or ms" : "a unit us or ns");
}

Result<TypePointer> ParseDecimal(std::string_view rest, std::string_view text) {
  const auto [width, digits] = CutFirst(rest);
  const auto [precision_text, scale_text] = CutFirst(digits);
  int32_t precision = 0;
  int32_t scale = 0;
  if (!ParseNumber(precision_text, &precision) || !ParseNumber(scale_text, &scale)) {
    return Malformed(text, "decimal:<bits>:<precision>:<scale>");
  }
  auto type = width == "128"   ? arrow::Decimal128Type::Make(precision, scale)
              : width == "256" ? arrow::Decimal256Type::Make(precision, scale)
                               : Result<TypePointer>(Malformed(text, "128 or 256 bits"));
  if (!type.ok()) return Malformed(text, type.status().message());
  return type;
}

Result<TypePointer> ParseDictionary(std::string_view rest, std::string_view text) {
  const auto [value_text, tail] = CutFirst(rest);
  const auto [index_text, ordered] = CutFirst(tail);
  if (ordered != "false" && ordered != "true") {
    return Malformed(text, "dict:<value>:<index>:<ordered>");
  }
  ARROW_ASSIGN_OR_RAISE(auto values, ParseLogicalType(value_text));
  ARROW_ASSIGN_OR_RAISE(auto indices, ParseLogicalType(index_text));
  auto type = arrow::DictionaryType::Make(indices, values, ordered == "true");
  if (!type.ok()) return Malformed(text, "an integer index type");
  return type;
}

// Bytes of one value of a fixed-width type, rounded up; 0 for others.
uint64_t ValueBytes(const arrow::DataType& type) {
  if (type.id() == arrow::Type::FIXED_SIZE_LIST) {
    const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
    return ValueBytes(*list.value_type()) * static_cast<uint64_t>(list.list_size());
  }
  const int32_t width = type.byte_width();
  return width > 0 ? static_cast<uint64_t>(width) : 1;
}

std::shared_ptr<arrow::Field> Bfloat16Item() {
  return arrow::field("item", arrow::fixed_size_binary(2), true,
                      arrow::key_value_metadata({{"ARROW:extension:name", std::string(kBfloat16)},
                                                 {"ARROW:extension:metadata", ""}}));
}

Result<TypePointer> ParseFixedSizeList(std::string_view text) {
  const std::string_view inner = text.substr(kFixedSizeListHead.size());
  const size_t colon = inner.rfind(':');
  int32_t size = 0;
  if (colon == std::string_view::npos || !ParseNumber(inner.substr(colon + 1), &size) || size < 0) {
    return Malformed(text, "fixed_size_list:<item>:<number of items>");
  }
  const std::string_view item = inner.substr(0, colon);
  if (item == kBfloat16) return arrow::fixed_size_list(Bfloat16Item(), size);
  ARROW_ASSIGN_OR_RAISE(auto item_type, ParseLogicalType(item));
  const auto type = arrow::fixed_size_list(arrow::field("item", std::move(item_type)), size);
  // Each level is below 2^28 bytes, so that the product of two levels cannot wrap.
  if (ValueBytes(*type) > INT32_MAX / 8) return Malformed(text, "a value of less than 256 MiB");
  return type;
}

Result<std::string> FixedSizeListText(const arrow::FixedSizeListType& type) {
  const arrow::Field& item = *type.value_field();
  std::string item_text;
  const auto& metadata = item.metadata();
  const int key = metadata == nullptr ? -1 : metadata->FindKey("ARROW:extension:name");
  if (key >= 0 && metadata->value(key) == kBfloat16) {
    item_text = kBfloat16;
  } else if (item.type()->id() == arrow::Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionType&>(*item.type());
    if (extension.extension_name() != kBfloat16) {
      return Unsupported("a fixed-size list of extension type ", extension.extension_name());
    }
    item_text = kBfloat16;
  } else {
    const arrow::Type::type id = item.type()->id();
    const bool nests = id == arrow::Type::STRUCT || id == arrow::Type::FIXED_SIZE_LIST;
    const bool fits = nests || (arrow::is_fixed_width(id) && id != arrow::Type::DICTIONARY);
    if (!fits) return Unsupported("a fixed-size list of ", item.type()->ToString());
    ARROW_ASSIGN_OR_RAISE(item_text, LogicalTypeOf(*item.type()));
  }
  return internal::Concat(kFixedSizeListHead, item_text, ":", type.list_size());
}

Result<std::string> DictionaryText(const arrow::DictionaryType& type) {
  ARROW_ASSIGN_OR_RAISE(const std::string values, LogicalTypeOf(*type.value_type()));
  ARROW_ASSIGN_OR_RAISE(const std::string indices, LogicalTypeOf(*type.index_type()));
  if (values.find(':') != std::string::npos || type.value_type()->num_fields() > 0 ||
      type.value_type()->id() == arrow::Type::DICTIONARY) {
    return Unsupported("a dictionary of ", type.value_type()->ToString());
  }
  return internal::Concat("dict:", values, ":", indices, ":false");
}

std::string ListText(std::string_view name, const arrow::DataType& type) {
  const bool of_structs = type.field(0)->type()->id() == arrow::Type::STRUCT;
  return internal::Concat(name, of_structs ? ".struct" : "");
}

Result<std::string> ParametricText(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::TIME32:
      return internal::Concat("time32:",
                              UnitName(static_cast<const arrow::TimeType&>(type).unit()));
    case arrow::Type::TIME64:
      return internal::Concat("time64:",
                              UnitName(static_cast<const arrow::TimeType&>(type).unit()));
    case arrow::Type::DURATION:
      return internal::Concat("duration:",
                              UnitName(static_cast<const arrow::DurationType&>(type).unit()));
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return internal::Concat("timestamp:", UnitName(timestamp.unit()), ":",
                              timestamp.timezone().empty() ? "-" : timestamp.timezone());
    }
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return internal::Concat("decimal:", type.id() == arrow::Type::DECIMAL128 ? "128" : "256", ":",
                              decimal.precision(), ":", decimal.scale());
    }
    case arrow::Type::FIXED_SIZE_BINARY:
      return internal::Concat("fixed_size_binary:", type.byte_width());
    case arrow::Type::FIXED_SIZE_LIST:
      return FixedSizeListText(static_cast<const arrow::FixedSizeListType&>(type));
    case arrow::Type::DICTIONARY:
      return DictionaryText(static_cast<const arrow::DictionaryType&>(type));
    default:
      return Unsupported("the Arrow type ", type.ToString());
  }
}

}  // namespace

Result<std::string> LogicalTypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRUCT:
      return "struct";
    case arrow::Type::LIST:
      return ListText("list", type);
    case arrow::Type::LARGE_LIST:
      return ListText("large_list", type);
    case arrow::Type::MAP:
      if (!static_cast<const arrow::MapType&>(type).keys_sorted()) return "map";
      return Unsupported("a map with sorted keys");
    case arrow::Type::STRING_VIEW:
      return "string";
    case arrow::Type::BINARY_VIEW:
      return "binary";
    default:
      break;
  }
  for (const PlainName& plain : kPlainNames) {
    if (plain.type()->id() == type.id()) return std::string(plain.text);
  }
  return ParametricText(type);
}

Result<TypePointer> ParseLogicalType(std::string_view text) {
  for (const PlainName& plain : kPlainNames) {
    if (plain.text == text) return plain.type();
  }
  if (text.starts_with(kFixedSizeListHead)) {
    std::string_view item = text;
    for (int depth = 0; item.starts_with(kFixedSizeListHead); ++depth) {
      if (depth == kDeepestFixedSizeList) return Malformed(text, "at most 16 nested lists");
      item.remove_prefix(kFixedSizeListHead.size());
    }
    return ParseFixedSizeList(text);
  }
  const auto [head, rest] = CutFirst(text);
  if (head == "timestamp" || head == "time32" || head == "time64" || head == "duration") {
    return ParseTemporal(head, rest, text);
  }
  if (head == "decimal") return ParseDecimal(rest, text);
  if (head == "dict") return ParseDictionary(rest, text);
  if (head == "fixed_size_binary") {
    int32_t width = 0;
    // Arrow counts the bits of a value in 32 bits.
    if (!ParseNumber(rest, &width) || width < 0 || width > INT32_MAX / 8) {
      return Malformed(text, "a width in bytes, less than 256 MiB");
    }
    return arrow::fixed_size_binary(width);
  }
  return Unsupported("this build does not know the logical type '", text, "'");
}

}  // namespace lance::file
