// Compares a column with a constant: one pass over the values that writes a bitmap.
//
// Thread-safety: free functions.
#pragma once

#include <memory>

#include "arrow/type_fwd.h"
#include "lance/query/expression.h"

namespace lance::query {

/// Compare `values` with a valid `constant` of the same type, by any comparison but the null-safe
/// one. Null when the type has no kernel here (only fixed-width numbers, dates and times have).
Result<std::shared_ptr<arrow::Array>> CompareWithConstant(ExpressionKind kind,
                                                          const arrow::Array& values,
                                                          const arrow::Scalar& constant,
                                                          arrow::MemoryPool* pool);

}  // namespace lance::query
