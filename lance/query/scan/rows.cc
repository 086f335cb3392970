#include "lance/query/scan/rows.h"

#include <algorithm>
#include <utility>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/util/bit_run_reader.h"

namespace lance::query {

std::vector<RowRange> LiveRanges(RowRange rows, std::span<const uint32_t> deleted) {
  std::vector<RowRange> out;
  uint64_t begin = rows.begin;
  auto next = std::lower_bound(deleted.begin(), deleted.end(), rows.begin);
  for (; next != deleted.end() && *next < rows.end; ++next) {
    if (*next > begin) out.push_back({begin, *next});
    begin = uint64_t{*next} + 1;
  }
  if (begin < rows.end) out.push_back({begin, rows.end});
  return out;
}

uint64_t CountDeleted(RowRange rows, std::span<const uint32_t> deleted) {
  const auto first = std::lower_bound(deleted.begin(), deleted.end(), rows.begin);
  return std::lower_bound(first, deleted.end(), rows.end) - first;
}

uint64_t LiveRowAt(uint64_t position, std::span<const uint32_t> deleted) {
  // deleted[i] - i live rows lie before the i-th deleted one.
  size_t low = 0;
  size_t high = deleted.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (deleted[middle] - middle <= position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return position + low;
}

uint64_t CountRowsOf(std::span<const RowRange> ranges) {
  uint64_t out = 0;
  for (const RowRange& range : ranges) out += range.size();
  return out;
}

std::vector<RowRange> RowCursor::Take(uint64_t count) {
  std::vector<RowRange> out;
  while (count > 0 && next_ < ranges_.size()) {
    const RowRange& range = ranges_[next_];
    const uint64_t step = std::min(count, range.size() - used_);
    if (step > 0) out.push_back({range.begin + used_, range.begin + used_ + step});
    used_ += step;
    count -= step;
    if (used_ == range.size()) {
      ++next_;
      used_ = 0;
    }
  }
  return out;
}

std::vector<RowRange> SelectRows(std::span<const RowRange> ranges,
                                 const arrow::BooleanArray& selection) {
  std::vector<RowRange> out;
  const uint8_t* bits = selection.values()->data();
  int64_t position = selection.offset();
  for (const RowRange& range : ranges) {
    const auto length = static_cast<int64_t>(range.size());
    arrow::internal::SetBitRunReader runs(bits, position, length);
    for (auto run = runs.NextRun(); run.length > 0; run = runs.NextRun()) {
      const uint64_t begin = range.begin + run.position;
      if (!out.empty() && out.back().end == begin) {
        out.back().end += run.length;
      } else {
        out.push_back({begin, begin + run.length});
      }
    }
    position += length;
  }
  return out;
}

Result<std::shared_ptr<arrow::Array>> MakeAddressColumn(std::span<const RowRange> ranges,
                                                        uint64_t base, arrow::MemoryPool* pool) {
  const auto num_rows = static_cast<int64_t>(CountRowsOf(ranges));
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(num_rows * 8, pool));
  auto* out = reinterpret_cast<uint64_t*>(buffer->mutable_data());
  for (const RowRange& range : ranges) {
    for (uint64_t row = range.begin; row < range.end; ++row) *out++ = base + row;
  }
  return std::make_shared<arrow::UInt64Array>(num_rows, std::move(buffer));
}

}  // namespace lance::query
