// Our side of the tests that exchange tables with the official library: does what a line of standard input asks, and
// answers "ok" or "error KIND: MESSAGE" in one line. Many tables per process, because a process per table costs more
// than the table. Words are separated by tabs.
//
//   write URI IPC VERSION MODE ROWS SKIP   write an Arrow IPC stream into files of at most ROWS rows; SKIP drops that
//                                          many rows at both ends of each batch by slicing, and with SKIP > 0 the
//                                          children of lists and structs get offsets of their own as well
//   read URI IPC                           all rows, into an Arrow IPC stream
//   take URI ROW,ROW,... IPC               single rows
#include <arrow/api.h>
#include <arrow/array/concatenate.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "lance/api.h"

namespace {

using lance::Result;
using lance::Status;
using ArrayDataPtr = std::shared_ptr<arrow::ArrayData>;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) out.push_back(part);
  return out;
}

bool HoldsDictionary(const arrow::DataType& type) {
  return std::any_of(type.fields().begin(), type.fields().end(), [](const auto& field) {
    return field->type()->id() == arrow::Type::DICTIONARY || HoldsDictionary(*field->type());
  });
}

// The first `shift` slots of an array and the whole array behind them.
Result<ArrayDataPtr> Lengthen(const ArrayDataPtr& data, int64_t shift) {
  ArrayDataPtr plain = data;
  const bool is_dictionary = data->type->id() == arrow::Type::DICTIONARY;
  if (is_dictionary) {  // Arrow would unify dictionaries that hold a NaN
    plain = data->Copy();
    plain->type = static_cast<const arrow::DictionaryType&>(*data->type).index_type();
    plain->dictionary = nullptr;
  }
  const auto items = arrow::MakeArray(plain);
  ARROW_ASSIGN_OR_RAISE(auto longer, arrow::Concatenate({items->Slice(0, shift), items}));
  ArrayDataPtr out = longer->data()->Copy();
  if (is_dictionary) {
    out->type = data->type;
    out->dictionary = data->dictionary;
  }
  return out;
}

// The same values, with arrays below that begin `shift` slots later in their buffers.
Result<ArrayDataPtr> Displace(const ArrayDataPtr& data, int64_t shift) {
  ArrayDataPtr out = data->Copy();
  for (ArrayDataPtr& child : out->child_data) {
    ARROW_ASSIGN_OR_RAISE(child, Displace(child, shift));
    if (child->length == 0 || HoldsDictionary(*child->type)) continue;
    const int64_t more = std::min(shift, child->length);
    ARROW_ASSIGN_OR_RAISE(child, Lengthen(child, more));
    child = child->Slice(more, child->length - more);
  }
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> Slice(const arrow::RecordBatch& batch, int64_t skip) {
  const auto part = batch.Slice(std::min(skip, batch.num_rows()),
                                std::max<int64_t>(batch.num_rows() - 2 * skip, 0));
  arrow::ArrayVector columns;
  for (const auto& column : part->columns()) {
    ARROW_ASSIGN_OR_RAISE(auto data, Displace(column->data(), skip));
    columns.push_back(arrow::MakeArray(data));
  }
  return arrow::RecordBatch::Make(part->schema(), part->num_rows(), std::move(columns));
}

Result<std::string> Write(const std::vector<std::string>& words) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(words[2]));
  ARROW_ASSIGN_OR_RAISE(auto input, arrow::ipc::RecordBatchStreamReader::Open(file));
  arrow::RecordBatchVector batches;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, input->Next());
    if (batch == nullptr) break;
    if (const int64_t skip = std::stoll(words[6]); skip > 0) {
      ARROW_ASSIGN_OR_RAISE(batch, Slice(*batch, skip));
    }
    batches.push_back(std::move(batch));
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::RecordBatchReader::Make(batches, input->schema()));
  lance::TableWriteOptions options;
  options.file_version =
      words[3] == "2.1" ? lance::encoding::kVersion21 : lance::encoding::kVersion22;
  options.mode = words[4] == "append" ? lance::WriteMode::kAppend : lance::WriteMode::kCreate;
  options.max_rows_per_file = std::stoull(words[5]);
  ARROW_RETURN_NOT_OK(lance::WriteTable(words[1], reader.get(), options));
  return "ok";
}

Status Save(const std::string& path, arrow::RecordBatchReader* rows) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::FileOutputStream::Open(path));
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.emit_dictionary_deltas = false;
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(sink, rows->schema(), options));
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return sink->Close();
}

Result<std::string> Read(const std::vector<std::string>& words) {
  ARROW_ASSIGN_OR_RAISE(auto dataset, lance::Dataset::Open(words[1]));
  ARROW_ASSIGN_OR_RAISE(auto rows, dataset->Scan({}));
  ARROW_RETURN_NOT_OK(Save(words[2], rows.get()));
  return "ok";
}

Result<std::string> Take(const std::vector<std::string>& words) {
  ARROW_ASSIGN_OR_RAISE(auto dataset, lance::Dataset::Open(words[1]));
  std::vector<lance::RowOffset> wanted;
  for (const std::string& row : Split(words[2], ',')) wanted.push_back({std::stoull(row)});
  ARROW_ASSIGN_OR_RAISE(auto table, dataset->Take(wanted));
  arrow::TableBatchReader rows(*table);
  ARROW_RETURN_NOT_OK(Save(words[3], &rows));
  return "ok";
}

Result<std::string> Run(const std::string& line) {
  const std::vector<std::string> words = Split(line, '\t');
  if (words.size() == 7 && words[0] == "write") return Write(words);
  if (words.size() == 3 && words[0] == "read") return Read(words);
  if (words.size() == 4 && words[0] == "take") return Take(words);
  return lance::InvalidInput("unknown command '", line, "'");
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = Run(line);
    std::string text = answer.ok() ? *answer : "error " + answer.status().ToString();
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::cout << text << std::endl;
  }
  return 0;
}
