#include "lance/table/commit.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "arrow/buffer.h"
#include "lance/io/path.h"
#include "lance/table/conflict/conflict.h"
#include "lance/table/conflict/next_manifest.h"
#include "lance/table/wire/transaction_wire.h"

namespace lance::table {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kTransactionsFolder = "_transactions";
constexpr uint64_t kLargestTransactionBytes = 1ULL << 31;
constexpr int kMostSlotBits = 8;
constexpr double kSlotPerAttempt = 1.1;  // a slot is a little longer than an attempt

// The transaction that made `manifest`, from the manifest itself or from its file.
Result<OtherTransaction> TransactionOf(io::ObjectStore& root, const Manifest& manifest) {
  if (!manifest.inline_transaction.empty()) {
    return ReadTransaction(AsBytes(manifest.inline_transaction));
  }
  const std::string& name = manifest.transaction_file;
  LANCE_CHECK_BYTES(!name.empty() && name.find('/') == std::string::npos,
                    "the manifest names no transaction");
  ARROW_ASSIGN_OR_RAISE(const auto buffer, root.Get(io::JoinPath(kTransactionsFolder, name),
                                                    kLargestTransactionBytes));
  return ReadTransaction({buffer->data(), static_cast<size_t>(buffer->size())});
}

// Waits between attempts: a random slot out of twice as many each time, so that writers that met
// once do not meet again.
class Backoff {
 public:
  explicit Backoff(int64_t timeout_ms)
      : start_(Clock::now()), timeout_(std::chrono::milliseconds(timeout_ms)) {}

  // False when the time is up.
  bool Wait(int attempt) {
    const auto now = Clock::now();
    if (attempt == 1) {
      slot_ = std::chrono::duration_cast<Clock::duration>((now - start_) * kSlotPerAttempt);
    }
    const uint32_t num_slots = 1U << std::min(attempt + 1, kMostSlotBits);
    const auto pause = slot_ * std::uniform_int_distribution<int>(0, num_slots - 1)(random_);
    if (now + pause - start_ > timeout_) return false;
    std::this_thread::sleep_for(pause);
    return true;
  }

 private:
  Clock::time_point start_;
  Clock::duration timeout_;
  Clock::duration slot_{};
  std::minstd_rand random_{std::random_device{}()};
};

class Committer {
 public:
  Committer(io::ObjectStore& root, CommitStore& versions, const Transaction& transaction,
            const CommitOptions& options)
      : root_(root),
        versions_(versions),
        transaction_(transaction),
        options_(options),
        message_(SerializeTransaction(transaction)),
        file_name_(TransactionFileName(transaction)),
        checked_version_(transaction.read_version) {}

  Result<Committed> Run() {
    auto out = transaction_.read_version == 0 ? CreateTable() : CommitOnLatest();
    // After an error of the storage the outcome may be unknown: then everything stays.
    if (!out.ok() && file_written_ && !IsStorageError(out.status())) {
      (void)root_.Delete(io::JoinPath(kTransactionsFolder, file_name_));
    }
    return out;
  }

 private:
  static bool IsStorageError(const Status& status) {
    const ErrorCode code = GetErrorCode(status);
    return code == ErrorCode::Io || code == ErrorCode::ServiceUnavailable ||
           code == ErrorCode::Throttled;
  }

  Result<Committed> CreateTable() {
    LANCE_REQUIRE(transaction_.kind == OperationKind::kOverwrite,
                  "an append needs a version of the table to start from");
    ARROW_ASSIGN_OR_RAISE(const auto latest, versions_.Latest());
    if (latest.has_value()) return AlreadyExists(latest->version);
    ARROW_ASSIGN_OR_RAISE(Manifest manifest, FirstManifest(transaction_, options_));
    ARROW_ASSIGN_OR_RAISE(const bool won, Publish(options_.scheme, &manifest));
    if (!won) return AlreadyExists(manifest.version);
    return Committed{std::make_shared<const Manifest>(std::move(manifest)), 0};
  }

  Result<Committed> CommitOnLatest() {
    Backoff backoff(options_.retry_timeout_ms);
    for (int attempt = 0;; ++attempt) {
      ARROW_ASSIGN_OR_RAISE(const auto location, versions_.Latest());
      if (!location.has_value()) {
        return Error(ErrorCode::TableNotFound, "there is no table at '", root_.name(),
                     "' any more");
      }
      ARROW_ASSIGN_OR_RAISE(const auto latest, LoadManifest(root_, *location));
      ARROW_RETURN_NOT_OK(CheckWritable(*latest));
      ARROW_RETURN_NOT_OK(CheckNewer(*latest));
      ARROW_ASSIGN_OR_RAISE(Manifest next, NextManifest(*latest, transaction_, options_));
      ARROW_ASSIGN_OR_RAISE(const bool won, Publish(location->scheme, &next));
      if (won) return Committed{std::make_shared<const Manifest>(std::move(next)), attempt};
      if (attempt >= options_.max_retries || !backoff.Wait(attempt + 1)) {
        return Error(ErrorCode::ConcurrentModification, "'", root_.name(),
                     "': other writers were faster ", attempt + 1,
                     " times, the last one with version ", next.version,
                     "; nothing was changed, try again");
      }
    }
  }

