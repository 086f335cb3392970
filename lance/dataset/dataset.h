// What a user does to one table: open a version, look at it, scan it.
//
// A `Dataset` is one version of one table and never changes; reading newer data means opening
// again. Thread-safety: immutable, share by shared_ptr. The functions of write.h and scan.h take
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/executor.h"
#include "lance/base/ids.h"
#include "lance/file/explain.h"
#include "lance/io/object_store.h"
#include "lance/query/scan.h"
#include "lance/table/commit.h"
#include "lance/table/manifest.h"

namespace lance {

/// Which version of a table; at most one of version, timestamp and tag.
struct VersionRef {
  std::optional<uint64_t> version;
  std::optional<io::TimePoint> timestamp;  // newest version committed at or before it
  std::optional<std::string> tag;
  std::optional<std::string> branch;  // nullopt = main
};

struct OpenOptions {
  VersionRef ref;
  io::StorageOptions storage;
  std::shared_ptr<Executor> executor;  // null = Executor::Default()
  arrow::MemoryPool* pool = nullptr;
  /// Bytes of metadata (footers, indexes of pages, dictionaries, deletions) kept between reads.
  uint64_t metadata_bytes = file::kDefaultMetadataBytes;
};

struct VersionInfo {
  uint64_t version = 0;
  io::TimePoint timestamp;
  uint64_t num_rows = 0;
  uint64_t num_fragments = 0;
  std::string operation;  // of the commit that made it; empty when unknown
};

class Dataset {
 public:
  /// Open the table at `uri`. TableNotFound says what was looked for; VersionNotFound which
  /// versions there are; Unsupported names unknown feature flags.
  static Result<std::shared_ptr<Dataset>> Open(std::string_view uri,
                                               const OpenOptions& options = {});

  const std::string& uri() const { return uri_; }
  uint64_t version() const { return manifest_->version; }
  const table::Manifest& manifest() const { return *manifest_; }
  const file::Schema& lance_schema() const { return manifest_->schema; }
  /// What `Scan` and `Take` give by default; see `query::ScanRequest::blobs`.
  std::shared_ptr<arrow::Schema> schema(
      file::BlobHandling blobs = file::BlobHandling::kDescriptions) const;
  const std::shared_ptr<io::ObjectStore>& store() const { return store_; }
  const query::ScanContext& scan_context() const { return context_; }

  /// Start a scan; see query::ScanRequest.
  Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(const query::ScanRequest& request) const;
  /// Count rows that pass `filter`; null counts all.
  Result<uint64_t> CountRows(const query::ExpressionPtr& filter = nullptr) const;
  /// Rows by position among the live rows, in the given order.
  Result<std::shared_ptr<arrow::Table>> Take(
      const std::vector<RowOffset>& rows,
      const std::optional<std::vector<std::string>>& columns = std::nullopt,
      file::BlobHandling blobs = file::BlobHandling::kDescriptions) const;

  /// All versions of the table (of this branch), ascending.
  Result<std::vector<VersionInfo>> Versions() const;

 private:
  friend Result<std::shared_ptr<Dataset>> OpenLocation(
      std::string uri, std::shared_ptr<io::ObjectStore> store,
      std::shared_ptr<const table::Manifest> manifest, const OpenOptions& options);
  Dataset() = default;

  std::string uri_;
  std::shared_ptr<io::ObjectStore> store_;
  std::shared_ptr<const table::Manifest> manifest_;
  query::ScanContext context_;
};

/// One line of `lance inspect`: a column of a data file.
struct ColumnSize {
  std::string path;         // dotted field path
  uint64_t size_bytes = 0;  // over all fragments
  uint64_t num_pages = 0;
  std::vector<std::string> encodings;  // distinct, most frequent first
};
/// Sizes and encodings per leaf column over all data files of the version.
Result<std::vector<ColumnSize>> InspectColumns(const Dataset& dataset);

/// Ask the policy about the first rows of the table, a page of each column; `column` = "" means all
/// top-level columns. ColumnNotFound lists them.
Result<std::vector<file::EncodingExplanation>> ExplainEncodings(const Dataset& dataset,
                                                                const std::string& column,
                                                                file::Goal goal);

}  // namespace lance
