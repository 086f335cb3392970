// Stable row ids of a fragment: the compressed sequence that the manifest keeps.
//
// Source: Lance table format, RowIdSequence. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"
#include "lance/query/scan.h"

namespace lance::query {

/// Read the row ids of all physical rows of a fragment, from its lineage or from the hidden column
/// of a data file. Corruption when it carries none.
Result<std::shared_ptr<const std::vector<uint64_t>>> LoadRowIds(FileCache& files,
                                                                const table::Fragment& fragment);

/// Decode a sequence of exactly `num_rows` ids. Corruption when it is malformed or of another
/// length.
Result<std::vector<uint64_t>> DecodeRowIds(std::string_view sequence, uint64_t num_rows);

/// Make the `_rowid` column of rows `ranges`; `ids` holds one per physical row.
Result<std::shared_ptr<arrow::Array>> MakeRowIdColumn(std::span<const uint64_t> ids,
                                                      std::span<const RowRange> ranges,
                                                      arrow::MemoryPool* pool);

}  // namespace lance::query
