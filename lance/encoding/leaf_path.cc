#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <utility>

#include "lance/encoding/page_writer.h"

namespace lance::encoding {
namespace {

using TypePointer = std::shared_ptr<arrow::DataType>;

TypePointer StorageType(TypePointer type) {
  while (type->id() == arrow::Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType&>(*type).storage_type();
  }
  return type;
}

// The types of a value inside of a fixed-size list.
Status CheckListItem(const arrow::DataType& list) {
  const TypePointer item =
      StorageType(static_cast<const arrow::FixedSizeListType&>(list).value_type());
  if (item->id() == arrow::Type::FIXED_SIZE_LIST) return CheckListItem(*item);
  if (item->num_fields() > 0 || item->id() == arrow::Type::DICTIONARY ||
      item->id() == arrow::Type::NA) {
    return Unsupported("a Lance file cannot hold fixed-size lists of ", item->ToString());
  }
  return Status::OK();
}

bool IsTrue(const arrow::Field& field, const char* key) {
  const auto& metadata = field.metadata();
  const int found = metadata == nullptr ? -1 : metadata->FindKey(key);
  return found >= 0 && metadata->value(found) == "true";
}

bool AsksToPack(const arrow::Field& field) {
  return IsTrue(field, "lance-encoding:packed") || IsTrue(field, "packed");
}

class LeafFinder {
 public:
  LeafFinder(FormatVersion version, std::vector<LeafPath>* out) : version_(version), out_(out) {}

  Status Visit(const arrow::Field& field, const std::string& name) {
    const TypePointer type = StorageType(field.type());
    if (IsPackedField(field)) return AddPacked(field, type, name);
    switch (type->id()) {
      case arrow::Type::STRUCT:
        return VisitStruct(*type, name);
      case arrow::Type::LIST:
      case arrow::Type::LARGE_LIST:
        return VisitChild(*type, 0, AncestorKind::kList, name);
      case arrow::Type::MAP:
        if (version_ < kVersion22) {
          return Unsupported("column '", name, "' of type ", type->ToString(),
                             ": maps need a file of version 2.2 or later");
        }
        return VisitChild(*type, 0, AncestorKind::kList, name);
      default:
        return AddLeaf(type, name);
    }
  }

 private:
  Status VisitStruct(const arrow::DataType& type, const std::string& name) {
    if (type.num_fields() == 0) {
      return Unsupported("column '", name, "' is a struct without fields");
    }
    for (int i = 0; i < type.num_fields(); ++i) {
      ARROW_RETURN_NOT_OK(VisitChild(type, i, AncestorKind::kStruct, name));
    }
    return Status::OK();
  }

  Status VisitChild(const arrow::DataType& type, int child, AncestorKind kind,
                    const std::string& name) {
    constexpr size_t kDeepest = 64;
    if (children_.size() >= kDeepest) {
      return Unsupported("column '", name, "' is nested deeper than ", kDeepest, " levels");
    }
    children_.push_back(child);
    kinds_.push_back(kind);
    const auto& field = type.field(child);
    ARROW_RETURN_NOT_OK(Visit(*field, name + "." + field->name()));
    children_.pop_back();
    kinds_.pop_back();
    return Status::OK();
  }

  LeafPath MakeLeaf(const TypePointer& type, const std::string& name) const {
    LeafPath leaf;
    leaf.children = children_;
    leaf.shape.ancestors.assign(kinds_.rbegin(), kinds_.rend());
    leaf.type = type;
    leaf.name = name;
    return leaf;
  }

  Status AddPacked(const arrow::Field& field, const TypePointer& type, const std::string& name) {
    LeafPath leaf = MakeLeaf(type, name);
    leaf.is_blob = !AsksToPack(field);
    auto values = PackedValueType(*type);
    if (!values.ok()) return WithContext(values.status(), "column '" + name + "'");
    leaf.shape.values = std::move(*values);
    if (leaf.is_blob && (leaf.shape.num_lists() > 0 || version_ >= kVersion22)) {
      return Unsupported(
          "column '", name, "': blobs ",
          version_ >= kVersion22 ? "of the first kind in files of version 2.2" : "inside of lists");
    }
    // The official reader does not read vectors in rows of a fixed width.
    const bool has_vector = std::any_of(
        type->fields().begin(), type->fields().end(),
        [](const auto& child) { return child->type()->id() == arrow::Type::FIXED_SIZE_LIST; });
    if (leaf.shape.values.is_fixed() && has_vector) {
      return Unsupported("column '", name, "' of type ", type->ToString(),
                         ": a packed struct with a vector needs a child of variable width");
    }
    if (leaf.shape.values.is_row() && version_ < kVersion22) {
      return Unsupported("column '", name, "' of type ", type->ToString(),
                         ": packed structs with children of variable width need a file of "
                         "version 2.2 or later");
    }
    out_->push_back(std::move(leaf));
    return Status::OK();
  }

