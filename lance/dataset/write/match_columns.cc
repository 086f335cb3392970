#include "lance/dataset/write/match_columns.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <set>
#include <string>
#include <string_view>

#include "lance/dataset/write/convert_array.h"
#include "lance/dataset/write/prepare_column.h"

namespace lance {
namespace {

std::string FieldNames(const file::Schema& schema) {
  std::string out;
  for (const file::SchemaField& field : schema.fields()) {
    out += (out.empty() ? "" : ", ") + field.name;
  }
  return out;
}

Status CheckNames(const file::Schema& target, const arrow::Schema& source) {
  std::set<std::string_view> seen;
  for (const auto& field : source.fields()) {
    if (!seen.insert(field->name()).second) {
      return Error(ErrorCode::SchemaMismatch, "the data has two columns named '", field->name(),
                   "'");
    }
    if (target.Find(field->name()) == nullptr) {
      return Error(ErrorCode::SchemaMismatch, "the table has no column '", field->name(),
                   "'; its columns are: ", FieldNames(target));
    }
  }
  return Status::OK();
}

Status CheckType(const file::SchemaField& field, const arrow::Field& column) {
  const arrow::DataType& source = *column.type();
  const auto prepared = PreparedType(field, column);
  if (prepared != nullptr && SameValues(*prepared, *field.type)) return Status::OK();
  if (source.id() == arrow::Type::FIXED_SIZE_LIST &&
      field.type->id() == arrow::Type::FIXED_SIZE_LIST) {
    const int32_t found = static_cast<const arrow::FixedSizeListType&>(source).list_size();
    const int32_t wanted = static_cast<const arrow::FixedSizeListType&>(*field.type).list_size();
    if (found != wanted) {
      return Error(ErrorCode::SchemaMismatch, "column '", field.name, "' takes vectors of ", wanted,
                   " values, but the data has vectors of ", found);
    }
  }
  return Error(ErrorCode::SchemaMismatch, "column '", field.name, "': expected ",
               field.type->ToString(), ", found ", source.ToString());
}

Status CheckNulls(const file::SchemaField& field, const arrow::Array& array) {
  if (field.nullable || array.null_count() == 0) return Status::OK();
  int64_t row = 0;
  while (row + 1 < array.length() && array.IsValid(row)) ++row;
  return Error(ErrorCode::SchemaMismatch, "column '", field.name, "' must not be null, but row ",
               row, " of the batch is");
}

}  // namespace

Result<ColumnMatcher> ColumnMatcher::Make(const file::Schema& target, const arrow::Schema& source,
                                          arrow::MemoryPool* pool) {
  ARROW_RETURN_NOT_OK(CheckNames(target, source));
  ColumnMatcher out;
  out.pool_ = pool;
  std::vector<std::string> names;
  for (const file::SchemaField& field : target.fields()) {
    const int index = source.GetFieldIndex(field.name);
    if (index < 0) {
      if (field.nullable) continue;
      return Error(ErrorCode::SchemaMismatch, "column '", field.name,
                   "' must not be null, but the data does not have it");
    }
    ARROW_RETURN_NOT_OK(CheckType(field, *source.field(index)));
    names.push_back(field.name);
    out.sources_.push_back(index);
  }
  LANCE_REQUIRE(!names.empty(),
                "the data has no columns; those of the table are: ", FieldNames(target));
  ARROW_ASSIGN_OR_RAISE(out.schema_, target.Project(names));
  out.arrow_schema_ = out.schema_.ToArrow();
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnMatcher::Match(
    const arrow::RecordBatch& batch) const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  columns.reserve(sources_.size());
  for (size_t i = 0; i < sources_.size(); ++i) {
    const file::SchemaField& field = schema_.fields()[i];
    const auto& type = arrow_schema_->field(static_cast<int>(i))->type();
    ARROW_ASSIGN_OR_RAISE(auto column, PrepareColumn(field, *batch.schema()->field(sources_[i]),
                                                     batch.column(sources_[i]), pool_));
    ARROW_ASSIGN_OR_RAISE(column, ConvertArray(column, type, field.name, pool_));
    ARROW_RETURN_NOT_OK(CheckNulls(field, *column));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow_schema_, batch.num_rows(), std::move(columns));
}

}  // namespace lance
