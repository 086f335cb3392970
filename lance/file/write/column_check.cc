#include "lance/file/write/column_check.h"

#include <arrow/array/array_base.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>

namespace lance::file::write {
namespace {

const arrow::DataType* StorageOf(const arrow::DataType* type) {
  while (type->id() == arrow::Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType*>(type)->storage_type().get();
  }
  return type;
}

// Views are stored as the plain types.
arrow::Type::type KindOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::STRING_VIEW) return arrow::Type::STRING;
  if (type.id() == arrow::Type::BINARY_VIEW) return arrow::Type::BINARY;
  return type.id();
}

// Names and nullability of list items and map entries do not matter; those of struct fields do.
bool SameShape(const arrow::DataType& expected_type, const arrow::DataType& found_type) {
  const arrow::DataType& expected = *StorageOf(&expected_type);
  const arrow::DataType& found = *StorageOf(&found_type);
  if (KindOf(expected) != KindOf(found)) return false;
  if (expected.num_fields() != found.num_fields()) return false;
  if (expected.num_fields() == 0) {
    return KindOf(expected) != expected.id() || KindOf(found) != found.id() ||
           expected.Equals(found);
  }
  if (expected.id() == arrow::Type::FIXED_SIZE_LIST &&
      static_cast<const arrow::FixedSizeListType&>(expected).list_size() !=
          static_cast<const arrow::FixedSizeListType&>(found).list_size()) {
    return false;
  }
  for (int i = 0; i < expected.num_fields(); ++i) {
    const bool named = expected.id() == arrow::Type::STRUCT;
    if (named && expected.field(i)->name() != found.field(i)->name()) return false;
    if (!SameShape(*expected.field(i)->type(), *found.field(i)->type())) return false;
  }
  return true;
}

Status CheckColumn(const SchemaField& field, const std::string& name, const arrow::Array& column) {
  if (field.name != name) {
    return Error(ErrorCode::SchemaMismatch, "expected column '", field.name, "', found '", name,
                 "'");
  }
  const arrow::DataType& expected = *StorageOf(field.type.get());
  const arrow::DataType& found = *StorageOf(column.type().get());
  if (expected.id() == arrow::Type::FIXED_SIZE_LIST && found.id() == arrow::Type::FIXED_SIZE_LIST) {
    const int32_t wanted = static_cast<const arrow::FixedSizeListType&>(expected).list_size();
    const int32_t size = static_cast<const arrow::FixedSizeListType&>(found).list_size();
    if (size != wanted) {
      return Error(ErrorCode::SchemaMismatch, "column '", name, "' holds vectors of ", size,
                   " items, but the table's vectors have ", wanted);
    }
  }
  if (!SameShape(expected, found)) {
    return Error(ErrorCode::SchemaMismatch, "column '", name, "' must be of type ",
                 expected.ToString(), ", found ", found.ToString());
  }
  if (!field.nullable && column.null_count() > 0) {
    return Error(ErrorCode::SchemaMismatch, "column '", name, "' is not nullable but holds ",
                 column.null_count(), " nulls");
  }
  return Status::OK();
}

}  // namespace

Status CheckBatch(const Schema& schema, const arrow::RecordBatch& batch) {
  const auto& fields = schema.fields();
  if (static_cast<size_t>(batch.num_columns()) != fields.size()) {
    return Error(ErrorCode::SchemaMismatch, "expected ", fields.size(), " columns, found ",
                 batch.num_columns());
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    const int at = static_cast<int>(i);
    ARROW_RETURN_NOT_OK(CheckColumn(fields[i], batch.column_name(at), *batch.column(at)));
  }
  return Status::OK();
}

}  // namespace lance::file::write
