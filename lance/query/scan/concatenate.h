// Joining arrays that follow each other.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"

namespace lance::query {

/// Join arrays of one type. Arrow unifies dictionaries of half floats as if they were integers, so
/// these are joined by their bits.
Result<std::shared_ptr<arrow::Array>> JoinArrays(
    const std::vector<std::shared_ptr<arrow::Array>>& arrays, arrow::MemoryPool* pool);

}  // namespace lance::query
