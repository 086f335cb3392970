// Reads one piece of a scan: live rows, filter, late materialisation, system columns.
//
// With a filter the columns that it reads come first; the others are read only for the rows that
// pass, or for all rows when most of them do.
// Thread-safety: one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/query/scan/fragment_columns.h"
#include "lance/query/scan/plan.h"
#include "lance/query/scan/rows.h"
#include "lance/query/scan/system_columns.h"

namespace lance::query {

/// Columns that arrive in some portions and leave in others.
class ColumnQueue {
 public:
  void Push(ColumnBatch batch);
  /// Take exactly `count` rows, which must be there.
  Result<ColumnBatch> Take(int64_t count, arrow::MemoryPool* pool);

 private:
  std::deque<ColumnBatch> batches_;
};

class SplitScanner {
 public:
  /// \param cancelled  borrowed; when it becomes true, reading ends with Cancelled
  SplitScanner(std::shared_ptr<const ScanPlan> plan, ScanSplit split,
               const std::atomic<bool>* cancelled)
      : plan_(std::move(plan)), split_(split), cancelled_(cancelled) {}

  /// Read the next batch with at least one row; null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();

  /// Count the rows that pass the filter, without making batches.
  Result<uint64_t> Count();

 private:
  /// Rows that passed the filter in one step.
  struct Passed {
    int64_t num_read = 0;
    std::shared_ptr<arrow::BooleanArray> selection;  // of the rows read, no nulls
    int64_t num_passed = 0;
    std::vector<RowRange> rows;  // physical rows that were read
    ColumnBatch columns;         // kept columns of the filter, all rows read
  };

  Status Open();
  Result<std::unique_ptr<ColumnStream>> OpenStream(std::span<const file::SchemaField* const> fields,
                                                   std::vector<RowRange> ranges);
  Result<Passed> ReadAndFilter();
  Result<std::shared_ptr<arrow::RecordBatch>> NextFiltered();
  Result<std::shared_ptr<arrow::RecordBatch>> NextLate();
  Status RunFilter();

  Result<std::shared_ptr<arrow::RecordBatch>> MakeBatch(const ColumnBatch& filtered,
                                                        const ColumnBatch& others,
                                                        std::span<const RowRange> rows);

  std::shared_ptr<const ScanPlan> plan_;
  ScanSplit split_;
  const std::atomic<bool>* cancelled_;

  bool opened_ = false;
  const table::Fragment* fragment_ = nullptr;
  std::unique_ptr<SystemColumnMaker> system_;
  std::vector<RowRange> live_;
  RowCursor cursor_{{}};  // of the rows that `stream_` reads
  std::unique_ptr<ColumnStream> stream_;

  // Late materialisation.
  bool filter_done_ = false;
  std::vector<RowRange> selected_;  // physical rows that passed
  bool read_all_ = false;           // the other columns are read for all rows, then filtered
  ColumnQueue kept_;                // kept columns of the filter, rows that passed
  ColumnQueue selections_;          // one bit per live row
};

}  // namespace lance::query
