// Turns many small reads into few large ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::io {

struct CoalesceOptions {
  uint64_t max_gap_bytes = 4096;  // a smaller hole is read along
  uint64_t max_request_bytes = 16 << 20;
};

/// One request; the ranges that it serves are `order[begin]` to `order[end - 1]`.
struct RangeGroup {
  ByteRange range;
  size_t begin = 0;
  size_t end = 0;
};
struct CoalescedRanges {
  std::vector<size_t> order;  // ranges by offset
  std::vector<RangeGroup> groups;
};

/// Group `ranges`, which may come in any order and overlap. Empty ranges belong to no group.
CoalescedRanges CoalesceRanges(std::span<const ByteRange> ranges, const CoalesceOptions& options);

/// A range of an object and the memory that it goes to.
struct PlacedRead {
  ByteRange range;
  uint8_t* into = nullptr;
};

/// Read `ranges` through `read`, which fills all that it is given; results are slices in the order
/// of `ranges`. Small requests share one block of memory.
/// \param pool  null = the recycling pool
Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadCoalesced(
    std::span<const ByteRange> ranges, const CoalesceOptions& options, arrow::MemoryPool* pool,
    const std::function<Status(std::span<const PlacedRead>)>& read);

/// Corruption, naming the object, when `range` runs past its `size_bytes`.
Status CheckRange(std::string_view object, ByteRange range, uint64_t size_bytes);

}  // namespace lance::io
