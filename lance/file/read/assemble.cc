#include "lance/file/read/assemble.h"

#include <arrow/array.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "lance/file/null_array.h"
#include "lance/file/read/leaf_array.h"

namespace lance::file {
namespace {

using encoding::AncestorColumn;
using encoding::AncestorKind;
using encoding::LeafColumn;

bool IsList(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::MAP;
}

Status CollectShapes(const SchemaField& field, std::vector<AncestorKind>* outer_to_inner,
                     std::vector<encoding::LeafShape>* out) {
  const auto blob = field.metadata.find("ARROW:extension:name");
  if (blob != field.metadata.end() && blob->second == "lance.blob.v2") {
    return Unsupported("the blob column '", field.name, "' cannot be read as values");
  }
  if (!IsLeaf(field)) {
    outer_to_inner->push_back(IsList(*field.type) ? AncestorKind::kList : AncestorKind::kStruct);
    for (const SchemaField& child : field.children) {
      ARROW_RETURN_NOT_OK(CollectShapes(child, outer_to_inner, out));
    }
    outer_to_inner->pop_back();
    return Status::OK();
  }
  encoding::LeafShape shape;
  if (IsPackedStruct(field)) {
    auto packed = encoding::PackedValueType(*field.type);
    if (!packed.ok()) return WithContext(packed.status(), "column '" + field.name + "'");
    shape.values = std::move(*packed);
  } else if (field.type->id() == arrow::Type::STRUCT) {
    shape.values = encoding::ValueType::Fixed(8);  // a struct without fields stores no values
  } else {
    auto values = encoding::LeafValueType(*field.type);
    if (!values.ok()) return WithContext(values.status(), "column '" + field.name + "'");
    shape.values = std::move(*values);
    if (field.type->id() == arrow::Type::DICTIONARY) shape.role = encoding::LeafRole::kDictionary;
  }
  shape.ancestors.assign(outer_to_inner->rbegin(), outer_to_inner->rend());
  out->push_back(std::move(shape));
  return Status::OK();
}

// Walks a field and its leaves at the same time.
class Assembler {
 public:
  Assembler(std::span<std::optional<LeafColumn>> leaves, arrow::MemoryPool* pool)
      : leaves_(leaves), pool_(pool) {}

  Result<std::shared_ptr<arrow::ArrayData>> Assemble(const SchemaField& field, size_t depth,
                                                     int64_t length);

 private:
  using Leaves = std::span<std::optional<LeafColumn>>;

  Leaves LeavesOf(const SchemaField& field) const;
  Result<std::shared_ptr<arrow::ArrayData>> AssembleLeaf(const SchemaField& field, int64_t length);
  Result<std::shared_ptr<arrow::ArrayData>> AssembleStruct(const SchemaField& field,
                                                           AncestorColumn layer, size_t depth);
  Result<std::shared_ptr<arrow::ArrayData>> AssembleList(const SchemaField& field,
                                                         AncestorColumn layer, size_t depth);
  Result<std::shared_ptr<arrow::Buffer>> WidenOffsets(const AncestorColumn& layer) const;

