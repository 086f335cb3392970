// Reads data files of versions 2.0, 2.1 and 2.2; 0.1 and 2.3 are refused by name.
//
// Opening costs one read of the tail (a second one when the metadata is larger). Column metadata is
// parsed at the first use of a column; it and the indexes of pages are kept as long as the budget
// allows. A read asks for the bytes of the pages and chunks that hold the wanted rows, coalesced.
// Thread-safety: a reader may be shared; each scan belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/byte_budget.h"
#include "lance/base/bytes.h"
#include "lance/base/executor.h"
#include "lance/encoding/codec.h"
#include "lance/file/schema.h"
#include "lance/file/statistics.h"
#include "lance/io/object_store.h"

namespace lance::file {

/// Bytes of metadata (footers, column metadata, indexes and dictionaries of pages) that are kept
/// between reads unless somebody says otherwise.
inline constexpr uint64_t kDefaultMetadataBytes = 256 << 20;

/// A field to read and where its leaves lie in the file.
struct ColumnRequest {
  SchemaField field;  // the table's view: name, type, nullability
  /// File column per leaf of `field`, depth-first; -1 = the file does not hold it (all null).
  std::vector<int32_t> leaf_columns;
};

struct ReadOptions {
  int64_t batch_num_rows = 8192;        // upper bound of rows per batch
  uint64_t batch_max_bytes = 64 << 20;  // upper bound of decoded bytes per batch, at least one row
  uint64_t window_bytes = 32 << 20;     // bytes fetched ahead of decoding, at least one batch's
  arrow::MemoryPool* pool = nullptr;    // null = the recycling pool
  Executor* executor = nullptr;         // decodes columns of a take side by side; null = nobody
  StopToken stop = StopToken::Unstoppable();
};

/// One page, for `lance inspect`.
struct PageInfo {
  uint64_t num_rows = 0;
  uint64_t first_row = 0;
  std::vector<ByteRange> buffers;
  std::string layout;    // "mini-block", "full-zip", "constant", "blob", "array" (2.0)
  std::string encoding;  // one line
};
struct ColumnInfo {
  std::vector<PageInfo> pages;
  uint64_t size_bytes = 0;
};

class FileReader : public std::enable_shared_from_this<FileReader> {
 public:
  virtual ~FileReader() = default;

  /// Open a file. Corruption for bad bytes; Unsupported for versions this build does not read.
  /// \param budget  of the metadata that is kept between reads; null = one of its own
  static Result<std::shared_ptr<FileReader>> Open(std::shared_ptr<io::ObjectReader> object,
                                                  std::shared_ptr<ByteBudget> budget = nullptr);

  /// Bytes of memory that the open file takes, without what the budget counts by itself.
  virtual uint64_t size_bytes() const = 0;

  /// The file itself, for bytes that lie beside the pages (blobs).
  virtual const std::shared_ptr<io::ObjectReader>& object() const = 0;
  virtual encoding::FormatVersion version() const = 0;
  virtual uint64_t num_rows() const = 0;
  virtual int32_t num_columns() const = 0;
  /// The schema inside of the file. Its field ids mean nothing to a table.
  virtual const Schema& schema() const = 0;
  /// Requests for all fields of the file's own schema, for reading a file without a table; blobs as
  /// descriptors, JSON in its binary form.
  virtual Result<std::vector<ColumnRequest>> OwnColumns() const = 0;

  /// Read rows of `ranges` (sorted, disjoint, inside of the file) as batches in that order; a null
  /// batch ends. With no columns the batches only carry row counts.
  virtual Result<std::unique_ptr<arrow::RecordBatchReader>> Scan(std::vector<ColumnRequest> columns,
                                                                 std::vector<RowRange> ranges,
                                                                 ReadOptions options) = 0;

  /// Read single rows at strictly increasing `rows` as one batch in that order. Runs in the calling
  /// thread, with all byte ranges asked for together; with an executor, column by column in both.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Take(
      const std::vector<ColumnRequest>& columns, std::span<const uint64_t> rows,
      ReadOptions options) = 0;

  virtual Result<ColumnInfo> DescribeColumn(int32_t column) = 0;

  /// Statistics of the zones of a column that our writer gathered, null when there are none.
  /// Corruption when they are damaged, Unsupported when they are newer than this build: reading
  /// rows needs none of them.
  virtual Result<std::shared_ptr<const ColumnZones>> Zones(int32_t column) = 0;
};

/// Result of asking a file's footer which version it is, without reading more.
Result<encoding::FormatVersion> ReadFileVersion(io::ObjectReader& object);

}  // namespace lance::file
