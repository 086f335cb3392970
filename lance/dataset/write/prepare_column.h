// Bringing columns of JSON and blobs into the form in which a table keeps them.
//
// JSON text becomes JSONB. A blob v2 column takes plain bytes, or structs of data and uri, with or
// without position and size. Everything else stays as it is. Thread-safety: free functions.
#pragma once

#include <memory>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/file/schema.h"

namespace lance {

/// Type of what `PrepareColumn` makes of an array of `source` for column `field`; the source's own
/// when there is nothing to do or it cannot be done, null for bytes where JSON is expected.
std::shared_ptr<arrow::DataType> PreparedType(const file::SchemaField& field,
                                              const arrow::Field& source);

/// Prepare `array` of `source` for column `field`. InvalidInput names a row that is not JSON.
Result<std::shared_ptr<arrow::Array>> PrepareColumn(const file::SchemaField& field,
                                                    const arrow::Field& source,
                                                    const std::shared_ptr<arrow::Array>& array,
                                                    arrow::MemoryPool* pool);

}  // namespace lance
