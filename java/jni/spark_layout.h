// The layout in which Spark reads columns, so that the vectors of the JVM stay simple.
//
// Timestamps and durations count microseconds, unsigned integers are one size wider and signed,
// half floats are floats, dates are days, dictionaries, views and run-ends are unfolded; names and
// order of columns stay. Thread-safety: free functions; a reader belongs to one thread.
#pragma once

#include <memory>

#include "arrow/type_fwd.h"
#include "lance/api.h"

namespace lance::jni {

/// The type that Spark reads for `type`.
std::shared_ptr<arrow::DataType> SparkType(const std::shared_ptr<arrow::DataType>& type);
/// The same for each field; metadata and nullability stay. System columns get Spark's types.
std::shared_ptr<arrow::Schema> SparkSchema(const arrow::Schema& schema);

/// Give `array` another type by value; errors name `column`.
Result<std::shared_ptr<arrow::Array>> CastColumn(const std::shared_ptr<arrow::Array>& array,
                                                 const std::shared_ptr<arrow::DataType>& type,
                                                 const std::string& column);

/// Bring a batch into `schema`, which SparkSchema made from the batch's own.
Result<std::shared_ptr<arrow::RecordBatch>> ToSparkLayout(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace lance::jni
