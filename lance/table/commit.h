// Finding versions, and publishing a new one atomically.
//
// A commit writes `_transactions/<read_version>-<uuid>.txn`, builds the manifest of latest + 1 and
// creates it if absent; whoever loses checks the transactions that won and tries again when the
// operations go together. Source: Lance table format, commits and conflict table.
// Thread-safety: free functions; the store decides races.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lance/io/object_store.h"
#include "lance/table/manifest.h"

namespace lance::table {

/// What a commit does to the table.
enum class OperationKind : uint8_t { kAppend, kOverwrite };

struct Transaction {
  uint64_t read_version = 0;  // version the writer looked at; 0 = creates the table
  std::string uuid;           // filled by `Commit` when empty
  std::map<std::string, std::string> properties;
  OperationKind kind = OperationKind::kAppend;
  std::vector<Fragment> fragments;            // new ones, id 0
  file::Schema schema;                        // overwrite
  std::map<std::string, std::string> config;  // overwrite: upserts
};

/// What is known of a transaction that somebody else committed.
struct TransactionSummary {
  uint64_t read_version = 0;
  std::string uuid;
  std::string operation;  // "Append", "Overwrite", "Delete", ...; "Unknown(n)" for new kinds
  std::map<std::string, std::string> properties;
};
Result<TransactionSummary> ParseTransaction(Bytes message);

struct CommitOptions {
  int max_retries = 20;
  int64_t retry_timeout_ms = 30'000;
  NamingScheme scheme = NamingScheme::kV2;  // of new tables; an existing table keeps its own
  encoding::FormatVersion file_version = encoding::kVersion22;  // of new or overwritten tables
};

/// Commits: the doorbell for catalogs that keep versions themselves.
class CommitStore {
 public:
  virtual ~CommitStore() = default;
  /// Find the newest version; nullopt when there is no table.
  virtual Result<std::optional<ManifestLocation>> Latest() = 0;
  /// Find a version; VersionNotFound says which versions exist.
  virtual Result<ManifestLocation> Find(uint64_t version) = 0;
  /// All versions, ascending.
  virtual Result<std::vector<ManifestLocation>> List() = 0;
  /// Publish a manifest; ObjectAlreadyExists when the version is taken.
  virtual Status Publish(uint64_t version, NamingScheme scheme, Bytes manifest) = 0;

  /// Versions kept as files in `_versions/` of the table rooted at `root`.
  static std::unique_ptr<CommitStore> ForFolder(std::shared_ptr<io::ObjectStore> root);
};

/// Read and check the manifest at `location`; errors name its path.
Result<std::shared_ptr<const Manifest>> LoadManifest(io::ObjectStore& root,
                                                     const ManifestLocation& location);

struct Committed {
  std::shared_ptr<const Manifest> manifest;
  int num_retries = 0;
};

/// Commit `transaction` on top of the newest version. Appends go with nearly everything; an
/// overwrite replaces also what others appended or deleted since `read_version`, but not what
/// another overwrite put there: of two jobs that replace the table the later one must be told. With
/// `max_retries` 0 an overwrite fails after any other commit. ConcurrentModification names the
/// other version and operation when the two do not go together; TableAlreadyExists when
/// read_version is 0 and a table is there; InvalidInput when the fragments do not fit the table.
/// The table is untouched on every error, except that after Io it may not be known whether the
/// commit went through.
Result<Committed> Commit(io::ObjectStore& root, CommitStore& versions, Transaction transaction,
                         const CommitOptions& options = {});

/// Rows of a fragment that are deleted, as sorted physical offsets. `root` is the table that holds
/// the file: the base that the deletion file names, if it names one. Corruption when the file holds
/// anything but offsets of the fragment's rows in the number that the manifest says.
Result<std::vector<uint32_t>> ReadDeletions(io::ObjectStore& root, const Fragment& fragment);

/// Random name of a new data file (without folder), as the official writer forms it.
std::string MakeDataFileName();
std::string MakeUuid();

/// Tags and branches (`_refs/`), read only.
struct TagInfo {
  std::string name;
  std::optional<std::string> branch;
  uint64_t version = 0;
};
Result<std::vector<TagInfo>> ListTags(io::ObjectStore& root);
/// TagNotFound lists the tags there are.
Result<TagInfo> FindTag(io::ObjectStore& root, std::string_view name);
/// Root folder of a branch below the main root; BranchNotFound when it has no ref.
Result<std::string> FindBranch(io::ObjectStore& root, std::string_view name);

}  // namespace lance::table
