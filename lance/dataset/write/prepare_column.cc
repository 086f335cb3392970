#include "lance/dataset/write/prepare_column.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <utility>

#include "lance/file/column_view.h"
#include "lance/file/jsonb.h"

namespace lance {
namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;
using file::SchemaField;

TypePtr StorageOf(TypePtr type) {
  while (type->id() == Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType&>(*type).storage_type();
  }
  return type;
}
ArrayPtr StorageOf(ArrayPtr array) {
  while (array->type_id() == Type::EXTENSION) {
    array = static_cast<const arrow::ExtensionArray&>(*array).storage();
  }
  return array;
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == Type::STRING_VIEW;
}
bool IsBinary(const arrow::DataType& type) {
  return arrow::is_binary(type.id()) || type.id() == Type::BINARY_VIEW;
}

// The struct of blob v2 with some of its fields, in order.
bool IsBlobStruct(const SchemaField& field, const arrow::DataType& type) {
  if (type.id() != Type::STRUCT || (type.num_fields() != 2 && type.num_fields() != 4)) return false;
  for (int i = 0; i < type.num_fields(); ++i) {
    const SchemaField& wanted = field.children[static_cast<size_t>(i)];
    const arrow::Field& found = *type.field(i);
    const bool fits = i == 0   ? IsBinary(*found.type())
                      : i == 1 ? IsText(*found.type())
                               : found.type()->Equals(*wanted.type);
    if (found.name() != wanted.name || !fits) return false;
  }
  return true;
}

enum class Form : uint8_t { kAsIs, kJson, kBlob, kChildren };

bool IsPrepared(const SchemaField& field) {
  return field.logical_type == "json" || file::BlobVersionOf(field) == file::BlobVersion::kSecond ||
         std::any_of(field.children.begin(), field.children.end(), IsPrepared);
}

Form FormOf(const SchemaField& field, const arrow::DataType& type) {
  if (!IsPrepared(field)) return Form::kAsIs;
  if (field.logical_type == "json") return IsText(type) ? Form::kJson : Form::kAsIs;
  if (file::BlobVersionOf(field) == file::BlobVersion::kSecond) {
    return IsBinary(type) || IsBlobStruct(field, type) ? Form::kBlob : Form::kAsIs;
  }
  const bool same_children = type.id() == field.type->id() &&
                             static_cast<size_t>(type.num_fields()) == field.children.size();
  const bool simple =
      type.id() == Type::STRUCT || type.id() == Type::LIST || type.id() == Type::LARGE_LIST;
  return same_children && simple ? Form::kChildren : Form::kAsIs;
}

// A JSON column takes text, or bytes that say that they are JSONB: others are likely a mistake.
bool IsUnmarkedBinary(const SchemaField& field, const arrow::Field& source) {
  if (field.logical_type != "json" || !IsBinary(*source.type())) return false;
  const auto& metadata = source.metadata();
  const int name = metadata == nullptr ? -1 : metadata->FindKey("ARROW:extension:name");
  return name < 0 || metadata->value(name) != "lance.json";
}

TypePtr WithChildren(const TypePtr& type, arrow::FieldVector children) {
  if (type->id() == Type::LIST) return arrow::list(children[0]);
  if (type->id() == Type::LARGE_LIST) return arrow::large_list(children[0]);
  return arrow::struct_(std::move(children));
}

Result<ArrayPtr> Cast(const ArrayPtr& array, const TypePtr& type, arrow::MemoryPool* pool) {
  if (array->type()->Equals(*type)) return array;
  arrow::compute::ExecContext context(pool);
  return arrow::compute::Cast(*array, type, arrow::compute::CastOptions::Safe(), &context);
}

// Bytes as structs with data only, short structs as long ones.
Result<ArrayPtr> WholeBlobs(const SchemaField& field, const ArrayPtr& array,
                            arrow::MemoryPool* pool) {
  arrow::ArrayVector children;
  if (array->type_id() != Type::STRUCT) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr data, Cast(array, field.children[0].type, pool));
    children.push_back(std::move(data));
  } else {
    for (const ArrayPtr& child : static_cast<const arrow::StructArray&>(*array).fields()) {
      const TypePtr& type = field.children[children.size()].type;
      ARROW_ASSIGN_OR_RAISE(ArrayPtr cast, Cast(child, type, pool));
      children.push_back(std::move(cast));
    }
  }
  for (size_t i = children.size(); i < field.children.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr nulls,
                          arrow::MakeArrayOfNull(field.children[i].type, array->length(), pool));
    children.push_back(std::move(nulls));
  }
  return std::make_shared<arrow::StructArray>(field.type, array->length(), std::move(children),
                                              array->null_bitmap(), array->null_count());
}

Result<ArrayPtr> PrepareChildren(const SchemaField& field, const arrow::Field& source,
                                 const ArrayPtr& array, arrow::MemoryPool* pool) {
  auto out = array->data()->Copy();
  const TypePtr type = StorageOf(source.type());
  arrow::FieldVector children;
  for (size_t i = 0; i < field.children.size(); ++i) {
    const auto& child = type->field(static_cast<int>(i));
    ARROW_ASSIGN_OR_RAISE(
        const ArrayPtr prepared,
        PrepareColumn(field.children[i], *child, arrow::MakeArray(out->child_data[i]), pool));
    out->child_data[i] = prepared->data();
    children.push_back(child->WithType(prepared->type()));
  }
  out->type = WithChildren(type, std::move(children));
  return arrow::MakeArray(out);
}

}  // namespace

TypePtr PreparedType(const SchemaField& field, const arrow::Field& source) {
  const TypePtr type = StorageOf(source.type());
  if (IsUnmarkedBinary(field, source)) return nullptr;
  switch (FormOf(field, *type)) {
    case Form::kAsIs:
      break;
    case Form::kJson:
    case Form::kBlob:
      return field.type;
    case Form::kChildren: {
      arrow::FieldVector children;
      for (size_t i = 0; i < field.children.size(); ++i) {
        const auto& child = type->field(static_cast<int>(i));
        TypePtr prepared = PreparedType(field.children[i], *child);
        if (prepared == nullptr) return nullptr;
        children.push_back(child->WithType(std::move(prepared)));
      }
      return WithChildren(type, std::move(children));
    }
  }
  return source.type();
}

Result<ArrayPtr> PrepareColumn(const SchemaField& field, const arrow::Field& source,
                               const ArrayPtr& given, arrow::MemoryPool* pool) {
  ArrayPtr array = StorageOf(given);
  const Form form = FormOf(field, *array->type());
  if (form == Form::kAsIs) return given;
  if (pool == nullptr) pool = arrow::default_memory_pool();
  if (array->offset() != 0) {  // validity and children are used as they are
    ARROW_ASSIGN_OR_RAISE(array, arrow::Concatenate({array}, pool));
  }
  if (form == Form::kBlob) return WholeBlobs(field, array, pool);
  if (form == Form::kChildren) return PrepareChildren(field, source, array, pool);
  if (array->type_id() == Type::STRING_VIEW) {
    ARROW_ASSIGN_OR_RAISE(array, Cast(array, arrow::large_utf8(), pool));
  }
  auto json = file::JsonBinaries(*array, pool);
  if (!json.ok()) return WithContext(json.status(), "column '" + field.name + "'");
  return json;
}

}  // namespace lance
