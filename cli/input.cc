#include "input.h"

#include <arrow/csv/options.h>
#include <arrow/csv/reader.h>
#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/stdio.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#ifdef LANCE_CLI_PARQUET
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#endif

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace lance::cli {
namespace {

constexpr size_t kBatchesAhead = 4;
constexpr int64_t kRowsPerBatch = 64 << 10;
constexpr int32_t kCsvBlockBytes = 8 << 20;

// Reads in a thread of its own, so that decoding the input and encoding the table overlap.
class ReadAheadReader final : public arrow::RecordBatchReader {
 public:
  explicit ReadAheadReader(std::shared_ptr<arrow::RecordBatchReader> source)
      : source_(std::move(source)), schema_(source_->schema()), thread_([this] { Run(); }) {}

  ~ReadAheadReader() override { Stop(); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || done_; });
    batch->reset();
    if (ready_.empty()) return status_;
    *batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return Status::OK();
  }

  Status Close() override {
    Stop();
    return Status::OK();
  }

 private:
  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void Run() {
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      Status status = source_->ReadNext(&batch);
      std::unique_lock lock(mutex_);
      if (!status.ok() || batch == nullptr) {
        status_ = std::move(status);
        done_ = true;
        changed_.notify_all();
        return;
      }
      ready_.push_back(std::move(batch));
      changed_.notify_all();
      changed_.wait(lock, [this] { return ready_.size() < kBatchesAhead || stopping_; });
      if (stopping_) return;
    }
  }

  std::shared_ptr<arrow::RecordBatchReader> source_;
  std::shared_ptr<arrow::Schema> schema_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> ready_;
  Status status_;
  bool done_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

Status InputError(const std::string& path, const Status& status) {
  return InvalidInput("cannot read '", path, "': ", status.message());
}

// Gives every error of the input the name of its file.
class NamedReader final : public arrow::RecordBatchReader {
 public:
  NamedReader(std::shared_ptr<arrow::RecordBatchReader> reader,
              std::shared_ptr<arrow::Schema> schema, std::string path)
      : reader_(std::move(reader)), schema_(std::move(schema)), path_(std::move(path)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const Status status = reader_->ReadNext(batch);
    if (!status.ok()) return InputError(path_, status);
    if (*batch != nullptr) *batch = (*batch)->ReplaceSchemaMetadata(schema_->metadata());
    return Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::string path_;
};

class IpcFileReader final : public arrow::RecordBatchReader {
 public:
  explicit IpcFileReader(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file)
      : file_(std::move(file)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ >= file_->num_record_batches()) return Status::OK();
    return file_->ReadRecordBatch(next_++).Value(batch);
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

// The schema without what Parquet notes for itself, which has no place in a table.
std::shared_ptr<arrow::Schema> WithoutParquetKeys(const arrow::Schema& schema) {
  constexpr const char* kFieldId = "PARQUET:field_id";
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const auto& field : schema.fields()) {
    if (!field->HasMetadata() || !field->metadata()->Contains(kFieldId)) {
      fields.push_back(field);
      continue;
    }
    const auto metadata = field->metadata()->Copy();
    (void)metadata->Delete(kFieldId);
    fields.push_back(metadata->size() > 0 ? field->WithMetadata(metadata)
                                          : field->RemoveMetadata());
  }
  return arrow::schema(std::move(fields), schema.metadata());
}

#ifdef LANCE_CLI_PARQUET
// Keeps the file open as long as its batches are read.
class ParquetBatches final : public arrow::RecordBatchReader {
 public:
  ParquetBatches(std::unique_ptr<parquet::arrow::FileReader> file,
                 std::shared_ptr<arrow::RecordBatchReader> batches)
      : file_(std::move(file)), batches_(std::move(batches)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return batches_->ReadNext(batch);
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
};

Result<InputRows> OpenParquet(std::shared_ptr<arrow::io::RandomAccessFile> source) {
  parquet::arrow::FileReaderBuilder builder;
  // Pages are read one after the other; whole row groups would wait in memory otherwise.
  parquet::ReaderProperties reading;
  reading.enable_buffered_stream();
  ARROW_RETURN_NOT_OK(builder.Open(std::move(source), reading));
  parquet::ArrowReaderProperties properties(/*use_threads=*/true);
  properties.set_batch_size(kRowsPerBatch);
  properties.set_pre_buffer(false);
  ARROW_ASSIGN_OR_RAISE(auto file, builder.properties(properties)->Build());
  const auto num_rows = static_cast<uint64_t>(file->parquet_reader()->metadata()->num_rows());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> batches,
                        file->GetRecordBatchReader());
  return InputRows{std::make_shared<ParquetBatches>(std::move(file), std::move(batches)), num_rows};
}
#else
Result<InputRows> OpenParquet(std::shared_ptr<arrow::io::RandomAccessFile>) {
  return Unsupported("this build of lance cannot read Parquet");
}
#endif

Result<InputRows> OpenIpcFile(std::shared_ptr<arrow::io::RandomAccessFile> source) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::ipc::RecordBatchFileReader::Open(std::move(source)));
  ARROW_ASSIGN_OR_RAISE(const int64_t num_rows, file->CountRows());
  return InputRows{std::make_shared<IpcFileReader>(std::move(file)),
                   static_cast<uint64_t>(num_rows)};
}

