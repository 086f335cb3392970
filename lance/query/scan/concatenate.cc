#include "lance/query/scan/concatenate.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/type.h>

#include <utility>

namespace lance::query {
namespace {

using TypePointer = std::shared_ptr<arrow::DataType>;
using ArrayDataPointer = std::shared_ptr<arrow::ArrayData>;

// The type with integers in place of half floats in dictionaries, at every level.
TypePointer WithBitsInDictionaries(const TypePointer& type) {
  if (type->id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
    if (dictionary.value_type()->id() != arrow::Type::HALF_FLOAT) return type;
    return arrow::dictionary(dictionary.index_type(), arrow::uint16(), dictionary.ordered());
  }
  bool changed = false;
  arrow::FieldVector children;
  for (const auto& field : type->fields()) {
    const TypePointer child = WithBitsInDictionaries(field->type());
    changed |= child != field->type();
    children.push_back(field->WithType(child));
  }
  if (!changed) return type;
  switch (type->id()) {
    case arrow::Type::STRUCT:
      return arrow::struct_(std::move(children));
    case arrow::Type::LIST:
      return arrow::list(children[0]);
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(children[0]);
    case arrow::Type::MAP:
      return std::make_shared<arrow::MapType>(children[0]);
    default:
      return type;
  }
}

ArrayDataPointer WithType(const arrow::ArrayData& data, const TypePointer& type) {
  ArrayDataPointer out = data.Copy();
  out->type = type;
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    out->child_data[i] = WithType(*data.child_data[i], type->field(static_cast<int>(i))->type());
  }
  if (type->id() == arrow::Type::DICTIONARY) {
    out->dictionary =
        WithType(*data.dictionary, static_cast<const arrow::DictionaryType&>(*type).value_type());
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> JoinArrays(
    const std::vector<std::shared_ptr<arrow::Array>>& arrays, arrow::MemoryPool* pool) {
  LANCE_REQUIRE(!arrays.empty(), "there are no arrays to join");
  const TypePointer& type = arrays.front()->type();
  const TypePointer bits = WithBitsInDictionaries(type);
  if (bits == type) return arrow::Concatenate(arrays, pool);
  arrow::ArrayVector retyped;
  for (const auto& array : arrays) {
    retyped.push_back(arrow::MakeArray(WithType(*array->data(), bits)));
  }
  ARROW_ASSIGN_OR_RAISE(const auto joined, arrow::Concatenate(retyped, pool));
  return arrow::MakeArray(WithType(*joined->data(), type));
}

}  // namespace lance::query
