// Changing how an array is represented without changing its values.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <string_view>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"

namespace lance {

/// True when arrays of `source` can be represented as `target` without touching a value: the same
/// type up to names and nullability of children, offset widths, views, dictionaries, lists in place
/// of fixed-size lists, nulls.
bool SameValues(const arrow::DataType& source, const arrow::DataType& target);

/// Represent `array` as `target`; its type must pass `SameValues`. SchemaMismatch names `column`
/// when a list has another length than the fixed-size list wants.
Result<std::shared_ptr<arrow::Array>> ConvertArray(const std::shared_ptr<arrow::Array>& array,
                                                   const std::shared_ptr<arrow::DataType>& target,
                                                   std::string_view column,
                                                   arrow::MemoryPool* pool);

}  // namespace lance
