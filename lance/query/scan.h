// Plans and runs a scan over the fragments of one table version.
//
// Thread-safety: a plan is immutable and may be shared; each running scan belongs to one consumer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/executor.h"
#include "lance/base/ids.h"
#include "lance/file/column_view.h"
#include "lance/file/reader.h"
#include "lance/io/object_store.h"
#include "lance/query/expression.h"
#include "lance/table/manifest.h"

namespace lance::query {

/// System columns that may be asked for by name.
inline constexpr const char* kRowIdColumn = "_rowid";
inline constexpr const char* kRowAddressColumn = "_rowaddr";
inline constexpr const char* kFragmentIdColumn = "_fragid";

/// Opens data files once and keeps the readers; shared by all scans of a dataset.
class FileCache {
 public:
  virtual ~FileCache() = default;
  /// Root of the table, for messages.
  virtual const std::string& table_name() const = 0;
  virtual Result<std::shared_ptr<file::FileReader>> Open(const table::DataFile& file) = 0;
  /// Sorted physical offsets of the deleted rows, empty when none.
  virtual Result<std::shared_ptr<const std::vector<uint32_t>>> Deletions(
      const table::Fragment& fragment) = 0;
  /// Open an object by its path below the root of the table, or of base path `base_id`.
  virtual Result<std::shared_ptr<io::ObjectReader>> OpenObject(std::optional<uint32_t> base_id,
                                                               std::string_view path) = 0;
  /// Open an object by its URI, for blobs that lie outside of the table.
  virtual Result<std::shared_ptr<io::ObjectReader>> OpenUri(std::string_view uri) = 0;
  /// Make a cache of the files below `root` that keeps up to `metadata_bytes` of their metadata.
  static std::shared_ptr<FileCache> Make(std::shared_ptr<io::ObjectStore> root,
                                         std::shared_ptr<const table::Manifest> manifest,
                                         uint64_t metadata_bytes = file::kDefaultMetadataBytes);
};

/// A piece of a scan that one task can do: physical rows [rows.begin, rows.end) of a fragment.
struct ScanSplit {
  uint64_t fragment_id = 0;
  RowRange rows;
};

struct ScanRequest {
  /// Columns of the output in order, system columns included; nullopt = all user columns.
  std::optional<std::vector<std::string>> columns;
  ExpressionPtr filter;  // null = none; unbound
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
  /// Only these pieces; nullopt = the whole table.
  std::optional<std::vector<ScanSplit>> splits;
  /// How blob columns come. With bytes, a batch has up to `batch_max_bytes` of them, or one row.
  file::BlobHandling blobs = file::BlobHandling::kDescriptions;
  int64_t batch_num_rows = 8192;
  uint64_t batch_max_bytes = 64 << 20;
  /// Batches come in table order; false lets whichever fragment is ready go first.
  bool ordered = true;
  /// Pieces read at once; 0 = as many as the executor has threads. 1 = in the consumer's thread.
  int parallelism = 0;
  /// Upper bound of the memory that the scan holds: bytes fetched but not decoded, batches being
  /// decoded, batches that wait for the consumer and the one that it has. Reading stops until
  /// batches are taken away. Batches get smaller to fit, down to one row each.
  uint64_t memory_limit_bytes = 512 << 20;
  StopToken stop = StopToken::Unstoppable();
};

struct ScanContext {
  std::shared_ptr<const table::Manifest> manifest;
  std::shared_ptr<FileCache> files;
  std::shared_ptr<Executor> executor;  // null = Executor::Default()
  arrow::MemoryPool* pool = nullptr;
};

/// Arrow schema that a scan of `request` yields; ColumnNotFound lists the columns.
Result<std::shared_ptr<arrow::Schema>> ScanSchema(const table::Manifest& manifest,
                                                  const ScanRequest& request);

/// Start a scan. Closing or dropping the reader stops the work behind it.
Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(const ScanContext& context,
                                                       const ScanRequest& request);

/// Count the rows that pass `filter` (null = all live rows, answered from the manifest).
Result<uint64_t> CountRows(const ScanContext& context, const ExpressionPtr& filter,
                           const std::optional<std::vector<ScanSplit>>& splits = std::nullopt);

/// Cut the table into pieces of about `target_bytes` each, at least one row, in table order.
std::vector<ScanSplit> PlanSplits(const table::Manifest& manifest, uint64_t target_bytes);

/// Read rows by position among the live rows of the table, in the given order, repeats allowed;
/// InvalidInput names a position past the end.
Result<std::shared_ptr<arrow::Table>> TakeRows(
    const ScanContext& context, const std::vector<RowOffset>& rows,
    const std::optional<std::vector<std::string>>& columns,
    file::BlobHandling blobs = file::BlobHandling::kDescriptions);

/// Where the bytes of one blob lie.
struct BlobPlace {
  std::shared_ptr<io::ObjectReader> object;  // null when the blob is empty
  ByteRange range;
};
/// Find the blobs of column `column` at `rows`, which are as for `TakeRows`; nothing where the
/// value is null. Reads the descriptors, not the bytes. ColumnNotFound, or InvalidInput when the
/// column is no blob column.
Result<std::vector<std::optional<BlobPlace>>> FindBlobs(const ScanContext& context,
                                                        const std::string& column,
                                                        const std::vector<RowOffset>& rows);

}  // namespace lance::query
