#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "lance/dataset/write.h"
#include "lance/dataset/write/blob_columns.h"
#include "lance/dataset/write/match_columns.h"
#include "lance/dataset/write/target.h"
#include "lance/file/writer.h"
#include "lance/table/commit.h"

namespace lance {
namespace {

// Rows of a file between two looks at its size and at the stop token: always the same rows, however
// they were batched.
constexpr uint64_t kStepNumRows = 16 << 10;

// A data file whose rows are all there, and that is finished by a thread of its own: the last pages
// are encoded and the disk is waited for while the next file begins.
class ClosingFile {
 public:
  /// \param blobs  of the file; null when it has none
  ClosingFile(std::unique_ptr<file::FileWriter> file, std::unique_ptr<BlobColumns> blobs,
              std::string name)
      : file_(std::move(file)), blobs_(std::move(blobs)), name_(std::move(name)) {
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error&) {
      Run();
    }
  }
  ~ClosingFile() {
    if (thread_.joinable()) thread_.join();
  }

  const std::string& name() const { return name_; }
  /// Wait for the end.
  Result<file::WrittenFile> Join() {
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  // The data file names the sidecars, so they must be there before it is.
  Result<file::WrittenFile> FinishAll() {
    if (blobs_ != nullptr) ARROW_RETURN_NOT_OK(blobs_->Finish());
    return file_->Finish();
  }
  void Run() {
    result_ = FinishAll();
    if (result_.ok()) return;
    (void)file_->Abort();
    if (blobs_ != nullptr) (void)blobs_->Abort();
  }

  std::unique_ptr<file::FileWriter> file_;
  std::unique_ptr<BlobColumns> blobs_;
  const std::string name_;
  Result<file::WrittenFile> result_ = Status::UnknownError("not finished");
  std::thread thread_;
};

// Writes one data file per fragment and starts the next one when a limit is reached.
class RollingWriter final : public FragmentWriter {
 public:
  RollingWriter(std::shared_ptr<io::ObjectStore> store, file::Schema schema,
                encoding::FormatVersion version, TableWriteOptions options)
      : store_(std::move(store)),
        schema_(std::move(schema)),
        version_(version),
        options_(std::move(options)) {}

  ~RollingWriter() override {
    if (!closed_) (void)Abort();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    LANCE_REQUIRE(!closed_, "the fragment writer is closed");
    ARROW_RETURN_NOT_OK(MatchSchema(batch.schema()));
    ARROW_ASSIGN_OR_RAISE(const auto matched, matcher_->Match(batch));
    int64_t done = 0;
    while (done < matched->num_rows()) {
      ARROW_RETURN_NOT_OK(options_.stop.Poll());
      if (file_ == nullptr) ARROW_RETURN_NOT_OK(OpenDataFile());
      const uint64_t num_rows = file_->num_rows();
      const uint64_t room =
          std::min(options_.max_rows_per_file - num_rows, kStepNumRows - num_rows % kStepNumRows);
      const int64_t left = matched->num_rows() - done;
      const auto count = static_cast<int64_t>(std::min(room, static_cast<uint64_t>(left)));
      ARROW_RETURN_NOT_OK(WriteSlice(matched->Slice(done, count)));
      done += count;
      ARROW_ASSIGN_OR_RAISE(const bool full, IsFull());
      if (full) ARROW_RETURN_NOT_OK(CloseDataFile());
    }
    return Status::OK();
  }

  Result<WrittenFragments> Finish() override {
    LANCE_REQUIRE(!closed_, "the fragment writer is closed");
    ARROW_RETURN_NOT_OK(options_.stop.Poll());
    if (file_ != nullptr) ARROW_RETURN_NOT_OK(CloseDataFile());
    ARROW_RETURN_NOT_OK(JoinClosing());
    closed_ = true;
    return std::move(written_);
  }

  Status Abort() override {
    closed_ = true;
    Status first;
    if (file_ != nullptr) first = AbortDataFile();
    // A file that was being finished may have become visible by now: it is deleted with the others.
    (void)JoinClosing();
    const Status deleted = DeleteDataFiles(*store_, written_.fragments);
    written_ = {};
    return first.ok() ? deleted : first;
  }

 private:
  // A batch with other columns than the last one begins a new file.
  Status MatchSchema(const std::shared_ptr<arrow::Schema>& source) {
    if (matcher_.has_value() && source->Equals(*source_, /*check_metadata=*/false)) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(ColumnMatcher matcher,
                          ColumnMatcher::Make(schema_, *source, options_.pool));
    const bool same_columns = matcher_.has_value() && matcher.schema().ToArrow()->Equals(
                                                          *matcher_->schema().ToArrow(), false);
    if (file_ != nullptr && !same_columns) ARROW_RETURN_NOT_OK(CloseDataFile());
    matcher_ = std::move(matcher);
    source_ = source;
    return Status::OK();
  }

