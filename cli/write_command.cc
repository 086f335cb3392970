// write: Parquet, Arrow or CSV into a table.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "commands.h"
#include "input.h"
#include "progress.h"

namespace lance::cli {
namespace {

Status ParseFileVersion(const std::string& text, TableWriteOptions* options) {
  if (text.empty()) return Status::OK();
  LANCE_REQUIRE(text == "2.1" || text == "2.2", "--file-version ", text,
                " cannot be written: choose 2.1 or 2.2");
  options->file_version = text == "2.1" ? encoding::kVersion21 : encoding::kVersion22;
  return Status::OK();
}

WriteMode ParseMode(const std::string& text) {
  if (text == "append") return WriteMode::kAppend;
  return text == "overwrite" ? WriteMode::kOverwrite : WriteMode::kCreate;
}

}  // namespace

Status RunWrite(const WriteCommandOptions& options, const StopToken& stop) {
  TableWriteOptions write;
  ARROW_RETURN_NOT_OK(ParseFileVersion(options.file_version, &write));
  ARROW_ASSIGN_OR_RAISE(write.goal, file::ParseGoal(options.optimize));
  write.mode = ParseMode(options.mode);
  write.max_rows_per_file = options.max_rows_per_file;
  write.allow_external_blobs = options.allow_external_blobs;
  write.stop = stop;
  std::shared_ptr<arrow::Schema> wanted;
  if (write.mode == WriteMode::kAppend) {
    ARROW_ASSIGN_OR_RAISE(const auto existing, Dataset::Open(options.uri));
    wanted = existing->schema(file::BlobHandling::kBytes);
  }
  ARROW_ASSIGN_OR_RAISE(const InputRows input, OpenInput(options.from, wanted));
  std::shared_ptr<Dataset> dataset;
  {
    Progress progress("writing", input.num_rows);
    const auto watched = WatchProgress(input.reader, &progress);
    ARROW_ASSIGN_OR_RAISE(dataset, WriteTable(options.uri, watched.get(), write));
  }
  return Print(dataset->uri() + ": version " + std::to_string(dataset->version()) + ", " +
               std::to_string(dataset->manifest().num_rows()) + " rows\n");
}

}  // namespace lance::cli
