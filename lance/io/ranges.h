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

/// One request and the wanted ranges (indices) that it serves.
struct RangeGroup {
  ByteRange range;
  std::vector<size_t> members;
};

/// Group `ranges`, which may come in any order and overlap. Empty ranges belong to no group.
std::vector<RangeGroup> CoalesceRanges(std::span<const ByteRange> ranges,
                                       const CoalesceOptions& options);

/// Read `ranges` through `read`, one call per group; results are slices in the order of `ranges`.
Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadCoalesced(
    std::span<const ByteRange> ranges, const CoalesceOptions& options,
    const std::function<Result<std::shared_ptr<arrow::Buffer>>(ByteRange)>& read);

/// Corruption, naming the object, when `range` runs past its `size_bytes`.
Status CheckRange(std::string_view object, ByteRange range, uint64_t size_bytes);

}  // namespace lance::io