  std::span<std::optional<LeafColumn>> leaves_;
  size_t next_leaf_ = 0;
  arrow::MemoryPool* pool_;
};

size_t CountLeaves(const SchemaField& field) {
  if (IsLeaf(field)) return 1;
  size_t out = 0;
  for (const SchemaField& child : field.children) out += CountLeaves(child);
  return out;
}

const AncestorColumn& LayerAt(const LeafColumn& leaf, size_t depth) {
  return leaf.ancestors[leaf.ancestors.size() - 1 - depth];
}

bool SameOffsets(const AncestorColumn& a, const AncestorColumn& b) {
  if (a.length != b.length) return false;
  return a.offsets == b.offsets || (a.offsets && b.offsets && a.offsets->Equals(*b.offsets));
}

Assembler::Leaves Assembler::LeavesOf(const SchemaField& field) const {
  return leaves_.subspan(next_leaf_, CountLeaves(field));
}

Result<std::shared_ptr<arrow::ArrayData>> Assembler::Assemble(const SchemaField& field,
                                                              size_t depth, int64_t length) {
  const Leaves own = LeavesOf(field);
  const auto first = std::find_if(own.begin(), own.end(), [](const auto& leaf) { return leaf; });
  if (first == own.end()) {
    LANCE_CHECK_BYTES(field.nullable || length == 0, "the column '", field.name,
                      "' must not be null, but the file does not hold it");
    next_leaf_ += own.size();
    ARROW_ASSIGN_OR_RAISE(auto nulls, MakeNullArray(field.type, length, pool_));
    return nulls->data();
  }
  if (IsLeaf(field)) return AssembleLeaf(field, length);
  const AncestorColumn& layer = LayerAt(**first, depth);
  for (const auto& leaf : own) {
    LANCE_CHECK_BYTES(!leaf || SameOffsets(LayerAt(*leaf, depth), layer), "the columns of '",
                      field.name, "' do not agree on where its lists begin");
  }
  LANCE_CHECK_BYTES(layer.length == length, "the column '", field.name, "' has ", layer.length,
                    " values, expected ", length);
  return IsList(*field.type) ? AssembleList(field, layer, depth)
                             : AssembleStruct(field, layer, depth);
}

Result<std::shared_ptr<arrow::ArrayData>> Assembler::AssembleLeaf(const SchemaField& field,
                                                                  int64_t length) {
  LeafColumn leaf = std::move(*leaves_[next_leaf_++]);
  LANCE_CHECK_BYTES(leaf.num_values == length, "the column '", field.name, "' has ",
                    leaf.num_values, " values, expected ", length);
  return MakeLeafArray(field, std::move(leaf), pool_);
}

Result<std::shared_ptr<arrow::ArrayData>> Assembler::AssembleStruct(const SchemaField& field,
                                                                    AncestorColumn layer,
                                                                    size_t depth) {
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (const SchemaField& child : field.children) {
    ARROW_ASSIGN_OR_RAISE(auto data, Assemble(child, depth + 1, layer.length));
    children.push_back(std::move(data));
  }
  return arrow::ArrayData::Make(field.type, layer.length, {std::move(layer.validity)},
                                std::move(children), layer.null_count);
}

Result<std::shared_ptr<arrow::Buffer>> Assembler::WidenOffsets(const AncestorColumn& layer) const {
  const int64_t size = (layer.length + 1) * static_cast<int64_t>(sizeof(int64_t));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out, arrow::AllocateBuffer(size, pool_));
  const auto* from = reinterpret_cast<const int32_t*>(layer.offsets->data());
  std::copy_n(from, layer.length + 1, reinterpret_cast<int64_t*>(out->mutable_data()));
  return out;
}

Result<std::shared_ptr<arrow::ArrayData>> Assembler::AssembleList(const SchemaField& field,
                                                                  AncestorColumn layer,
                                                                  size_t depth) {
  LANCE_REQUIRE(field.children.size() == 1, "the list '", field.name, "' has ",
                field.children.size(), " children in the schema");
  const int32_t num_items = reinterpret_cast<const int32_t*>(layer.offsets->data())[layer.length];
  ARROW_ASSIGN_OR_RAISE(auto items, Assemble(field.children.front(), depth + 1, num_items));
  std::shared_ptr<arrow::Buffer> offsets = layer.offsets;
  if (field.type->id() == arrow::Type::LARGE_LIST) {
    ARROW_ASSIGN_OR_RAISE(offsets, WidenOffsets(layer));
  }
  return arrow::ArrayData::Make(field.type, layer.length,
                                {std::move(layer.validity), std::move(offsets)}, {std::move(items)},
                                layer.null_count);
}

}  // namespace

bool IsLeaf(const SchemaField& field) {
  return field.is_leaf_column() || IsPackedStruct(field) ||
         (field.type->id() != arrow::Type::STRUCT && !IsList(*field.type));
}

Status AppendLeafShapes(const SchemaField& field, std::vector<encoding::LeafShape>* out) {
  std::vector<AncestorKind> ancestors;
  return CollectShapes(field, &ancestors, out);
}

Result<std::shared_ptr<arrow::Array>> AssembleField(const SchemaField& field, int64_t num_rows,
                                                    std::span<std::optional<LeafColumn>> leaves,
                                                    arrow::MemoryPool* pool) {
  Assembler assembler(leaves, pool);
  ARROW_ASSIGN_OR_RAISE(auto data, assembler.Assemble(field, 0, num_rows));
  return arrow::MakeArray(data);
}

}  // namespace lance::file
