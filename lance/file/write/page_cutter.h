// Cuts the rows of a file into pages, column by column.
//
// A page ends at the first row at which its rows take `page_bytes`. When all rows that wait take
// `buffer_bytes` together, the columns with most of them end their pages, until half is left: so
// memory is bounded for tables of many columns too. Both depend on rows and bytes alone, and pages
// come in the order of the rows at which they end: how rows were batched does not matter.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/page_writer.h"

namespace lance::file::write {

struct CutPage {
  size_t column = 0;
  std::vector<std::shared_ptr<arrow::Array>> rows;  // of the top-level column
  uint64_t plain_bytes = 0;                         // Arrow memory of the leaf's part
  uint64_t first_row = 0;                           // of the file
};

class PageCutter {
 public:
  struct Column {
    const encoding::LeafPath* path = nullptr;  // outlives the cutter
    int top_column = 0;
  };
  struct Limits {
    uint64_t page_bytes = 0;
    uint64_t buffer_bytes = 0;
  };
  using Emit = std::function<Status(CutPage)>;

  /// \param pool  for copies of rows that would keep much more memory than their own
  PageCutter(const std::vector<Column>& columns, Limits limits, arrow::MemoryPool* pool);

  /// Add rows; pages that are full go to `emit`.
  Status Add(const arrow::RecordBatch& batch, const Emit& emit);
  /// Emit what is left.
  Status Finish(const Emit& emit);
  /// Arrow memory of the rows that wait.
  uint64_t buffered_bytes() const;

 private:
  // Rows of an array, without making a slice for each step.
  struct Piece {
    std::shared_ptr<arrow::Array> array;
    int64_t begin = 0;
    int64_t end = 0;
  };
  struct Pending {
    Column column;
    std::vector<Piece> pieces;
    uint64_t bits = 0;  // of the pieces
    uint64_t first_row = 0;
    uint64_t num_rows = 0;
    std::shared_ptr<arrow::Array> incoming;
    int64_t taken = 0;  // rows of `incoming` that are in the pieces
    int64_t cut = 0;    // row of `incoming` at which the page ends; behind its end = not there
  };

  Status Begin(const arrow::RecordBatch& batch);
  uint64_t IncomingBits(const Pending& pending, int64_t end) const;
  int64_t FindCut(const Pending& pending, int64_t num_rows) const;
  /// Bits that wait once the rows before `row` are taken.
  uint64_t TotalBits(int64_t row) const;
  /// First row in [begin, end] at which too much waits; -1 = none.
  int64_t FindSpill(int64_t begin, int64_t end) const;
  static void Take(Pending* pending, int64_t end);
  Status EmitPage(size_t column, const Emit& emit);
  Status Spill(int64_t row, int64_t num_rows, const Emit& emit);

  arrow::MemoryPool* const pool_;
  const uint64_t page_bits_;
  const uint64_t buffer_bits_;
  std::vector<Pending> columns_;
};

}  // namespace lance::file::write
