#include "lance/io/ranges.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace lance::io {

std::vector<RangeGroup> CoalesceRanges(std::span<const ByteRange> ranges,
                                       const CoalesceOptions& options) {
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto by_offset = [&](size_t a, size_t b) { return ranges[a].offset < ranges[b].offset; };
  if (!std::is_sorted(order.begin(), order.end(), by_offset)) {
    std::sort(order.begin(), order.end(), by_offset);
  }
  std::vector<RangeGroup> groups;
  for (size_t i : order) {
    const ByteRange& wanted = ranges[i];
    if (wanted.length == 0) continue;
    if (!groups.empty()) {
      RangeGroup& last = groups.back();
      const uint64_t end = std::max(last.range.end(), wanted.end());
      const bool near = wanted.offset <= last.range.end() ||
                        wanted.offset - last.range.end() <= options.max_gap_bytes;
      const bool fits =
          end - last.range.offset <= options.max_request_bytes || wanted.end() <= last.range.end();
      if (near && fits) {
        last.range.length = end - last.range.offset;
        last.members.push_back(i);
        continue;
      }
    }
    groups.push_back({wanted, {i}});
  }
  return groups;
}

Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadCoalesced(
    std::span<const ByteRange> ranges, const CoalesceOptions& options,
    const std::function<Result<std::shared_ptr<arrow::Buffer>>(ByteRange)>& read) {
  std::vector<std::shared_ptr<arrow::Buffer>> out(ranges.size());
  for (const RangeGroup& group : CoalesceRanges(ranges, options)) {
    ARROW_ASSIGN_OR_RAISE(auto buffer, read(group.range));
    for (size_t i : group.members) {
      out[i] =
          group.members.size() == 1 && ranges[i] == group.range
              ? buffer
              : arrow::SliceBuffer(buffer, ranges[i].offset - group.range.offset, ranges[i].length);
    }
  }
  for (auto& buffer : out) {
    if (buffer == nullptr) buffer = std::make_shared<arrow::Buffer>(nullptr, 0);
  }
  return out;
}

Status CheckRange(std::string_view object, ByteRange range, uint64_t size_bytes) {
  LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, size_bytes), object, ": a read of ",
                    range.length, " bytes at offset ", range.offset, " runs past its end at ",
                    size_bytes, ": the file is shorter than its metadata says");
  return Status::OK();
}

}  // namespace lance::io
