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

constexpr uint64_t kMeasuredRows = 64;

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
  std::vector<std::shared_ptr<arrow::Array>> arrays(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(arrays[i], ReadField(i, rows, num_rows, pool));
  }
  return arrow::RecordBatch::Make(schema, num_rows, std::move(arrays));
}

Result<std::shared_ptr<arrow::Array>> ReadPlan::ReadField(size_t field,
                                                          std::span<const RowRange> rows,
                                                          int64_t num_rows,
                                                          arrow::MemoryPool* pool) const {
  std::vector<std::optional<encoding::LeafColumn>> decoded;
  for (size_t leaf = first_leaf[field]; leaf < first_leaf[field + 1]; ++leaf) {
    decoded.emplace_back();
    if (leaves[leaf] == nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(decoded.back(), leaves[leaf]->Read(rows, num_rows, pool));
  }
  return AssembleField(fields[field].field, num_rows, decoded, pool);
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
      filled_until_(sources_.size(), 0) {}

// Rows whose decoded bytes fit, from what is known of the columns so far.
uint64_t FileScan::RowsPerBatch() const {
  double row_bytes = 0;
  for (LeafSource* source : sources_) row_bytes += source->decoded_bytes_per_row();
  const double fitting = static_cast<double>(options_.batch_max_bytes) / std::max(row_bytes, 1e-3);
  const auto wanted = static_cast<double>(std::max<int64_t>(options_.batch_num_rows, 1));
  return static_cast<uint64_t>(std::max(1.0, std::min(fitting, wanted)));
}

// Decode a few rows of columns that nobody has read yet: a compressed row may be large.
Status FileScan::Measure() {
  std::vector<LeafSource*> unknown;
  for (LeafSource* source : sources_) {
    if (!source->is_measured()) unknown.push_back(source);
  }
  if (unknown.empty()) return Status::OK();
  const uint64_t end = std::min(rows_.size(), kMeasuredRows);
  const std::vector<RowRange> rows = rows_.Slice(0, end);
  for (LeafSource* source : unknown) source->Aim(rows);
  ARROW_RETURN_NOT_OK(LeafSource::Fill(*object_, unknown, options_.pool));
  for (LeafSource* source : unknown) {
    ARROW_RETURN_NOT_OK(source->Read(rows, static_cast<int64_t>(end), options_.pool).status());
  }
  return Status::OK();
}

// Fetch bytes for whole batches from place `begin` on, for the sources that have none left.
Status FileScan::Refill(uint64_t begin, uint64_t rows_per_batch) {
  std::vector<LeafSource*> empty;
  std::vector<size_t> places;
  const double window_bytes =
      std::min(kWindowBytes, static_cast<double>(options_.window_bytes) /
                                 static_cast<double>(std::max<size_t>(sources_.size(), 1)));
  for (size_t i = 0; i < sources_.size(); ++i) {
    // A batch larger than the ones before may go beyond what is there.
    if (filled_until_[i] >= std::min(rows_.size(), begin + rows_per_batch)) continue;
    const double batch_bytes = sources_[i]->bytes_per_row() * static_cast<double>(rows_per_batch);
    const auto num_batches =
        static_cast<uint64_t>(std::clamp(window_bytes / std::max(batch_bytes, 1.0), 1.0, 256.0));
    filled_until_[i] = std::min(rows_.size(), begin + num_batches * rows_per_batch);
    sources_[i]->Aim(rows_.Slice(begin, filled_until_[i]));
    empty.push_back(sources_[i]);
    places.push_back(i);
  }
  if (empty.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(LeafSource::Fill(*object_, empty, options_.pool));
  if (object_->has_waited()) HintAt(places, filled_until_[places.front()] - begin);
  return Status::OK();
}

// Let the storage work on the rows behind those that are there while these are decoded.
void FileScan::HintAt(std::span<const size_t> sources, uint64_t num_rows) {
  std::vector<ByteRange> ranges;
  for (const size_t i : sources) {
    const uint64_t end = std::min(rows_.size(), filled_until_[i] + num_rows);
    if (end > filled_until_[i]) sources_[i]->AddHints(rows_.Slice(filled_until_[i], end), &ranges);
  }
  object_->WillRead(ranges);
}

Result<std::shared_ptr<arrow::RecordBatch>> FileScan::ReadRows() {
  if (next_ == 0) ARROW_RETURN_NOT_OK(Measure());
  const uint64_t rows_per_batch = RowsPerBatch();
  const uint64_t end = std::min(rows_.size(), next_ + rows_per_batch);
  ARROW_RETURN_NOT_OK(Refill(next_, rows_per_batch));
  const std::vector<RowRange> rows = rows_.Slice(next_, end);
  next_ = end;
  return plan_.ReadBatch(rows, options_.pool);
}

Status FileScan::ReadNext(std::shared_ptr<arrow::RecordBatch>* out) {
  out->reset();
  if (next_ >= rows_.size()) return Status::OK();
  ARROW_RETURN_NOT_OK(options_.stop.Poll());
  return WithContext(ReadRows().Value(out), object_->name());
}

}  // namespace lance::file
