#include "lance/dataset/write.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <iterator>
#include <utility>

#include "lance/dataset/open/open_location.h"
#include "lance/dataset/write/match_columns.h"
#include "lance/dataset/write/target.h"
#include "lance/file/column_view.h"

namespace lance {
namespace {

OpenOptions OpenOptionsOf(const TableWriteOptions& options) {
  OpenOptions out;
  out.storage = options.storage;
  out.executor = options.executor;
  out.pool = options.pool;
  return out;
}

// Commit what was written. Files go when the commit was refused; after an I/O error the outcome may
// be unknown, so that they stay: an orphan only costs space.
Result<std::shared_ptr<Dataset>> CommitWritten(WriteTarget target, table::Transaction transaction,
                                               encoding::FormatVersion version,
                                               const TableWriteOptions& options) {
  const std::vector<table::Fragment> fragments = transaction.fragments;
  transaction.properties = options.transaction_properties;
  table::CommitOptions commit_options;
  commit_options.max_retries = options.max_commit_retries;
  commit_options.file_version = version;
  auto committed =
      table::Commit(*target.store, *target.versions, std::move(transaction), commit_options);
  if (!committed.ok()) {
    const ErrorCode code = GetErrorCode(committed.status());
    if (code != ErrorCode::Io && code != ErrorCode::ServiceUnavailable) {
      (void)DeleteDataFiles(*target.store, fragments);
    }
    return WithContext(committed.status(), "cannot commit to '" + target.uri + "'");
  }
  return OpenLocation(std::move(target.uri), std::move(target.store),
                      std::move(committed->manifest), OpenOptionsOf(options));
}

Result<WrittenFragments> WriteBatches(arrow::RecordBatchReader* data, FragmentWriter* writer) {
  std::shared_ptr<arrow::RecordBatch> batch;
  for (;;) {
    ARROW_RETURN_NOT_OK(data->ReadNext(&batch));
    if (batch == nullptr) return writer->Finish();
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
}

Result<file::Schema> NewSchema(const arrow::Schema& schema, encoding::FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const file::Schema out, file::Schema::FromArrow(schema));
  return file::FitBlobs(out, version);
}

table::OperationKind KindOf(WriteMode mode) {
  return mode == WriteMode::kAppend ? table::OperationKind::kAppend
                                    : table::OperationKind::kOverwrite;
}

// The files must hold fields of the schema: parts may come from another process.
Status CheckPart(const WrittenFragments& part, const file::Schema& schema,
                 encoding::FormatVersion version) {
  for (const table::Fragment& fragment : part.fragments) {
    LANCE_REQUIRE(!fragment.files.empty(), "a written fragment has no data file");
    for (const table::DataFile& data_file : fragment.files) {
      LANCE_REQUIRE(data_file.major == version.major && data_file.minor == version.minor,
                    "data file ", data_file.path, " is of version ", data_file.major, ".",
                    data_file.minor, ", the table's files are of version ", version.major, ".",
                    version.minor);
      for (int32_t id : data_file.field_ids) {
        LANCE_REQUIRE(schema.FindById(id) != nullptr, "data file ", data_file.path, " holds field ",
                      id, ", which the table's schema does not have");
      }
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<Dataset>> WriteTable(std::string_view uri, arrow::RecordBatchReader* data,
                                            const TableWriteOptions& options) {
  LANCE_REQUIRE(data != nullptr, "there is no data to write");
  ARROW_ASSIGN_OR_RAISE(WriteTarget target, FindTarget(uri, options));
  ARROW_ASSIGN_OR_RAISE(const auto version, ChooseFileVersion(target, options));
  file::Schema schema;
  if (options.mode == WriteMode::kAppend) {
    schema = target.latest->schema;
  } else {
    ARROW_ASSIGN_OR_RAISE(schema, NewSchema(*data->schema(), version));
  }
  // Found out now, before the first byte is written and even when no row comes.
  ARROW_RETURN_NOT_OK(ColumnMatcher::Make(schema, *data->schema(), options.pool).status());

  ARROW_ASSIGN_OR_RAISE(auto writer, OpenFragmentWriter(target.store, schema, version, options));
  auto written = WriteBatches(data, writer.get());
  if (!written.ok()) {
    (void)writer->Abort();
    return written.status();
  }
  table::Transaction transaction;
  transaction.read_version = target.latest != nullptr ? target.latest->version : 0;
  transaction.kind = KindOf(options.mode);
  transaction.fragments = std::move(written->fragments);
  if (options.mode != WriteMode::kAppend) transaction.schema = std::move(schema);
  return CommitWritten(std::move(target), std::move(transaction), version, options);
}

Result<std::shared_ptr<Dataset>> CreateEmptyTable(std::string_view uri, const arrow::Schema& schema,
                                                  const TableWriteOptions& options) {
  TableWriteOptions create = options;
  create.mode = WriteMode::kCreate;
  ARROW_ASSIGN_OR_RAISE(WriteTarget target, FindTarget(uri, create));
  ARROW_ASSIGN_OR_RAISE(const auto version, ChooseFileVersion(target, create));
  table::Transaction transaction;
  transaction.kind = table::OperationKind::kOverwrite;
  ARROW_ASSIGN_OR_RAISE(transaction.schema, NewSchema(schema, version));
  return CommitWritten(std::move(target), std::move(transaction), version, create);
}

Result<std::shared_ptr<Dataset>> CommitFragments(std::string_view uri, uint64_t read_version,
                                                 const std::vector<WrittenFragments>& parts,
                                                 const file::Schema& schema,
                                                 const TableWriteOptions& options) {
  LANCE_REQUIRE(options.mode != WriteMode::kCreate || read_version == 0,
                "a job that creates a table cannot have read version ", read_version, " of it");
  LANCE_REQUIRE(options.mode != WriteMode::kAppend || read_version > 0,
                "an append needs the version that the job looked at");
  TableWriteOptions checked = options;
  // A table that appeared since the job looked at it is a conflict, not a thing to replace.
  if (read_version == 0) checked.mode = WriteMode::kCreate;
  ARROW_ASSIGN_OR_RAISE(WriteTarget target, FindTarget(uri, checked));
  LANCE_REQUIRE(target.latest == nullptr || target.latest->version >= read_version,
                "the table at '", target.uri, "' is at version ", target.latest->version,
                ", before version ", read_version, " that the job looked at");
  if (target.latest == nullptr && read_version > 0) {
    return NoTableAt(target.uri, *target.store, options.storage);
  }
  ARROW_ASSIGN_OR_RAISE(const auto version, ChooseFileVersion(target, checked));
  const bool append = checked.mode == WriteMode::kAppend;
  file::Schema fields = append ? target.latest->schema : schema;
  if (!append) {
    ARROW_ASSIGN_OR_RAISE(fields, file::FitBlobs(schema, version));
  }
  table::Transaction transaction;
  transaction.read_version = read_version;
  transaction.kind = KindOf(checked.mode);
  if (!append) transaction.schema = fields;
  for (const WrittenFragments& part : parts) {
    ARROW_RETURN_NOT_OK(CheckPart(part, fields, version));
    transaction.fragments.insert(transaction.fragments.end(), part.fragments.begin(),
                                 part.fragments.end());
  }
  return CommitWritten(std::move(target), std::move(transaction), version, checked);
}

Status DeleteUncommitted(std::string_view uri, const std::vector<WrittenFragments>& parts,
                         const io::StorageOptions& storage) {
  ARROW_ASSIGN_OR_RAISE(const auto store, io::OpenStore(uri, storage));
  Status first;
  for (const WrittenFragments& part : parts) {
    const Status status = DeleteDataFiles(*store, part.fragments);
    if (first.ok()) first = status;
  }
  return first;
}

}  // namespace lance
