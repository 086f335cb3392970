// The state of a table at one version: schema, fragments, flags, metadata.
//
// A manifest is rebuilt for every commit from the latest one; what this build does not understand
// is announced by feature flags and refused. Source: Lance table format, manifest. Thread-safety:
// immutable once loaded; share by shared_ptr<const Manifest>.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/file/format_version.h"
#include "lance/file/schema.h"
#include "lance/io/object_store.h"

namespace lance::table {

using io::TimePoint;

/// A data file of a fragment. Field numbers of the wire beside each member.
struct DataFile {
  std::string path;                     // 1, relative to the base's data folder
  std::vector<int32_t> field_ids;       // 2; -2 = tombstone, -3..-5 = row lineage
  std::vector<int32_t> column_indices;  // 3; -1 = no own column
  uint32_t major = 2;                   // 4
  uint32_t minor = 2;                   // 5
  uint64_t size_bytes = 0;              // 6; 0 = unknown
  std::optional<uint32_t> base_id;      // 7
};

struct DeletionFile {
  enum class Type : uint8_t { kArrow = 0, kBitmap = 1 };
  Type type = Type::kArrow;         // 1
  uint64_t read_version = 0;        // 2
  uint64_t id = 0;                  // 3
  uint64_t num_deleted_rows = 0;    // 4; 0 = unknown
  std::optional<uint32_t> base_id;  // 7
};

/// A horizontal slice of the table; its files hold different columns of the same rows.
struct Fragment {
  uint64_t id = 0;                        // 1
  std::vector<DataFile> files;            // 2
  std::optional<DeletionFile> deletions;  // 3
  uint64_t physical_rows = 0;             // 4
  /// Row id and version metadata as serialized bytes, carried along unread (5, 7, 9, 12-14, 16).
  std::string row_lineage;

  /// Rows that are not deleted; physical_rows when the number of deletions is unknown.
  uint64_t num_rows() const;
};

struct BasePath {
  uint32_t id = 0;
  std::optional<std::string> name;
  bool is_dataset_root = false;
  std::string path;
};

struct WriterVersion {
  std::string library;
  std::string version;
};

/// Feature flags (manifest fields 9 and 10).
enum FeatureFlag : uint64_t {
  kDeletionFiles = 1,
  kStableRowIds = 2,
  kLegacyV2Format = 4,
  kTableConfig = 8,
  kBasePaths = 16,
  kNoTransactionFile = 32,
  kMixedFileVersions = 256,
  kSpilledRowLineage = 2048,
  kManagedBlobs = 16384,
};

struct Manifest {
  uint64_t version = 0;
  file::Schema schema;
  std::vector<Fragment> fragments;  // sorted by id
  TimePoint timestamp;
  uint64_t reader_flags = 0;
  uint64_t writer_flags = 0;
  std::optional<uint32_t> max_fragment_id;
  std::string transaction_file;
  std::optional<WriterVersion> writer;
  uint64_t next_row_id = 0;
  std::string data_format_version;  // "2.2"
  std::map<std::string, std::string> config;
  std::map<std::string, std::string> table_metadata;
  std::vector<BasePath> base_paths;
  std::optional<std::string> branch;
  /// IndexSection message as it stands, carried forward; empty when there is none.
  std::string index_section;
  /// The transaction inlined in the manifest file; empty when there is none.
  std::string inline_transaction;
  /// Other fields of the wire, carried forward as serialized bytes (24, 25, 26).
  std::string carried_fields;

  uint64_t num_rows() const;
  /// File version that new data files of this table get.
  Result<encoding::FormatVersion> file_version() const;
};

/// Parse the bytes of a manifest file; Corruption with offset and expectation. Flags are not
/// judged.
Result<std::shared_ptr<const Manifest>> ParseManifest(Bytes file);
/// Serialize as a manifest file; `transaction` (a serialized Transaction) is inlined in front.
Result<std::string> SerializeManifest(const Manifest& manifest, std::string_view transaction);

/// Unsupported, naming the flags, when a reader (or writer) of this build must not touch the table.
Status CheckReadable(const Manifest& manifest);
Status CheckWritable(const Manifest& manifest);

/// Names of manifests.
enum class NamingScheme : uint8_t { kV1, kV2 };
struct ManifestLocation {
  uint64_t version = 0;
  NamingScheme scheme = NamingScheme::kV2;
  std::string path;  // relative to the table root
  uint64_t size_bytes = 0;
};
std::string ManifestPath(uint64_t version, NamingScheme scheme);
/// Understand a file name of `_versions/`; nullopt for detached versions, staging and foreign
/// files.
std::optional<ManifestLocation> ParseManifestName(std::string_view file_name);

}  // namespace lance::table