  Status AlreadyExists(uint64_t version) const {
    return Error(ErrorCode::TableAlreadyExists, "there is already a table at '", root_.name(),
                 "' (version ", version, ")");
  }

  // Check all versions between the last one checked and `latest` for conflicts.
  Status CheckNewer(const Manifest& latest) {
    LANCE_REQUIRE(latest.version >= transaction_.read_version, "'", root_.name(),
                  "' is at version ", latest.version, ", before version ",
                  transaction_.read_version, " that the writer looked at");
    // Overwriting without retries means: only if nobody else was there.
    const bool strict = transaction_.kind == OperationKind::kOverwrite && options_.max_retries == 0;
    while (checked_version_ < latest.version) {
      const uint64_t version = checked_version_ + 1;
      auto theirs = LoadTransaction(version, latest);
      if (!theirs.ok() && IsStorageError(theirs.status())) return theirs.status();
      if (!theirs.ok()) {
        return Conflict(version, "Unknown", "cannot be judged: " + theirs.status().message());
      }
      const Verdict verdict = strict ? Verdict::kRetryable : Judge(transaction_, *theirs);
      if (verdict == Verdict::kRetryable) {
        return Conflict(version, theirs->summary.operation,
                        "changed what this operation builds on; look at the new version and do it "
                        "again");
      }
      if (verdict == Verdict::kIncompatible) {
        return Conflict(version, theirs->summary.operation, "contradicts this operation");
      }
      checked_version_ = version;
    }
    return Status::OK();
  }

  Result<OtherTransaction> LoadTransaction(uint64_t version, const Manifest& latest) {
    if (version == latest.version) return TransactionOf(root_, latest);
    ARROW_ASSIGN_OR_RAISE(const auto location, versions_.Find(version));
    ARROW_ASSIGN_OR_RAISE(const auto manifest, LoadManifest(root_, location));
    return TransactionOf(root_, *manifest);
  }

  Status Conflict(uint64_t version, std::string_view operation, std::string_view why) const {
    const bool append = transaction_.kind == OperationKind::kAppend;
    return Error(ErrorCode::ConcurrentModification, "'", root_.name(), "': cannot ",
                 append ? "append" : "overwrite", " from version ", transaction_.read_version,
                 ": version ", version, " (", operation, "), committed meanwhile, ", why);
  }

  // Publish `manifest`; false when another writer took the version.
  Result<bool> Publish(NamingScheme scheme, Manifest* manifest) {
    if (!file_written_) {
      file_written_ = true;
      ARROW_RETURN_NOT_OK(
          root_.Put(io::JoinPath(kTransactionsFolder, file_name_), AsBytes(message_)));
    }
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, SerializeManifest(*manifest, message_));
    manifest->inline_transaction = message_;
    const Status status = versions_.Publish(manifest->version, scheme, AsBytes(bytes));
    if (status.ok()) return true;

    // A store that tries again by itself may find its own object, and an error may hide a success:
    // what lies there now decides.
    const auto there = versions_.Find(manifest->version);
    if (there.ok()) {
      const auto theirs = LoadManifest(root_, *there);
      if (theirs.ok()) return (*theirs)->transaction_file == manifest->transaction_file;
    }
    if (IsError(status, ErrorCode::ObjectAlreadyExists)) return false;
    if (IsError(there.status(), ErrorCode::VersionNotFound)) return status;
    return WithContext(status, internal::Concat("it is not known whether version ",
                                                manifest->version, " was committed"));
  }

  io::ObjectStore& root_;
  CommitStore& versions_;
  const Transaction& transaction_;
  const CommitOptions& options_;
  const std::string message_;
  const std::string file_name_;
  uint64_t checked_version_;
  bool file_written_ = false;
};

}  // namespace

Result<Committed> Commit(io::ObjectStore& root, CommitStore& versions, Transaction transaction,
                         const CommitOptions& options) {
  if (transaction.uuid.empty()) transaction.uuid = MakeUuid();
  return Committer(root, versions, transaction, options).Run();
}

}  // namespace lance::table
