// Rows of a fragment by physical offset: what is live, where the k-th live row lies, system
// columns.
//
// Thread-safety: free functions; RowCursor belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::query {

/// Cut the deleted offsets (sorted) out of `rows`.
std::vector<RowRange> LiveRanges(RowRange rows, std::span<const uint32_t> deleted);

/// Number of deleted offsets inside of `rows`.
uint64_t CountDeleted(RowRange rows, std::span<const uint32_t> deleted);

/// Physical offset of the live row at `position`, 0-based.
uint64_t LiveRowAt(uint64_t position, std::span<const uint32_t> deleted);

uint64_t CountRowsOf(std::span<const RowRange> ranges);

/// Walks through ranges in steps.
class RowCursor {
 public:
  explicit RowCursor(std::span<const RowRange> ranges) : ranges_(ranges) {}

  /// Take the next `count` rows, fewer at the end.
  std::vector<RowRange> Take(uint64_t count);

 private:
  std::span<const RowRange> ranges_;
  size_t next_ = 0;
  uint64_t used_ = 0;  // of the next range
};

/// Rows of `ranges`, seen as one sequence, at which `selection` (of that length, no nulls) is true.
std::vector<RowRange> SelectRows(std::span<const RowRange> ranges,
                                 const arrow::BooleanArray& selection);

/// Make a uint64 column of `base` plus the physical offset of each row.
Result<std::shared_ptr<arrow::Array>> MakeAddressColumn(std::span<const RowRange> ranges,
                                                        uint64_t base, arrow::MemoryPool* pool);

}  // namespace lance::query
