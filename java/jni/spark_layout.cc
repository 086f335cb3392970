#include "java/jni/spark_layout.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <mutex>
#include <string>
#include <vector>

namespace lance::jni {
namespace {

using arrow::Type;

std::shared_ptr<arrow::Field> SparkField(const std::shared_ptr<arrow::Field>& field) {
  return field->WithType(SparkType(field->type()));
}

std::shared_ptr<arrow::DataType> SparkStruct(const arrow::DataType& type) {
  arrow::FieldVector fields;
  for (const auto& field : type.fields()) fields.push_back(SparkField(field));
  return arrow::struct_(std::move(fields));
}

std::shared_ptr<arrow::DataType> SparkMap(const arrow::MapType& type) {
  return std::make_shared<arrow::MapType>(SparkField(type.key_field()),
                                          SparkField(type.item_field()), type.keys_sorted());
}

std::shared_ptr<arrow::DataType> SparkNested(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case Type::LIST:
    case Type::LIST_VIEW:
      return arrow::list(SparkField(type->field(0)));
    case Type::LARGE_LIST:
    case Type::LARGE_LIST_VIEW:
      return arrow::large_list(SparkField(type->field(0)));
    case Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          SparkField(type->field(0)),
          static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case Type::STRUCT:
      return SparkStruct(*type);
    case Type::MAP:
      return SparkMap(static_cast<const arrow::MapType&>(*type));
    case Type::DICTIONARY:
      return SparkType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case Type::RUN_END_ENCODED:
      return SparkType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type());
    case Type::EXTENSION:
      return SparkType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    default:
      return type;
  }
}

// Ids and addresses of rows are unsigned natively; Spark's columns are signed.
std::shared_ptr<arrow::Field> SystemField(const std::shared_ptr<arrow::Field>& field) {
  if (field->name() == query::kFragmentIdColumn) return field->WithType(arrow::int32());
  if (field->name() == query::kRowIdColumn || field->name() == query::kRowAddressColumn) {
    return field->WithType(arrow::int64());
  }
  return nullptr;
}

}  // namespace

std::shared_ptr<arrow::DataType> SparkType(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case Type::UINT8:
      return arrow::int16();
    case Type::UINT16:
      return arrow::int32();
    case Type::UINT32:
    case Type::UINT64:
      return arrow::int64();
    case Type::HALF_FLOAT:
      return arrow::float32();
    case Type::DATE64:
      return arrow::date32();
    case Type::TIMESTAMP:
      return arrow::timestamp(arrow::TimeUnit::MICRO,
                              static_cast<const arrow::TimestampType&>(*type).timezone());
    case Type::DURATION:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY_VIEW:
      return arrow::binary();
    case Type::DECIMAL32:
    case Type::DECIMAL64: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      return arrow::decimal128(decimal.precision(), decimal.scale());
    }
    default:
      return SparkNested(type);
  }
}

std::shared_ptr<arrow::Schema> SparkSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    auto system = SystemField(field);
    fields.push_back(system != nullptr ? std::move(system) : SparkField(field));
  }
  return arrow::schema(std::move(fields), schema.metadata());
}

Result<std::shared_ptr<arrow::Array>> CastColumn(const std::shared_ptr<arrow::Array>& array,
                                                 const std::shared_ptr<arrow::DataType>& type,
                                                 const std::string& column) {
  static std::once_flag once;
  static Status ready;
  std::call_once(once, [] { ready = arrow::compute::Initialize(); });
  ARROW_RETURN_NOT_OK(ready);
  arrow::compute::CastOptions options(true);
  // Spark's clock has microseconds; finer digits are dropped, as Spark itself does on input.
  options.allow_time_truncate = true;
  auto cast = arrow::compute::Cast(*array, type, options);
  if (!cast.ok()) {
    return InvalidInput("column ", column, ": ", cast.status().message(), " (from ",
                        array->type()->ToString(), " to ", type->ToString(), ")");
  }
  return cast;
}

Result<std::shared_ptr<arrow::RecordBatch>> ToSparkLayout(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::Array>> columns(batch->num_columns());
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& type = schema->field(i)->type();
    columns[i] = batch->column(i);
    if (columns[i]->type()->Equals(*type)) continue;
    const std::string& name = schema->field(i)->name();
    if (columns[i]->type_id() == Type::UINT64 && SystemField(schema->field(i)) != nullptr &&
        type->id() == Type::INT64) {
      ARROW_ASSIGN_OR_RAISE(columns[i], columns[i]->View(type));
    } else {
      ARROW_ASSIGN_OR_RAISE(columns[i], CastColumn(columns[i], type, name));
    }
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace lance::jni
