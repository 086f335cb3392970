#include "lance/file/read/scan.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "lance/file/read/assemble.h"

namespace lance::file {
namespace {

// Bytes of one column that are fetched ahead. Small enough to be in the cache when they are
// decoded, large enough that requests to a remote store pay off.
constexpr double kWindowBytes = 2 << 20;

}  // namespace

std::vector<LeafSource*> ReadPlan::sources() const {
  std::vector<LeafSource*> out;
  for (const auto& leaf : leaves) {
    if (leaf != nullptr) out.push_back(leaf.get());
  }
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> ReadPlan::ReadBatch(std::span<const RowRange> rows,
                                                                arrow::MemoryPool* pool) const {
  int64_t num_rows = 0;
  for (const RowRange& range : rows) num_rows += static_cast<int64_t>(range.size());
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(fields.size());
  std::vector<std::optional<encoding::LeafColumn>> decoded;
  for (size_t i = 0; i < fields.size(); ++i) {
    decoded.clear();
    for (size_t leaf = first_leaf[i]; leaf < first_leaf[i + 1]; ++leaf) {
      decoded.emplace_back();
      if (leaves[leaf] == nullptr) continue;
      ARROW_ASSIGN_OR_RAISE(decoded.back(), leaves[leaf]->Read(rows, num_rows, pool));
    }
    ARROW_ASSIGN_OR_RAISE(auto array, AssembleField(fields[i].field, num_rows, decoded, pool));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, num_rows, std::move(arrays));
}

Result<RowSequence> RowSequence::Make(std::vector<RowRange> ranges, uint64_t num_rows) {
  RowSequence out;
  out.begins_.push_back(0);
  uint64_t last = 0;
  for (const RowRange& range : ranges) {
    LANCE_REQUIRE(last <= range.begin && range.begin <= range.end,
                  "row ranges must be sorted and "
                  "disjoint, but [",
                  range.begin, ", ", range.end, ") follows row ", last);
    LANCE_REQUIRE(range.end <= num_rows, "rows [", range.begin, ", ", range.end,
                  ") leave the file, which has ", num_rows, " rows");
    last = range.end;
    out.begins_.push_back(out.begins_.back() + range.size());
  }
  out.ranges_ = std::move(ranges);
  return out;
}

std::vector<RowRange> RowSequence::Slice(uint64_t begin, uint64_t end) const {
  std::vector<RowRange> out;
  auto at = std::upper_bound(begins_.begin(), begins_.end(), begin) - begins_.begin() - 1;
  while (begin < end) {
    const auto i = static_cast<size_t>(at++);
    const uint64_t first = ranges_[i].begin + (begin - begins_[i]);
    const uint64_t count = std::min(end, begins_[i + 1]) - begin;
    if (count == 0) continue;
    if (!out.empty() && out.back().end == first) {
      out.back().end += count;
    } else {
      out.push_back({first, first + count});
    }
    begin += count;
  }
  return out;
}

FileScan::FileScan(std::shared_ptr<io::ObjectReader> object, ReadPlan plan, RowSequence rows,
                   ReadOptions options)
    : object_(std::move(object)),
      plan_(std::move(plan)),
      rows_(std::move(rows)),
      options_(std::move(options)),
      sources_(plan_.sources()),
      filled_until_(sources_.size(), 0) {
  double row_bytes = 0;
  for (LeafSource* source : sources_) row_bytes += source->decoded_bytes_per_row();
  const double fitting = static_cast<double>(options_.batch_max_bytes) / std::max(row_bytes, 1e-3);
  const auto wanted = static_cast<double>(std::max<int64_t>(options_.batch_num_rows, 1));
  rows_per_batch_ = static_cast<uint64_t>(std::max(1.0, std::min(fitting, wanted)));
}

// Fetch bytes for whole batches from place `begin` on, for the sources that have none left.
Status FileScan::Refill(uint64_t begin) {
  std::vector<LeafSource*> empty;
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (filled_until_[i] > begin) continue;
    const double batch_bytes = sources_[i]->bytes_per_row() * static_cast<double>(rows_per_batch_);
    const auto num_batches =
        static_cast<uint64_t>(std::clamp(kWindowBytes / std::max(batch_bytes, 1.0), 1.0, 256.0));
    filled_until_[i] = std::min(rows_.size(), begin + num_batches * rows_per_batch_);
    sources_[i]->Aim(rows_.Slice(begin, filled_until_[i]));
    empty.push_back(sources_[i]);
  }
  if (empty.empty()) return Status::OK();
  return LeafSource::Fill(*object_, empty);
}

Status FileScan::ReadNext(std::shared_ptr<arrow::RecordBatch>* out) {
  out->reset();
  if (next_ >= rows_.size()) return Status::OK();
  ARROW_RETURN_NOT_OK(options_.stop.Poll());
  const uint64_t end = std::min(rows_.size(), next_ + rows_per_batch_);
  Status status = Refill(next_);
  if (status.ok()) status = plan_.ReadBatch(rows_.Slice(next_, end), options_.pool).Value(out);
  if (!status.ok()) return WithContext(status, object_->name());
  next_ = end;
  return Status::OK();
}

}  // namespace lance::file