  Status AddLeaf(const TypePointer& type, const std::string& name) {
    LeafPath leaf = MakeLeaf(type, name);
    if (type->id() == arrow::Type::FIXED_SIZE_LIST) {
      ARROW_RETURN_NOT_OK(WithContext(CheckListItem(*type), "column '" + name + "'"));
    }
    auto values = ValueTypeOf(*type);
    if (!values.ok()) return WithContext(values.status(), "column '" + name + "'");
    leaf.shape.values = std::move(*values);
    out_->push_back(std::move(leaf));
    return Status::OK();
  }

  // Views are stored as the plain types.
  static Result<ValueType> ValueTypeOf(const arrow::DataType& type) {
    const bool is_view =
        type.id() == arrow::Type::STRING_VIEW || type.id() == arrow::Type::BINARY_VIEW;
    return is_view ? Result<ValueType>(ValueType::Variable(32)) : LeafValueType(type);
  }

  FormatVersion version_;
  std::vector<LeafPath>* out_;
  std::vector<int> children_;
  std::vector<AncestorKind> kinds_;  // outer to inner
};

template <typename Offset>
void FollowOffsets(const arrow::ArrayData& data, int64_t* begin, int64_t* end) {
  if (data.buffers[1] == nullptr) {
    *begin = *end = 0;
    return;
  }
  const auto* offsets = reinterpret_cast<const Offset*>(data.buffers[1]->data());
  *begin = offsets[*begin];
  *end = offsets[*end];
}

uint64_t ValueBits(const ValueType& type, const arrow::ArrayData& data, int64_t begin, int64_t end);

// Children of a packed struct, together.
uint64_t PackedBits(const arrow::ArrayData& data, int64_t begin, int64_t end) {
  uint64_t out = 0;
  for (const auto& child : data.child_data) {
    const auto type = LeafValueType(*StorageType(child->type));
    const bool is_view = child->type->id() == arrow::Type::STRING_VIEW ||
                         child->type->id() == arrow::Type::BINARY_VIEW;
    out += ValueBits(is_view || !type.ok() ? ValueType::Variable(32) : *type, *child,
                     child->offset + begin, child->offset + end);
  }
  return out;
}

uint64_t VariableBytes(const ValueType& type, const arrow::ArrayData& data, int64_t begin,
                       int64_t end) {
  const auto count = static_cast<uint64_t>(end - begin);
  const uint64_t out = count * type.bytes();
  if (data.type->id() == arrow::Type::STRING_VIEW || data.type->id() == arrow::Type::BINARY_VIEW) {
    const auto* views =
        reinterpret_cast<const arrow::BinaryViewType::c_type*>(data.buffers[1]->data());
    uint64_t lengths = 0;
    for (int64_t i = begin; i < end; ++i) lengths += static_cast<uint64_t>(views[i].size());
    return out + lengths;
  }
  if (data.buffers.size() < 3) return out;
  int64_t first = begin;
  int64_t last = end;
  if (type.bits == 32) {
    FollowOffsets<int32_t>(data, &first, &last);
  } else {
    FollowOffsets<int64_t>(data, &first, &last);
  }
  return out + static_cast<uint64_t>(last - first);
}

uint64_t ValueBits(const ValueType& type, const arrow::ArrayData& data, int64_t begin,
                   int64_t end) {
  const auto count = static_cast<uint64_t>(end - begin);
  if (data.type->id() == arrow::Type::NA) return count;
  if (data.type->id() == arrow::Type::DICTIONARY) return count * 64;
  if (data.type->id() == arrow::Type::STRUCT) return PackedBits(data, begin, end);
  if (!type.is_fixed()) return 8 * VariableBytes(type, data, begin, end);
  return count * type.bits;
}

}  // namespace

bool LeafPath::is_packed() const {
  return type->id() == arrow::Type::STRUCT && type->num_fields() > 0;
}

bool IsPackedField(const arrow::Field& field) {
  const TypePointer type = StorageType(field.type());
  return type->id() == arrow::Type::STRUCT && type->num_fields() > 0 &&
         (AsksToPack(field) || IsTrue(field, "lance-encoding:blob"));
}

Result<std::vector<LeafPath>> ListLeaves(const arrow::Field& column, FormatVersion version) {
  std::vector<LeafPath> out;
  ARROW_RETURN_NOT_OK(LeafFinder(version, &out).Visit(column, column.name()));
  return out;
}

uint64_t LeafMemoryBits(const LeafPath& path, const arrow::Array& column, int64_t begin,
                        int64_t end) {
  const arrow::ArrayData* data = column.data().get();
  begin += data->offset;
  end += data->offset;
  uint64_t level_bits = 0;
  for (const int child : path.children) {
    const arrow::Type::type kind = StorageType(data->type)->id();
    if (kind != arrow::Type::STRUCT) {
      level_bits += static_cast<uint64_t>(end - begin) * 32;
      if (kind == arrow::Type::LARGE_LIST) {
        FollowOffsets<int64_t>(*data, &begin, &end);
      } else {
        FollowOffsets<int32_t>(*data, &begin, &end);
      }
    }
    data = data->child_data[child].get();
    begin += data->offset;
    end += data->offset;
  }
  return level_bits + ValueBits(path.shape.values, *data, begin, end);
}

}  // namespace lance::encoding
