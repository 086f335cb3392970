// Reads some fields of a file: the fields with their leaves, and batches of rows from them.
//
// Thread-safety: one thread at a time; the file's columns are shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "arrow/record_batch.h"
#include "lance/file/read/leaf_source.h"
#include "lance/file/reader.h"

namespace lance::file {

/// Fields to read and where their leaves come from.
struct ReadPlan {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<ColumnRequest> fields;
  std::vector<std::unique_ptr<LeafSource>> leaves;  // of all fields; null = not in the file
  std::vector<size_t> first_leaf;                   // per field, and the end

  /// Sources that are there.
  std::vector<LeafSource*> sources() const;
  /// Decode `rows` of all leaves, which were filled, and put the arrays together.
  Result<std::shared_ptr<arrow::RecordBatch>> ReadBatch(std::span<const RowRange> rows,
                                                        arrow::MemoryPool* pool) const;
  /// The same for one field.
  Result<std::shared_ptr<arrow::Array>> ReadField(size_t field, std::span<const RowRange> rows,
                                                  int64_t num_rows, arrow::MemoryPool* pool) const;
};

/// Rows of ranges that are read one after the other, found by their place in that order.
class RowSequence {
 public:
  /// InvalidInput unless `ranges` are sorted, disjoint and inside of `num_rows` rows.
  static Result<RowSequence> Make(std::vector<RowRange> ranges, uint64_t num_rows);

  uint64_t size() const { return begins_.back(); }
  /// Rows at places [begin, end).
  std::vector<RowRange> Slice(uint64_t begin, uint64_t end) const;

 private:
  std::vector<RowRange> ranges_;
  std::vector<uint64_t> begins_;  // place where each range begins, and the end
};

class FileScan final : public arrow::RecordBatchReader {
 public:
  FileScan(std::shared_ptr<io::ObjectReader> object, ReadPlan plan, RowSequence rows,
           ReadOptions options);

  std::shared_ptr<arrow::Schema> schema() const override { return plan_.schema; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override;

 private:
  uint64_t RowsPerBatch() const;
  Status Measure();
  Status Refill(uint64_t begin, uint64_t rows_per_batch);
  void HintAt(std::span<const size_t> sources, uint64_t num_rows);
  Result<std::shared_ptr<arrow::RecordBatch>> ReadRows();

  std::shared_ptr<io::ObjectReader> object_;
  ReadPlan plan_;
  RowSequence rows_;
  ReadOptions options_;
  uint64_t next_ = 0;  // place of the next row
  std::vector<LeafSource*> sources_;
  std::vector<uint64_t> filled_until_;  // per source, place
};

}  // namespace lance::file
