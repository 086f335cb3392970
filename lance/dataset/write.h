// Creating, appending to and overwriting tables; and the pieces of it that an engine distributes.
//
// Order of effects: data files first (durable), then one commit. Until the commit nobody sees
// anything; a failure deletes the files it wrote.
// Thread-safety: free functions; a FragmentWriter belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/dataset/dataset.h"
#include "lance/file/goal.h"
#include "lance/file/schema.h"

namespace lance {

enum class WriteMode : uint8_t { kCreate, kAppend, kOverwrite };

struct TableWriteOptions {
  WriteMode mode = WriteMode::kCreate;
  /// Version of new data files; nullopt = the table's own, 2.2 for a new table.
  std::optional<encoding::FormatVersion> file_version;
  /// What new data files shall be good at; `file::ParseGoal` reads the names.
  file::Goal goal = file::Goal::kBalanced;
  uint64_t max_rows_per_file = 1 << 20;
  uint64_t max_bytes_per_file = 90ULL << 30;
  io::StorageOptions storage;
  std::shared_ptr<Executor> executor;  // null = Executor::Default()
  arrow::MemoryPool* pool = nullptr;
  StopToken stop = StopToken::Unstoppable();
  std::map<std::string, std::string> transaction_properties;
  int max_commit_retries = 20;
  /// Take blobs that are references to objects outside of the table, by absolute URI.
  bool allow_external_blobs = false;
};

/// Write all batches of `data` and commit once. Create: TableAlreadyExists when there is one.
/// Append: columns are matched by name, missing nullable ones are left out, SchemaMismatch names
/// the column; TableNotFound when there is no table. Overwrite: creates the table when there is
/// none; otherwise schema and data are replaced in a new version.
Result<std::shared_ptr<Dataset>> WriteTable(std::string_view uri, arrow::RecordBatchReader* data,
                                            const TableWriteOptions& options = {});

/// Create a table without rows (version 1).
Result<std::shared_ptr<Dataset>> CreateEmptyTable(std::string_view uri, const arrow::Schema& schema,
                                                  const TableWriteOptions& options = {});

/// What one task wrote: an opaque message to carry to the committer.
struct WrittenFragments {
  std::vector<table::Fragment> fragments;
  uint64_t num_rows = 0;
  uint64_t num_bytes = 0;
};
std::string SerializeFragments(const WrittenFragments& fragments);
Result<WrittenFragments> ParseFragments(Bytes message);

/// Writes rows as fragments that nobody sees until they are committed.
class FragmentWriter {
 public:
  virtual ~FragmentWriter() = default;  // an unfinished writer aborts
  /// Begin writing into the table at `uri`; `schema` gives names, types and field ids: the table's
  /// own for an append, that of `Schema::FromArrow` for a new or overwritten table.
  static Result<std::unique_ptr<FragmentWriter>> Open(std::string_view uri, file::Schema schema,
                                                      const TableWriteOptions& options);
  /// Add rows; columns are matched by name.
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  /// No rows written gives no fragment and no file.
  virtual Result<WrittenFragments> Finish() = 0;
  /// Delete what was written.
  virtual Status Abort() = 0;
};

/// Commit what tasks wrote, as one version. `read_version` is the version that the job looked at (0
/// = the table must not exist). `schema` counts for create and overwrite.
Result<std::shared_ptr<Dataset>> CommitFragments(std::string_view uri, uint64_t read_version,
                                                 const std::vector<WrittenFragments>& parts,
                                                 const file::Schema& schema,
                                                 const TableWriteOptions& options);

/// Best effort: delete the data files of `parts`, which were not committed.
Status DeleteUncommitted(std::string_view uri, const std::vector<WrittenFragments>& parts,
                         const io::StorageOptions& storage = {});

}  // namespace lance
