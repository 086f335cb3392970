#include "lance/query/scan/split_scanner.h"

#include <algorithm>
#include <utility>

#include "arrow/array.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/datum.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "arrow/util/bitmap_ops.h"
#include "lance/query/scan/concatenate.h"

namespace lance::query {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Files are decoded in chunks of about this many bytes. Other columns are read for the passing rows
// alone when these, on average, leave whole chunks out; else all rows are decoded anyway.
constexpr uint64_t kChunkBytes = 4096;

// TRUE where the filter is true; unknown does not pass.
Result<std::shared_ptr<arrow::BooleanArray>> DropNulls(const ArrayPtr& outcome,
                                                       arrow::MemoryPool* pool) {
  auto bits = std::static_pointer_cast<arrow::BooleanArray>(outcome);
  if (bits->null_count() == 0) return bits;
  ARROW_ASSIGN_OR_RAISE(
      auto passed,
      arrow::internal::BitmapAnd(pool, bits->values()->data(), bits->offset(),
                                 bits->null_bitmap_data(), bits->offset(), bits->length(), 0));
  return std::make_shared<arrow::BooleanArray>(bits->length(), std::move(passed));
}

Result<ColumnBatch> SelectColumns(const ColumnBatch& batch,
                                  const std::shared_ptr<arrow::BooleanArray>& selection,
                                  int64_t num_selected, arrow::MemoryPool* pool) {
  if (num_selected == batch.num_rows) return batch;
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  ColumnBatch out{num_selected, {}};
  for (const ArrayPtr& column : batch.columns) {
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum rows,
        arrow::compute::Filter(column, selection, arrow::compute::FilterOptions::Defaults(),
                               &context));
    out.columns.push_back(rows.make_array());
  }
  return out;
}

ColumnBatch SliceColumns(const ColumnBatch& batch, int64_t begin, int64_t count) {
  ColumnBatch out{count, {}};
  for (const ArrayPtr& column : batch.columns) out.columns.push_back(column->Slice(begin, count));
  return out;
}

}  // namespace

void ColumnQueue::Push(ColumnBatch batch) {
  if (batch.num_rows > 0) batches_.push_back(std::move(batch));
}

Result<ColumnBatch> ColumnQueue::Take(int64_t count, arrow::MemoryPool* pool) {
  std::vector<ColumnBatch> parts;
  for (int64_t left = count; left > 0;) {
    LANCE_CHECK_BYTES(!batches_.empty(), "columns of one fragment have different lengths");
    ColumnBatch& front = batches_.front();
    if (front.num_rows <= left) {
      left -= front.num_rows;
      parts.push_back(std::move(front));
      batches_.pop_front();
      continue;
    }
    parts.push_back(SliceColumns(front, 0, left));
    front = SliceColumns(front, left, front.num_rows - left);
    left = 0;
  }
  if (parts.size() == 1) return std::move(parts.front());
  ColumnBatch out{count, {}};
  const size_t num_columns = parts.empty() ? 0 : parts.front().columns.size();
  for (size_t i = 0; i < num_columns; ++i) {
    arrow::ArrayVector pieces;
    for (const ColumnBatch& part : parts) pieces.push_back(part.columns[i]);
    ARROW_ASSIGN_OR_RAISE(auto column, JoinArrays(pieces, pool));
    out.columns.push_back(std::move(column));
  }
  return out;
}

Result<std::unique_ptr<ColumnStream>> SplitScanner::OpenStream(
    std::span<const file::SchemaField* const> fields, std::vector<RowRange> ranges) {
  ARROW_ASSIGN_OR_RAISE(auto columns,
                        FragmentColumns::Open(*plan_->context.files, *fragment_, fields));
  return columns->Scan(std::move(ranges), plan_->read_options);
}

Status SplitScanner::Open() {
  opened_ = true;
  ARROW_ASSIGN_OR_RAISE(fragment_, FindFragment(*plan_->context.manifest, split_.fragment_id));
  system_ = std::make_unique<SystemColumnMaker>(plan_->context, *fragment_);
  ARROW_ASSIGN_OR_RAISE(auto deleted, plan_->context.files->Deletions(*fragment_));
  live_ = LiveRanges(split_.rows, *deleted);
  if (plan_->zone_filter != nullptr) {
    ARROW_ASSIGN_OR_RAISE(
        live_, plan_->zone_filter->Prune(*plan_->context.files, *fragment_, std::move(live_)));
  }
  cursor_ = RowCursor(live_);
  const auto& first = plan_->filter != nullptr ? plan_->filter_fields : plan_->other_fields;
  return OpenStream(first, live_).Value(&stream_);
}

Result<SplitScanner::Passed> SplitScanner::ReadAndFilter() {
  if (cancelled_->load(std::memory_order_relaxed)) {
    return Error(ErrorCode::Cancelled, "the scan was closed");
  }
  Passed out;
  ARROW_ASSIGN_OR_RAISE(out.columns, stream_->Next());
  out.num_read = out.columns.num_rows;
  if (out.num_read == 0) return out;
  out.rows = cursor_.Take(static_cast<uint64_t>(out.num_read));
  arrow::ArrayVector inputs = out.columns.columns;
  for (const SystemColumn column : plan_->filter_system) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, system_->Make(column, out.rows));
    inputs.push_back(std::move(values));
  }
  const auto batch = arrow::RecordBatch::Make(plan_->filter_schema, out.num_read, inputs);
  ARROW_ASSIGN_OR_RAISE(ArrayPtr outcome, EvaluateFilter(*plan_->filter, *batch));
  ARROW_ASSIGN_OR_RAISE(out.selection, DropNulls(outcome, plan_->context.pool));
  out.num_passed = out.selection->true_count();
  arrow::ArrayVector kept;
  for (const size_t field : plan_->kept_fields) kept.push_back(out.columns.columns[field]);
  out.columns.columns = std::move(kept);
  return out;
}

