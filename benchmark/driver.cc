// Our side of a paired benchmark: does what a line of standard input asks, answers with one line.
//
//   load ARROW                map an Arrow file into memory                   -> seconds rows
//   write URI [VERSION]       write the loaded table, replacing what is there -> seconds bytes
//   open URI [KEY=VALUE ...]  open the table with storage options, for the
//                             commands below                                  -> seconds rows
//   cool URI                  drop the table's files from the page cache      -> seconds files
//   scan [COLUMN,...]         read all rows                                   -> seconds rows
//   where COLUMN,... SQL      read the rows that pass the filter              -> seconds rows
//   count SQL                 count the rows that pass the filter             -> seconds rows
//   take ROW,ROW,...          read single rows, all columns                   -> seconds rows
//   copy BYTES                copy warm memory, the bound of every scan       -> seconds bytes
//   touch BYTES               fill memory that is new to the process          -> seconds bytes
//   pread FILE COUNT          read blocks of 4 KiB at random places           -> seconds bytes
// Errors answer "error MESSAGE".
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "lance/api.h"

namespace {

using lance::Result;
using lance::Status;

constexpr int64_t kPage = 4096;

std::vector<std::string> SplitCommas(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) out.push_back(part);
  return out;
}

class Driver {
 public:
  Result<std::string> Run(const std::string& line) {
    std::istringstream in(line);
    std::string command;
    in >> command;
    std::string rest;
    std::getline(in >> std::ws, rest);
    if (command == "load") return Load(rest);
    if (command == "write") return Write(rest);
    if (command == "open") return Open(rest);
    if (command == "cool") return Cool(rest);
    if (command == "scan") return Scan(rest, "");
    if (command == "where") {
      const size_t space = rest.find(' ');
      return Scan(rest.substr(0, space), rest.substr(space + 1));
    }
    if (command == "count") return Count(rest);
    if (command == "take") return Take(rest);
    if (command == "copy") return Copy(rest);
    if (command == "touch") return Touch(rest);
    if (command == "pread") return ReadBlocks(rest);
    return lance::InvalidInput("unknown command '", command, "'");
  }