Result<InputRows> OpenIpcStream(std::shared_ptr<arrow::io::InputStream> source) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(std::move(source)));
  return InputRows{std::move(reader), std::nullopt};
}

Result<InputRows> OpenCsv(std::shared_ptr<arrow::io::InputStream> source, char delimiter,
                          const arrow::Schema* wanted) {
  auto read = arrow::csv::ReadOptions::Defaults();
  read.block_size = kCsvBlockBytes;
  auto parse = arrow::csv::ParseOptions::Defaults();
  parse.delimiter = delimiter;
  parse.newlines_in_values = true;
  auto convert = arrow::csv::ConvertOptions::Defaults();
  convert.strings_can_be_null = true;
  convert.quoted_strings_can_be_null = false;
  convert.null_values = {""};
  if (wanted != nullptr) {
    for (const auto& field : wanted->fields()) convert.column_types[field->name()] = field->type();
  }
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        arrow::csv::StreamingReader::Make(arrow::io::default_io_context(),
                                                          std::move(source), read, parse, convert));
  return InputRows{std::move(reader), std::nullopt};
}

bool EndsWith(const std::string& path, std::string_view suffix) {
  if (path.size() < suffix.size()) return false;
  for (size_t i = 0; i < suffix.size(); ++i) {
    const char c = path[path.size() - suffix.size() + i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != suffix[i]) return false;
  }
  return true;
}

Result<InputRows> OpenByContent(const std::string& path,
                                const std::shared_ptr<arrow::Schema>& wanted) {
  if (path == "-") return OpenIpcStream(std::make_shared<arrow::io::StdinStream>());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::ReadableFile> file,
                        arrow::io::ReadableFile::Open(path));
  char magic[6] = {};
  ARROW_ASSIGN_OR_RAISE(const int64_t length, file->ReadAt(0, sizeof(magic), magic));
  ARROW_RETURN_NOT_OK(file->Seek(0));
  const std::string_view head(magic, static_cast<size_t>(length));
  if (head.starts_with("PAR1")) return OpenParquet(std::move(file));
  if (head.starts_with("ARROW1")) return OpenIpcFile(std::move(file));
  if (EndsWith(path, ".tsv")) return OpenCsv(std::move(file), '\t', wanted.get());
  if (EndsWith(path, ".csv") || EndsWith(path, ".txt")) {
    return OpenCsv(std::move(file), ',', wanted.get());
  }
  if (head.starts_with("\xFF\xFF\xFF\xFF")) return OpenIpcStream(std::move(file));
  return InvalidInput("it is neither Parquet nor Arrow IPC, and CSV must be named .csv or .tsv");
}

}  // namespace

Result<InputRows> OpenInput(const std::string& path, const std::shared_ptr<arrow::Schema>& wanted) {
  auto opened = OpenByContent(path, wanted);
  if (!opened.ok()) return InputError(path, opened.status());
  InputRows rows = *std::move(opened);
  auto schema = WithoutParquetKeys(*rows.reader->schema());
  auto named = std::make_shared<NamedReader>(std::move(rows.reader), std::move(schema), path);
  rows.reader = std::make_shared<ReadAheadReader>(std::move(named));
  return rows;
}

}  // namespace lance::cli
