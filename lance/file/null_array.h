// Columns that no file holds.
//
// Thread-safety: pure. Ownership: of the result.
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"

namespace lance::file {

/// Make `length` nulls of `type`. OutOfMemory when their placeholders would take more than 1 GiB: a
/// schema can claim values of any width, and no byte of a file stands behind these.
Result<std::shared_ptr<arrow::Array>> MakeNullArray(const std::shared_ptr<arrow::DataType>& type,
                                                    int64_t length, arrow::MemoryPool* pool);

}  // namespace lance::file
