// Runs single nodes of bound filters.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/query/expression.h"

namespace lance::query {

/// Apply a node (comparison, arithmetic, text match, cast or call) to its operands, arrays of one
/// length or scalars. The result is an array when an operand is one.
Result<arrow::Datum> ApplyNode(const Expression& node, const std::vector<arrow::Datum>& operands);

/// Cast values: integers to floats round, floats to integers truncate, timestamps to dates
/// truncate; everything else fails when a value does not fit.
Result<arrow::Datum> CastDatum(const arrow::Datum& values,
                               const std::shared_ptr<arrow::DataType>& type);
Result<std::shared_ptr<arrow::Scalar>> CastScalar(const std::shared_ptr<arrow::Scalar>& value,
                                                  const std::shared_ptr<arrow::DataType>& type);

/// Type of a column as filters see it: of the values for dictionaries, of the storage for
/// extensions.
std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type);

}  // namespace lance::query