 private:
  Result<std::string> Load(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(auto file,
                          arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ));
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    ARROW_ASSIGN_OR_RAISE(const auto whole, file->ReadAt(0, size));
    // As present as memory of our own.
    for (int64_t at = 0; at < size; at += kPage) present_ += whole->data()[at];
    auto options = arrow::ipc::IpcReadOptions::Defaults();
    options.ensure_alignment = arrow::ipc::Alignment::k64ByteAlignment;
    ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file, options));
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (int i = 0; i < reader->num_record_batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(batches.emplace_back(), reader->ReadRecordBatch(i));
    }
    ARROW_ASSIGN_OR_RAISE(table_, arrow::Table::FromRecordBatches(reader->schema(), batches));
    return std::to_string(table_->num_rows());
  }

  Result<std::string> Write(const std::string& arguments) {
    std::istringstream in(arguments);
    std::string uri;
    std::string version;
    in >> uri >> version;
    std::error_code ignored;
    std::filesystem::remove_all(uri, ignored);
    arrow::TableBatchReader batches(*table_);
    lance::TableWriteOptions options;
    if (version == "2.1") options.file_version = lance::encoding::kVersion21;
    timer_ = std::chrono::steady_clock::now();
    ARROW_RETURN_NOT_OK(lance::WriteTable(uri, &batches, options));
    StopTimer();
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(uri)) {
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return std::to_string(bytes);
  }

  Result<std::string> Open(const std::string& arguments) {
    std::istringstream in(arguments);
    std::string uri;
    in >> uri;
    lance::OpenOptions options;
    for (std::string option; in >> option;) {
      const size_t equals = option.find('=');
      if (equals == std::string::npos) return lance::InvalidInput("no value in ", option);
      options.storage[option.substr(0, equals)] = option.substr(equals + 1);
    }
    ARROW_ASSIGN_OR_RAISE(dataset_, lance::Dataset::Open(uri, options));
    StopTimer();
    ARROW_ASSIGN_OR_RAISE(const uint64_t rows, dataset_->CountRows());
    return std::to_string(rows);
  }

  Result<std::string> Cool(const std::string& uri) {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(uri)) {
      if (!entry.is_regular_file()) continue;
      const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) return lance::InvalidInput("cannot open ", entry.path().string());
      ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
      ::close(descriptor);
      ++files;
    }
    return std::to_string(files);
  }

  Result<std::string> Scan(const std::string& columns, const std::string& filter) {
    lance::query::ScanRequest request;
    if (!columns.empty() && columns != "*") request.columns = SplitCommas(columns);
    if (!filter.empty()) {
      ARROW_ASSIGN_OR_RAISE(request.filter, lance::query::ParseFilter(filter));
    }
    ARROW_ASSIGN_OR_RAISE(auto reader, dataset_->Scan(request));
    int64_t rows = 0;
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (batch == nullptr) break;
      rows += batch->num_rows();
    }
    StopTimer();
    return std::to_string(rows);
  }

  Result<std::string> Count(const std::string& filter) {
    ARROW_ASSIGN_OR_RAISE(auto expression, lance::query::ParseFilter(filter));
    ARROW_ASSIGN_OR_RAISE(const uint64_t rows, dataset_->CountRows(expression));
    return std::to_string(rows);
  }

  Result<std::string> Take(const std::string& list) {
    std::vector<lance::RowOffset> rows;
    for (const std::string& row : SplitCommas(list)) rows.push_back({std::stoull(row)});
    timer_ = std::chrono::steady_clock::now();
    ARROW_ASSIGN_OR_RAISE(auto table, dataset_->Take(rows));
    StopTimer();
    return std::to_string(table->num_rows());
  }

  Result<std::string> Copy(const std::string& size) {
    const size_t bytes = std::stoull(size);
    std::vector<char> from(bytes, 1);
    std::vector<char> to(bytes, 2);
    timer_ = std::chrono::steady_clock::now();
    std::memcpy(to.data(), from.data(), bytes);
    StopTimer();
    return std::to_string(to[bytes / 2] + bytes - 1);
  }

  Result<std::string> Touch(const std::string& size) {
    const size_t bytes = std::stoull(size);
    timer_ = std::chrono::steady_clock::now();
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return lance::InvalidInput("cannot map ", bytes, " bytes");
    std::memset(memory, 1, bytes);
    StopTimer();
    ::munmap(memory, bytes);
    return std::to_string(bytes);
  }

  Result<std::string> ReadBlocks(const std::string& arguments) {
    std::istringstream in(arguments);
    std::string path;
    int64_t count = 0;
    in >> path >> count;
    const int64_t num_pages = static_cast<int64_t>(std::filesystem::file_size(path)) / kPage;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 || num_pages == 0) return lance::InvalidInput("cannot read blocks of ", path);
    std::minstd_rand random(1);
    std::vector<char> block(kPage);
    int64_t bytes = 0;
    timer_ = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < count; ++i) {
      const auto page = static_cast<int64_t>(random()) % num_pages;
      bytes += ::pread(file, block.data(), kPage, page * kPage);
    }
    StopTimer();
    ::close(file);
    return std::to_string(bytes);
  }

 public:
  /// Commands that do more than the measured thing stop the clock themselves.
  void StartTimer() {
    timer_ = std::chrono::steady_clock::now();
    seconds_ = -1;
  }
  void StopTimer() {
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - timer_).count();
  }
  double seconds() const { return seconds_; }

 private:
  std::shared_ptr<arrow::Table> table_;
  int64_t present_ = 0;
  std::shared_ptr<lance::Dataset> dataset_;
  std::chrono::steady_clock::time_point timer_;
  double seconds_ = -1;
};

}  // namespace

int main() {
  Driver driver;
  for (std::string line; std::getline(std::cin, line);) {
    driver.StartTimer();
    const auto answer = driver.Run(line);
    if (driver.seconds() < 0) driver.StopTimer();
    if (answer.ok()) {
      std::cout << driver.seconds() << " " << *answer << std::endl;
    } else {
      std::cout << "error " << answer.status().message() << std::endl;
    }
  }
  return 0;
}
