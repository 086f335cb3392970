// Some columns of one fragment: which files hold their leaves, and reading rows of them.
//
// The files of a fragment hold different columns of the same rows; columns are found by field id. A
// field in no file is all null; the children of a struct may lie in several files.
// Thread-safety: immutable after opening; each `ColumnStream` belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/file/reader.h"
#include "lance/query/scan.h"
#include "lance/query/scan/finish_columns.h"

namespace lance::query {

/// Columns with the same number of rows each; empty `columns` still have rows.
struct ColumnBatch {
  int64_t num_rows = 0;
  std::vector<std::shared_ptr<arrow::Array>> columns;
};

/// Reads columns forward.
class ColumnStream {
 public:
  virtual ~ColumnStream() = default;
  /// Read the next rows; num_rows 0 ends.
  virtual Result<ColumnBatch> Next() = 0;
};

class FragmentColumns : public std::enable_shared_from_this<FragmentColumns> {
 public:
  /// Open the files that hold `fields` (views of the table's schema, borrowed for the call).
  static Result<std::shared_ptr<const FragmentColumns>> Open(
      FileCache& files, const table::Fragment& fragment,
      std::span<const file::SchemaField* const> fields);

  /// Read the physical rows of `ranges` (sorted, disjoint) forward.
  Result<std::unique_ptr<ColumnStream>> Scan(std::vector<RowRange> ranges,
                                             const file::ReadOptions& options) const;
  /// Read single rows at strictly increasing physical offsets.
  Result<ColumnBatch> Take(std::span<const uint64_t> rows, const file::ReadOptions& options) const;

 private:
  friend class ZippedStream;

  Status OpenFiles(FileCache& files, const table::Fragment& fragment,
                   std::span<const file::SchemaField* const> fields);

  /// What one file gives.
  struct Part {
    std::shared_ptr<file::FileReader> reader;
    std::vector<file::ColumnRequest> requests;
    std::vector<size_t> targets;  // column of each request
  };
  /// A column that is put together from several files.
  struct Split {
    size_t column = 0;
    file::SchemaField field;
    std::vector<int32_t> leaf_parts;  // per leaf, depth-first; -1 = in no file
  };

  /// Put the arrays of the parts (aligned, one vector per part) into columns.
  Result<ColumnBatch> Assemble(int64_t num_rows,
                               std::vector<std::vector<std::shared_ptr<arrow::Array>>> parts,
                               arrow::MemoryPool* pool) const;

  std::vector<std::shared_ptr<arrow::DataType>> types_;
  std::vector<Part> parts_;
  std::vector<Split> splits_;
  std::shared_ptr<const ColumnFinisher> finisher_;  // null = columns come as the files hold them
};

/// Number of rows that a fragment has physically; asks a file when the manifest does not say.
Result<uint64_t> PhysicalRows(FileCache& files, const table::Fragment& fragment);

}  // namespace lance::query
