// Brings both sides of an operator to one type without changing what is asked.
//
// Thread-safety: free functions.
#pragma once

#include <memory>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/query/filter/literals.h"

namespace lance::query {

/// How a column of some type is compared with a literal.
struct Coerced {
  /// Not null: the column is cast to it, and `placement.value` is of that type.
  std::shared_ptr<arrow::DataType> cast_column;
  Placement placement;
};

/// Fit a valid literal to a column type. Numbers, dates and timestamps are compared exactly, so
/// that a literal out of range or between two values of the column is told, never rounded. A number
/// without a type of its own (decimal or integer) takes the type of a float column; a double is
/// compared as double. Text is understood as the column's type for dates and times. InvalidInput
/// when the types do not go together.
Result<Coerced> CoerceLiteral(const std::shared_ptr<arrow::Scalar>& literal,
                              const std::shared_ptr<arrow::DataType>& column);

/// The type in which values of both types can be compared or added; InvalidInput when there is
/// none.
Result<std::shared_ptr<arrow::DataType>> CommonType(const std::shared_ptr<arrow::DataType>& left,
                                                    const std::shared_ptr<arrow::DataType>& right);

/// The smallest decimal128 that holds all values of an integer type.
std::shared_ptr<arrow::DataType> DecimalOfInteger(const arrow::DataType& type);

}  // namespace lance::query
