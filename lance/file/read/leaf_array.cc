#include "lance/file/read/leaf_array.h"

#include <arrow/array.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace lance::file {
namespace {

using ArrayDataPtr = std::shared_ptr<arrow::ArrayData>;

bool IsTrue(const SchemaField& field, const char* key) {
  const auto found = field.metadata.find(key);
  return found != field.metadata.end() && found->second == "true";
}

// A fixed-size list owns the values of its items; `layer` is its place among nested lists.
ArrayDataPtr MakeFixedSizeList(const std::shared_ptr<arrow::DataType>& type, int64_t length,
                               const encoding::LeafColumn& leaf, size_t layer) {
  const auto& list = static_cast<const arrow::FixedSizeListType&>(*type);
  const int64_t num_items = length * list.list_size();
  const std::shared_ptr<arrow::Buffer>& validity = leaf.values.item_validity[layer];
  const std::shared_ptr<arrow::DataType>& item = list.value_type();
  ArrayDataPtr items;
  if (item->id() == arrow::Type::FIXED_SIZE_LIST) {
    items = MakeFixedSizeList(item, num_items, leaf, layer + 1);
    items->buffers[0] = validity;
    items->null_count = arrow::kUnknownNullCount;
  } else {
    items = arrow::ArrayData::Make(item, num_items, {validity, leaf.values.data});
  }
  if (validity == nullptr) items->null_count = 0;
  return arrow::ArrayData::Make(type, length, {nullptr}, {std::move(items)}, 0);
}

template <typename Index>
Result<std::shared_ptr<arrow::Buffer>> NarrowIndices(const arrow::ArrayData& source,
                                                     arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<arrow::Buffer> out,
      arrow::AllocateBuffer(source.length * static_cast<int64_t>(sizeof(Index)), pool));
  const auto* from = source.GetValues<int32_t>(1);
  auto* to = reinterpret_cast<Index*>(out->mutable_data());
  for (int64_t i = 0; i < source.length; ++i) to[i] = static_cast<Index>(from[i]);
  return out;
}

// Indices of a dictionary-encoded array in the index type that the schema asks for.
Result<std::shared_ptr<arrow::Buffer>> ConvertIndices(const arrow::ArrayData& source,
                                                      const arrow::DataType& index_type,
                                                      int64_t num_items, arrow::MemoryPool* pool) {
  const int bits = index_type.bit_width();
  const int value_bits = arrow::is_signed_integer(index_type.id()) ? bits - 1 : bits;
  LANCE_CHECK_BYTES(value_bits >= 32 || num_items <= int64_t{1} << value_bits, "a batch has ",
                    num_items, " different values, too many for indices of type ",
                    index_type.ToString());
  switch (bits) {
    case 8:
      return NarrowIndices<uint8_t>(source, pool);
    case 16:
      return NarrowIndices<uint16_t>(source, pool);
    case 32:
      return source.buffers[1];
    default:
      return NarrowIndices<uint64_t>(source, pool);
  }
}

Result<ArrayDataPtr> EncodeDictionary(const std::shared_ptr<arrow::DataType>& type,
                                      ArrayDataPtr values, arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  ARROW_ASSIGN_OR_RAISE(arrow::Datum encoded,
                        arrow::compute::DictionaryEncode(
                            arrow::Datum(std::move(values)),
                            arrow::compute::DictionaryEncodeOptions::Defaults(), &context));
  const ArrayDataPtr& source = encoded.array();
  const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
  ARROW_ASSIGN_OR_RAISE(auto indices, ConvertIndices(*source, *dictionary.index_type(),
                                                     source->dictionary->length, pool));
  ArrayDataPtr out = arrow::ArrayData::Make(
      type, source->length, {source->buffers[0], std::move(indices)}, source->null_count);
  out->dictionary = source->dictionary;
  return out;
}

// Column of one child of a packed struct, cut out of the rows.
Result<ArrayDataPtr> CutChild(const SchemaField& child, const encoding::LeafColumn& rows,
                              uint64_t row_bytes, uint64_t* position, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(encoding::ValueType type, encoding::LeafValueType(*child.type));
  const uint64_t width = type.bytes();
  encoding::LeafColumn out;
  out.num_values = out.values.num_values = rows.num_values;
  out.values.item_validity.resize(type.lists.size());
  const auto count = static_cast<uint64_t>(rows.num_values);
  ARROW_ASSIGN_OR_RAISE(out.values.data,
                        arrow::AllocateBuffer(static_cast<int64_t>(count * width), pool));
  const uint8_t* from = rows.values.data->data() + *position;
  uint8_t* to = out.values.data->mutable_data();
  for (uint64_t i = 0; i < count; ++i, from += row_bytes, to += width) {
    std::memcpy(to, from, width);
  }
  *position += width;
  return MakeLeafArray(child, std::move(out), pool);
}