Result<BatchPtr> SplitScanner::Next() {
  if (!opened_) ARROW_RETURN_NOT_OK(Open());
  if (plan_->filter != nullptr) {
    return plan_->other_fields.empty() ? NextFiltered() : NextLate();
  }
  ARROW_ASSIGN_OR_RAISE(ColumnBatch columns, stream_->Next());
  if (columns.num_rows == 0) return nullptr;
  return MakeBatch({}, columns, cursor_.Take(static_cast<uint64_t>(columns.num_rows)));
}

Result<uint64_t> SplitScanner::Count() {
  ARROW_RETURN_NOT_OK(Open());
  if (plan_->filter == nullptr) return CountRowsOf(live_);
  uint64_t out = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(Passed passed, ReadAndFilter());
    if (passed.num_read == 0) return out;
    out += static_cast<uint64_t>(passed.num_passed);
  }
}

// All columns of the output are columns of the filter.
Result<BatchPtr> SplitScanner::NextFiltered() {
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(Passed passed, ReadAndFilter());
    if (passed.num_read == 0) return nullptr;
    if (passed.num_passed == 0) continue;
    ARROW_ASSIGN_OR_RAISE(
        ColumnBatch columns,
        SelectColumns(passed.columns, passed.selection, passed.num_passed, plan_->context.pool));
    return MakeBatch(columns, {}, SelectRows(passed.rows, *passed.selection));
  }
}

// Filter the whole piece, keeping what the output needs, and choose how to read the rest.
Status SplitScanner::RunFilter() {
  filter_done_ = true;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(Passed passed, ReadAndFilter());
    if (passed.num_read == 0) break;
    selections_.Push({passed.num_read, {passed.selection}});
    if (passed.num_passed == 0) continue;
    ARROW_ASSIGN_OR_RAISE(
        ColumnBatch columns,
        SelectColumns(passed.columns, passed.selection, passed.num_passed, plan_->context.pool));
    kept_.Push(std::move(columns));
    const std::vector<RowRange> rows = SelectRows(passed.rows, *passed.selection);
    selected_.insert(selected_.end(), rows.begin(), rows.end());
  }
  const uint64_t num_live = CountRowsOf(live_);
  const uint64_t num_passed = CountRowsOf(selected_);
  stream_.reset();
  if (num_passed == 0) return Status::OK();
  read_all_ =
      num_passed < num_live && selected_.size() * kChunkBytes > num_live * plan_->other_value_bytes;
  const std::vector<RowRange>& rows = read_all_ ? live_ : selected_;
  cursor_ = RowCursor(rows);
  return OpenStream(plan_->other_fields, rows).Value(&stream_);
}

Result<BatchPtr> SplitScanner::NextLate() {
  if (!filter_done_) ARROW_RETURN_NOT_OK(RunFilter());
  arrow::MemoryPool* pool = plan_->context.pool;
  while (stream_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(ColumnBatch others, stream_->Next());
    if (others.num_rows == 0) return nullptr;
    std::vector<RowRange> rows = cursor_.Take(static_cast<uint64_t>(others.num_rows));
    if (read_all_) {
      ARROW_ASSIGN_OR_RAISE(ColumnBatch bits, selections_.Take(others.num_rows, pool));
      auto selection = std::static_pointer_cast<arrow::BooleanArray>(bits.columns[0]);
      const int64_t num_passed = selection->true_count();
      if (num_passed == 0) continue;
      ARROW_ASSIGN_OR_RAISE(others, SelectColumns(others, selection, num_passed, pool));
      rows = SelectRows(rows, *selection);
    }
    ARROW_ASSIGN_OR_RAISE(ColumnBatch kept, kept_.Take(others.num_rows, pool));
    return MakeBatch(kept, others, rows);
  }
  return nullptr;
}

Result<BatchPtr> SplitScanner::MakeBatch(const ColumnBatch& filtered, const ColumnBatch& others,
                                         std::span<const RowRange> rows) {
  const auto num_rows = static_cast<int64_t>(CountRowsOf(rows));
  arrow::ArrayVector columns;
  columns.reserve(plan_->outputs.size());
  for (const OutputColumn& output : plan_->outputs) {
    switch (output.source) {
      case OutputColumn::Source::kFilterField:
        columns.push_back(filtered.columns[output.index]);
        break;
      case OutputColumn::Source::kOtherField:
        columns.push_back(others.columns[output.index]);
        break;
      case OutputColumn::Source::kSystem: {
        ARROW_ASSIGN_OR_RAISE(ArrayPtr values, system_->Make(output.system, rows));
        columns.push_back(std::move(values));
      }
    }
  }
  return arrow::RecordBatch::Make(plan_->schema, num_rows, std::move(columns));
}

}  // namespace lance::query
