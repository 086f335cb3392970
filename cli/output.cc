#include "output.h"

#include <arrow/array.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <vector>

#include "table_text.h"
#include "value_text.h"

namespace lance::cli {
namespace {

constexpr size_t kFlushBytes = 1 << 16;
constexpr int kMaxCellWidth = 48;
constexpr size_t kRowsForWidths = 1000;
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

using BatchWriter = Status (*)(const arrow::RecordBatch& batch, TextOutput* output);

void AppendCsvField(const std::string& text, bool quote, std::string* out) {
  if (!quote && text.find_first_of(",\"\r\n") == std::string::npos) {
    *out += text;
    return;
  }
  *out += '"';
  for (char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

Status WriteCsvHeader(const arrow::Schema& schema, TextOutput* output) {
  std::string line;
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (i > 0) line += ',';
    AppendCsvField(schema.field(i)->name(), false, &line);
  }
  return output->Write(line + "\n");
}

// Null is an empty field and an empty text is "", so that both survive.
Status WriteCsvBatch(const arrow::RecordBatch& batch, TextOutput* output) {
  std::string lines;
  std::string field;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (i > 0) lines += ',';
      const arrow::Array& column = *batch.column(i);
      if (column.IsNull(row)) continue;
      field.clear();
      AppendText(column, row, kNoLimit, &field);
      AppendCsvField(field, field.empty(), &lines);
    }
    lines += '\n';
    if (lines.size() > kFlushBytes) {
      ARROW_RETURN_NOT_OK(output->Write(lines));
      lines.clear();
    }
  }
  return output->Write(lines);
}

Status WriteJsonBatch(const arrow::RecordBatch& batch, TextOutput* output) {
  std::vector<std::string> keys;
  for (int i = 0; i < batch.num_columns(); ++i) {
    std::string& key = keys.emplace_back(i == 0 ? "{" : ",");
    AppendJsonString(batch.schema()->field(i)->name(), &key);
    key += ':';
  }
  std::string lines;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (keys.empty()) lines += '{';
    for (int i = 0; i < batch.num_columns(); ++i) {
      lines += keys[i];
      AppendJson(*batch.column(i), row, kNoLimit, &lines);
    }
    lines += "}\n";
    if (lines.size() > kFlushBytes) {
      ARROW_RETURN_NOT_OK(output->Write(lines));
      lines.clear();
    }
  }
  return output->Write(lines);
}

TableText MakeTableText(const arrow::Schema& schema) {
  std::vector<std::string> header;
  std::vector<bool> align_right;
  for (const auto& field : schema.fields()) {
    header.push_back(field->name());
    align_right.push_back(arrow::is_numeric(field->type()->id()) ||
                          arrow::is_decimal(field->type()->id()));
  }
  return TableText(std::move(header), std::move(align_right), kMaxCellWidth);
}

std::vector<std::string> CellsOf(const arrow::RecordBatch& batch, int64_t row) {
  std::vector<std::string> cells(static_cast<size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::Array& column = *batch.column(i);
    if (column.IsNull(row)) {
      cells[i] = "NULL";
    } else {
      AppendText(column, row, 4 * kMaxCellWidth, &cells[i]);
    }
  }
  return cells;
}

Status WriteTableText(arrow::RecordBatchReader* reader, TextOutput* output) {
  TableText table = MakeTableText(*reader->schema());
  uint64_t num_rows = 0;
  std::string text;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    num_rows += static_cast<uint64_t>(batch->num_rows());
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      table.AddRow(CellsOf(*batch, row));
      if (table.num_waiting() < kRowsForWidths) continue;
      table.Flush(&text);
      ARROW_RETURN_NOT_OK(output->Write(text));
      text.clear();
    }
  }
  table.Flush(&text);
  text += "(" + std::to_string(num_rows) + (num_rows == 1 ? " row)\n" : " rows)\n");
  return output->Write(text);
}

Status WriteText(arrow::RecordBatchReader* reader, BatchWriter write, TextOutput* output) {
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(write(*batch, output));
  }
}

// Arrow's own file stream wants to seek, which a pipe cannot.
class ArrowSink final : public arrow::io::OutputStream {
 public:
  explicit ArrowSink(TextOutput* output) : output_(output) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Status Write(const void* data, int64_t num_bytes) override {
    position_ += num_bytes;
    return output_->Write({static_cast<const char*>(data), static_cast<size_t>(num_bytes)});
  }

 private:
  TextOutput* output_;
  int64_t position_ = 0;
  bool closed_ = false;
};

// A stream on standard output, the file format in files.
Status WriteArrow(arrow::RecordBatchReader* reader, bool to_file, TextOutput* output) {
  const auto sink = std::make_shared<ArrowSink>(output);
  auto made = to_file ? arrow::ipc::MakeFileWriter(sink, reader->schema())
                      : arrow::ipc::MakeStreamWriter(sink, reader->schema());
  ARROW_ASSIGN_OR_RAISE(const auto writer, std::move(made));
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  return writer->Close();
}

}  // namespace

Result<std::unique_ptr<TextOutput>> TextOutput::Open(const std::string& path) {
  int descriptor = STDOUT_FILENO;
  if (!path.empty()) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      return Error(ErrorCode::Io, "cannot write to '", path, "': ", std::strerror(errno));
    }
  }
  return std::unique_ptr<TextOutput>(new TextOutput(path, descriptor));
}

TextOutput::~TextOutput() {
  if (path_.empty() || finished_) return;
  // Half a file helps nobody; a device or a pipe of that name is not ours to delete.
  struct stat info;
  const bool is_file = ::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode);
  ::close(descriptor_);
  if (is_file) ::unlink(path_.c_str());
}

Status TextOutput::Write(std::string_view text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(descriptor_, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return Error(ErrorCode::Io, "cannot write to ", path_.empty() ? "standard output" : path_,
                   ": ", std::strerror(errno));
    }
    done += static_cast<size_t>(written);
  }
  return Status::OK();
}

Status TextOutput::Finish() {
  finished_ = true;
  if (path_.empty() || ::close(descriptor_) == 0) return Status::OK();
  return Error(ErrorCode::Io, "cannot write to '", path_, "': ", std::strerror(errno));
}

Status WriteRows(arrow::RecordBatchReader* reader, const OutputOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto output, TextOutput::Open(options.path));
  switch (options.format) {
    case OutputFormat::kCsv:
      ARROW_RETURN_NOT_OK(WriteCsvHeader(*reader->schema(), output.get()));
      ARROW_RETURN_NOT_OK(WriteText(reader, WriteCsvBatch, output.get()));
      break;
    case OutputFormat::kJson:
      ARROW_RETURN_NOT_OK(WriteText(reader, WriteJsonBatch, output.get()));
      break;
    case OutputFormat::kArrow:
      ARROW_RETURN_NOT_OK(WriteArrow(reader, !options.path.empty(), output.get()));
      break;
    default:
      ARROW_RETURN_NOT_OK(WriteTableText(reader, output.get()));
  }
  return output->Finish();
}

}  // namespace lance::cli