  Status WriteSlice(const std::shared_ptr<arrow::RecordBatch>& rows) {
    if (blobs_ == nullptr) return file_->Write(*rows);
    ARROW_ASSIGN_OR_RAISE(const auto described, blobs_->Write(*rows, file_.get()));
    return file_->Write(*described);
  }

  Status AbortDataFile() {
    const Status status = file_->Abort();
    file_.reset();
    const Status sidecars = blobs_ == nullptr ? Status::OK() : blobs_->Abort();
    blobs_.reset();
    return status.ok() ? sidecars : status;
  }

  Status OpenDataFile() {
    data_file_name_ = table::MakeDataFileName();
    ARROW_ASSIGN_OR_RAISE(auto object, store_->Create("data/" + data_file_name_));
    file::WriteOptions file_options;
    file_options.version = version_;
    file_options.goal = options_.goal;
    file_options.executor = options_.executor;
    file_options.pool = options_.pool;
    ARROW_ASSIGN_OR_RAISE(
        file_, file::FileWriter::Open(std::move(object), matcher_->schema(), file_options));
    BlobColumns::Options blob_options;
    blob_options.allow_external = options_.allow_external_blobs;
    blob_options.pool = options_.pool;
    return BlobColumns::Make(matcher_->schema(), store_, data_file_name_, blob_options)
        .Value(&blobs_);
  }

  // The estimate is never below the size that counts, which takes waiting for the pages in the
  // works.
  Result<bool> IsFull() {
    if (file_->num_rows() >= options_.max_rows_per_file) return true;
    const bool may_look = file_->num_rows() % kStepNumRows == 0;
    if (!may_look || file_->estimated_size_bytes() < options_.max_bytes_per_file) return false;
    ARROW_ASSIGN_OR_RAISE(const uint64_t size_bytes, file_->Settle());
    return size_bytes >= options_.max_bytes_per_file;
  }

  // One file at most is being finished: memory stays bounded, and fragments in order.
  Status CloseDataFile() {
    const Status joined = JoinClosing();
    if (!joined.ok()) {
      (void)AbortDataFile();
      return joined;
    }
    closing_ = std::make_unique<ClosingFile>(std::move(file_), std::move(blobs_), data_file_name_);
    return Status::OK();
  }

  Status JoinClosing() {
    if (closing_ == nullptr) return Status::OK();
    const std::unique_ptr<ClosingFile> closing = std::move(closing_);
    ARROW_ASSIGN_OR_RAISE(file::WrittenFile finished, closing->Join());
    table::DataFile data_file;
    data_file.path = closing->name();
    data_file.field_ids = std::move(finished.field_ids);
    data_file.column_indices = std::move(finished.column_indices);
    data_file.major = version_.major;
    data_file.minor = version_.minor;
    data_file.size_bytes = finished.size_bytes;
    table::Fragment fragment;
    fragment.files.push_back(std::move(data_file));
    fragment.physical_rows = finished.num_rows;
    written_.fragments.push_back(std::move(fragment));
    written_.num_rows += finished.num_rows;
    written_.num_bytes += finished.size_bytes;
    return Status::OK();
  }

  std::shared_ptr<io::ObjectStore> store_;
  file::Schema schema_;
  encoding::FormatVersion version_;
  TableWriteOptions options_;
  std::optional<ColumnMatcher> matcher_;
  std::shared_ptr<arrow::Schema> source_;
  std::unique_ptr<file::FileWriter> file_;
  std::unique_ptr<BlobColumns> blobs_;  // null when the file has none
  std::string data_file_name_;
  std::unique_ptr<ClosingFile> closing_;
  WrittenFragments written_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<FragmentWriter>> OpenFragmentWriter(std::shared_ptr<io::ObjectStore> store,
                                                           file::Schema schema,
                                                           encoding::FormatVersion version,
                                                           const TableWriteOptions& options) {
  LANCE_REQUIRE(options.max_rows_per_file > 0, "max_rows_per_file must be at least 1");
  LANCE_REQUIRE(options.max_rows_per_file <= UINT32_MAX, "max_rows_per_file is ",
                options.max_rows_per_file, ": a fragment holds at most ", UINT32_MAX, " rows");
  LANCE_REQUIRE(options.max_bytes_per_file > 0, "max_bytes_per_file must be at least 1");
  ARROW_ASSIGN_OR_RAISE(schema, file::FitBlobs(schema, version));
  return std::make_unique<RollingWriter>(std::move(store), std::move(schema), version, options);
}

Result<std::unique_ptr<FragmentWriter>> FragmentWriter::Open(std::string_view uri,
                                                             file::Schema schema,
                                                             const TableWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const WriteTarget target, FindTarget(uri, options));
  ARROW_ASSIGN_OR_RAISE(const auto version, ChooseFileVersion(target, options));
  return OpenFragmentWriter(target.store, std::move(schema), version, options);
}

}  // namespace lance
