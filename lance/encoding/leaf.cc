#include "lance/encoding/leaf.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <algorithm>
#include <limits>

namespace lance::encoding {
namespace {

constexpr uint64_t kLargestValueBits = uint64_t{1} << 31;  // 256 MiB per value

// A fixed-size list is one wide value; its own lists come first, outermost first.
Result<ValueType> FixedSizeListValueType(const arrow::FixedSizeListType& type) {
  ARROW_ASSIGN_OR_RAISE(ValueType item, LeafValueType(*type.value_type()));
  const arrow::Type::type item_id = type.value_type()->id();
  if (!item.is_fixed() || item_id == arrow::Type::DICTIONARY || item_id == arrow::Type::NA) {
    return Unsupported("a fixed-size list of values without fixed width (", type.ToString(),
                       ") cannot be stored in a Lance file; use a list instead");
  }
  if (type.list_size() <= 0) {
    return Unsupported("a fixed-size list needs at least one item, got ", type.ToString());
  }
  ValueType out = ValueType::Fixed(0);
  const bool fits =
      CheckedMultiply(item.bits, static_cast<uint64_t>(type.list_size()), &out.bits) &&
      out.bits <= kLargestValueBits;
  if (!fits) return Unsupported("a value of type ", type.ToString(), " is larger than 256 MiB");
  out.lists.push_back({type.list_size(), false});
  out.lists.insert(out.lists.end(), item.lists.begin(), item.lists.end());
  return out;
}

}  // namespace

Result<ValueType> PackedValueType(const arrow::DataType& type) {
  std::vector<ValueType> fields;
  uint64_t bits = 0;
  bool all_fixed = true;
  for (const auto& child : type.fields()) {
    const arrow::Type::type kind = child->type()->id();
    auto field = LeafValueType(*child->type());
    const bool fits = field.ok() && kind != arrow::Type::DICTIONARY && kind != arrow::Type::NA &&
                      (!field->is_fixed() || field->bits % 8 == 0);
    if (!fits) {
      return Unsupported("a packed struct cannot have the child '", child->name(), "' of type ",
                         child->type()->ToString(), ": only values of whole bytes can be packed");
    }
    if (field->is_fixed()) bits += field->bits;
    all_fixed &= field->is_fixed();
    fields.push_back(std::move(*field));
  }
  LANCE_REQUIRE(bits <= kLargestValueBits, "a value of type ", type.ToString(),
                " is larger than 2 GiB");
  return all_fixed ? ValueType::Fixed(bits) : ValueType::Row(std::move(fields));
}

int LeafShape::num_lists() const {
  return static_cast<int>(std::count(ancestors.begin(), ancestors.end(), AncestorKind::kList));
}

Result<ValueType> LeafValueType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return ValueType::Fixed(8);  // never stored: the pages of a null column hold no values
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return ValueType::Variable(32);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return ValueType::Variable(64);
    case arrow::Type::FIXED_SIZE_LIST:
      return FixedSizeListValueType(static_cast<const arrow::FixedSizeListType&>(type));
    case arrow::Type::DICTIONARY:
      return LeafValueType(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case arrow::Type::EXTENSION:
      return LeafValueType(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    case arrow::Type::BOOL:
    case arrow::Type::UINT8:
    case arrow::Type::INT8:
    case arrow::Type::UINT16:
    case arrow::Type::INT16:
    case arrow::Type::UINT32:
    case arrow::Type::INT32:
    case arrow::Type::UINT64:
    case arrow::Type::INT64:
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return ValueType::Fixed(static_cast<uint64_t>(type.bit_width()));
    case arrow::Type::FIXED_SIZE_BINARY:
      if (type.bit_width() <= 0) {
        return Unsupported("a fixed-size binary needs at least one byte, got ", type.ToString());
      }
      return ValueType::Fixed(static_cast<uint64_t>(type.bit_width()));
    default:
      return Unsupported("the Lance format has no encoding for values of type ", type.ToString());
  }
}

}  // namespace lance::encoding