Result<ArrayDataPtr> Unpack(const SchemaField& field, const encoding::LeafColumn& leaf,
                            arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(encoding::ValueType packed, encoding::PackedValueType(*field.type));
  uint64_t position = 0;
  std::vector<ArrayDataPtr> children;
  for (const SchemaField& child : field.children) {
    ARROW_ASSIGN_OR_RAISE(ArrayDataPtr data,
                          CutChild(child, leaf, packed.bytes(), &position, pool));
    children.push_back(std::move(data));
  }
  return arrow::ArrayData::Make(field.type, leaf.num_values, {leaf.validity}, std::move(children),
                                leaf.null_count);
}

// The same where the children came as streams of their own.
Result<ArrayDataPtr> JoinFields(const SchemaField& field, encoding::LeafColumn leaf,
                                arrow::MemoryPool* pool) {
  LANCE_REQUIRE(leaf.values.fields.size() == field.children.size(), "the packed struct '",
                field.name, "' has ", field.children.size(), " children, but ",
                leaf.values.fields.size(), " were decoded");
  std::vector<ArrayDataPtr> children;
  for (size_t i = 0; i < field.children.size(); ++i) {
    encoding::LeafColumn child;
    child.num_values = leaf.num_values;
    child.values = std::move(leaf.values.fields[i]);
    ARROW_ASSIGN_OR_RAISE(ArrayDataPtr data,
                          MakeLeafArray(field.children[i], std::move(child), pool));
    children.push_back(std::move(data));
  }
  return arrow::ArrayData::Make(field.type, leaf.num_values, {std::move(leaf.validity)},
                                std::move(children), leaf.null_count);
}

Result<ArrayDataPtr> MakeStorage(const std::shared_ptr<arrow::DataType>& type,
                                 encoding::LeafColumn leaf, arrow::MemoryPool* pool) {
  const int64_t length = leaf.num_values;
  switch (type->id()) {
    case arrow::Type::NA:
      return arrow::ArrayData::Make(type, length, {nullptr}, length);
    case arrow::Type::STRUCT:
      return arrow::ArrayData::Make(type, length, {std::move(leaf.validity)}, leaf.null_count);
    case arrow::Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
      ARROW_ASSIGN_OR_RAISE(ArrayDataPtr storage,
                            MakeStorage(extension.storage_type(), std::move(leaf), pool));
      storage->type = type;
      return storage;
    }
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
      ARROW_ASSIGN_OR_RAISE(ArrayDataPtr values,
                            MakeStorage(dictionary.value_type(), std::move(leaf), pool));
      return EncodeDictionary(type, std::move(values), pool);
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      ArrayDataPtr out = MakeFixedSizeList(type, length, leaf, 0);
      out->buffers[0] = std::move(leaf.validity);
      out->null_count = leaf.null_count;
      return out;
    }
    default:
      break;
  }
  if (leaf.values.offsets != nullptr) {
    return arrow::ArrayData::Make(
        type, length,
        {std::move(leaf.validity), std::move(leaf.values.offsets), std::move(leaf.values.data)},
        leaf.null_count);
  }
  return arrow::ArrayData::Make(
      type, length, {std::move(leaf.validity), std::move(leaf.values.data)}, leaf.null_count);
}

}  // namespace

bool IsPackedStruct(const SchemaField& field) {
  return field.type->id() == arrow::Type::STRUCT && !field.children.empty() &&
         (IsTrue(field, "lance-encoding:packed") || IsTrue(field, "packed") ||
          IsTrue(field, "lance-encoding:blob"));
}

Result<std::shared_ptr<arrow::ArrayData>> MakeLeafArray(const SchemaField& field,
                                                        encoding::LeafColumn leaf,
                                                        arrow::MemoryPool* pool) {
  if (IsPackedStruct(field)) {
    if (leaf.values.fields.empty()) return Unpack(field, leaf, pool);
    return JoinFields(field, std::move(leaf), pool);
  }
  return MakeStorage(field.type, std::move(leaf), pool);
}

}  // namespace lance::file
