#include "lance/io/ranges.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "lance/base/memory.h"

namespace lance::io {

namespace {

// Requests up to this size share memory: what pins it is small, and so is the cost of taking it.
constexpr uint64_t kSharedRequestBytes = 64 << 10;
constexpr uint64_t kSharedBlockBytes = 4 << 20;
constexpr uint64_t kMemoryAlignment = 64;

// Hands out memory for requests that come one after the other.
class RequestMemory {
 public:
  /// \param groups  all requests, borrowed
  RequestMemory(std::span<const RangeGroup> groups, arrow::MemoryPool* pool)
      : groups_(groups), pool_(pool != nullptr ? pool : RecyclingPool()) {}

  /// Buffer and position in it for request `i`; requests are asked for in order.
  struct Place {
    std::shared_ptr<arrow::Buffer> buffer;
    uint64_t begin = 0;
  };
  Result<Place> Take(size_t i) {
    const uint64_t length = groups_[i].range.length;
    if (length > kSharedRequestBytes) {
      ARROW_ASSIGN_OR_RAISE(auto own, Allocate(length));
      return Place{std::move(own), 0};
    }
    if (block_ == nullptr || used_ + length > static_cast<uint64_t>(block_->size())) {
      ARROW_ASSIGN_OR_RAISE(block_, Allocate(BytesFrom(i)));
      used_ = 0;
    }
    const Place out{block_, used_};
    used_ += AlignUp(length, kMemoryAlignment);
    return out;
  }

 private:
  Result<std::shared_ptr<arrow::Buffer>> Allocate(uint64_t size) const {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                          arrow::AllocateBuffer(static_cast<int64_t>(size), pool_));
    return out;
  }
  // What the small requests from `i` on take, as far as one block goes.
  uint64_t BytesFrom(size_t i) const {
    uint64_t out = 0;
    for (; i < groups_.size(); ++i) {
      const uint64_t length = groups_[i].range.length;
      if (length > kSharedRequestBytes) continue;
      if (out > 0 && out + length > kSharedBlockBytes) break;
      out += AlignUp(length, kMemoryAlignment);
    }
    return out;
  }

  std::span<const RangeGroup> groups_;
  arrow::MemoryPool* pool_;
  std::shared_ptr<arrow::Buffer> block_;
  uint64_t used_ = 0;
};

}  // namespace

CoalescedRanges CoalesceRanges(std::span<const ByteRange> ranges, const CoalesceOptions& options) {
  CoalescedRanges out;
  out.order.resize(ranges.size());
  std::iota(out.order.begin(), out.order.end(), size_t{0});
  const auto by_offset = [&](size_t a, size_t b) { return ranges[a].offset < ranges[b].offset; };
  if (!std::is_sorted(out.order.begin(), out.order.end(), by_offset)) {
    std::sort(out.order.begin(), out.order.end(), by_offset);
  }
  std::erase_if(out.order, [&](size_t i) { return ranges[i].length == 0; });
  for (size_t i = 0; i < out.order.size(); ++i) {
    const ByteRange& wanted = ranges[out.order[i]];
    if (!out.groups.empty()) {
      RangeGroup& last = out.groups.back();
      const uint64_t end = std::max(last.range.end(), wanted.end());
      const bool near = wanted.offset <= last.range.end() ||
                        wanted.offset - last.range.end() <= options.max_gap_bytes;
      const bool fits =
          end - last.range.offset <= options.max_request_bytes || wanted.end() <= last.range.end();
      if (near && fits) {
        last.range.length = end - last.range.offset;
        last.end = i + 1;
        continue;
      }
    }
    out.groups.push_back({wanted, i, i + 1});
  }
  return out;
}

Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadCoalesced(
    std::span<const ByteRange> ranges, const CoalesceOptions& options, arrow::MemoryPool* pool,
    const std::function<Status(std::span<const PlacedRead>)>& read) {
  static const auto kEmpty = std::make_shared<arrow::Buffer>(nullptr, 0);
  std::vector<std::shared_ptr<arrow::Buffer>> out(ranges.size(), kEmpty);
  const CoalescedRanges coalesced = CoalesceRanges(ranges, options);
  std::vector<PlacedRead> reads;
  reads.reserve(coalesced.groups.size());
  RequestMemory memory(coalesced.groups, pool);
  for (size_t i = 0; i < coalesced.groups.size(); ++i) {
    const RangeGroup& group = coalesced.groups[i];
    ARROW_ASSIGN_OR_RAISE(const RequestMemory::Place place, memory.Take(i));
    reads.push_back({group.range, place.buffer->mutable_data() + place.begin});
    for (size_t member = group.begin; member < group.end; ++member) {
      const ByteRange& wanted = ranges[coalesced.order[member]];
      const uint64_t begin = place.begin + (wanted.offset - group.range.offset);
      out[coalesced.order[member]] = arrow::SliceBuffer(place.buffer, static_cast<int64_t>(begin),
                                                        static_cast<int64_t>(wanted.length));
    }
  }
  if (!reads.empty()) ARROW_RETURN_NOT_OK(read(reads));
  return out;
}

Status CheckRange(std::string_view object, ByteRange range, uint64_t size_bytes) {
  LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, size_bytes), object, ": a read of ",
                    range.length, " bytes at offset ", range.offset, " runs past its end at ",
                    size_bytes, ": the file is shorter than its metadata says");
  return Status::OK();
}

}  // namespace lance::io
