// Reads files with one byte changed, or cut short:  tamper [--part I/N] PATH...
//
// A PATH is a data file, or the folder of a table, of which every small file is changed. For every
// offset there are three changes (0x00, 0xff, one bit) and one truncation. Opening, scanning and
// taking rows must give a result or an error of a kind that the bytes can cause, with the path in
// it; within a time, with bounded memory. Ends in one line "N passed, N failed"; meant to be built
// with sanitizers. Exit status 1 when something failed.
#include <arrow/array/array_base.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <google/protobuf/stubs/logging.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <thread>

#include "lance/dataset/dataset.h"
#include "lance/file/reader.h"
#include "lance/table/commit.h"

namespace {

namespace fs = std::filesystem;
using lance::ByteRange;
using lance::Bytes;
using lance::ErrorCode;
using lance::Status;

constexpr int64_t kMostBytes = 256 << 20;
constexpr long kMostGrowthKib = 256 << 10;
constexpr auto kMostTime = std::chrono::seconds(20);
constexpr size_t kLargestTarget = 20 << 10;
constexpr int kMostBatches = 64;
constexpr int kMostReports = 200;

// ---- one case ----------------------------------------------------------------------------------

// What is being tried, for whoever ends the process.
std::string current_case;
std::atomic<int64_t> case_number{0};

[[noreturn]] void EndAsHung() {
  std::cerr << "hangs: " << current_case << std::endl;
  std::_Exit(3);
}

void WatchTime() {
  for (int64_t seen = case_number;;) {
    std::this_thread::sleep_for(kMostTime);
    if (case_number == seen) EndAsHung();
    seen = case_number;
  }
}

extern "C" void __attribute__((weak)) __sanitizer_set_death_callback(void (*callback)());

void SayCase() { std::cerr << "while reading: " << current_case << std::endl; }

long MaxRssKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class Judge {
 public:
  // Run one case; `name` must be in its error.
  void Try(const std::string& description, std::string_view name,
           const std::function<Status(arrow::MemoryPool*)>& read) {
    current_case = description;
    ++case_number;
    const long before = MaxRssKib();
    arrow::ProxyMemoryPool own(arrow::default_memory_pool());
    arrow::CappedMemoryPool pool(&own, kMostBytes);
    const Status status = read(&pool);
    const long growth = MaxRssKib() - before;
    if (growth > kMostGrowthKib) {
      Fail("took " + std::to_string(growth / 1024) + " MiB");
    } else if (!status.ok() && !IsAllowed(status)) {
      Fail("wrong kind of error: " + status.ToString());
    } else if (!status.ok() && status.message().find(name) == std::string::npos) {
      Fail("the error does not name the file: " + status.ToString());
    } else {
      ++passed_;
    }
  }

  int Finish() const {
    std::cout << passed_ << " passed, " << failed_ << " failed" << std::endl;
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  static bool IsAllowed(const Status& status) {
    switch (lance::GetErrorCode(status)) {
      case ErrorCode::Corruption:
      case ErrorCode::Unsupported:
      case ErrorCode::OutOfMemory:
      case ErrorCode::ObjectNotFound:  // a name was changed
      case ErrorCode::InvalidTableState:
      case ErrorCode::VersionNotFound:
      case ErrorCode::TableNotFound:
        return true;
      default:
        return false;
    }
  }

  void Fail(const std::string& what) {
    if (failed_++ < kMostReports) std::cout << "FAILED " << current_case << ": " << what << "\n";
  }

  int64_t passed_ = 0;
  int64_t failed_ = 0;
};

// Arrays must be sound. What is text or a number is the file's affair: a changed byte may well be
// another text.
Status CheckBatch(const arrow::RecordBatch& batch) {
  const Status status = batch.ValidateFull();
  if (status.ok()) return status;
  for (const char* harmless : {"UTF8", "precision", "whole days"}) {
    if (status.message().find(harmless) != std::string::npos) return batch.Validate();
  }
  return status;
}

Status DrainSome(arrow::RecordBatchReader& scan) {
  for (int i = 0; i < kMostBatches; ++i) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(scan.ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(CheckBatch(*batch));
  }
  return Status::OK();
}

// ---- data files --------------------------------------------------------------------------------

// Gives every range memory of its own and of its very size, so that a sanitizer sees what reads
// beyond it.
class CopyingReader final : public lance::io::ObjectReader {
 public:
  explicit CopyingReader(Bytes bytes) : bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  uint64_t size_bytes() const override { return bytes_.size(); }
  lance::Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) override {
    LANCE_CHECK_BYTES(lance::RangeFits(range.offset, range.length, bytes_.size()), name_,
                      ": a read runs past the end");
    auto* copy = new uint8_t[range.length];
    std::copy_n(bytes_.begin() + static_cast<int64_t>(range.offset), range.length, copy);
    return std::shared_ptr<arrow::Buffer>(
        new arrow::Buffer(copy, static_cast<int64_t>(range.length)), [copy](arrow::Buffer* buffer) {
          delete buffer;
          delete[] copy;
        });
  }

 private:
  Bytes bytes_;
  std::string name_ = "tampered.lance";
};

Status ReadFile(Bytes bytes, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        lance::file::FileReader::Open(std::make_shared<CopyingReader>(bytes)));
  lance::file::ReadOptions options;
  options.pool = pool;
  for (int32_t column = 0; column < reader->num_columns(); ++column) {
    ARROW_RETURN_NOT_OK(reader->DescribeColumn(column).status());
  }
  ARROW_ASSIGN_OR_RAISE(auto columns, reader->OwnColumns());
  const uint64_t num_rows = reader->num_rows();
  if (num_rows == 0) return Status::OK();
  std::vector<uint64_t> rows = {0, num_rows / 2, num_rows - 1};
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  ARROW_ASSIGN_OR_RAISE(auto taken, reader->Take(columns, rows, options));
  ARROW_RETURN_NOT_OK(CheckBatch(*taken));
  ARROW_ASSIGN_OR_RAISE(auto scan, reader->Scan(columns, {{0, num_rows}}, options));
  return DrainSome(*scan);
}

// ---- tables ------------------------------------------------------------------------------------

std::string ReadBytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Status ReadTable(lance::io::ObjectStore& store, arrow::MemoryPool* pool) {
  lance::OpenOptions open;
  open.pool = pool;
  ARROW_ASSIGN_OR_RAISE(auto dataset, lance::Dataset::Open(store.name(), open));
  ARROW_RETURN_NOT_OK(dataset->Versions().status());
  ARROW_RETURN_NOT_OK(lance::table::ListTags(store).status());
  lance::query::ScanRequest request;
  request.parallelism = 1;
  ARROW_ASSIGN_OR_RAISE(auto scan, dataset->Scan(request));
  ARROW_RETURN_NOT_OK(DrainSome(*scan));
  request.columns = std::vector<std::string>{lance::query::kRowIdColumn};
  ARROW_ASSIGN_OR_RAISE(scan, dataset->Scan(request));
  ARROW_RETURN_NOT_OK(DrainSome(*scan));
  ARROW_ASSIGN_OR_RAISE(const uint64_t num_rows, dataset->CountRows(nullptr));
  if (num_rows == 0) return Status::OK();
  return dataset->Take({lance::RowOffset{0}, lance::RowOffset{num_rows - 1}}, std::nullopt)
      .status();
}

Status ReadDeletionFile(lance::io::ObjectStore& store, const lance::table::Fragment& fragment) {
  return lance::table::ReadDeletions(store, fragment).status();
}

// ---- changes -----------------------------------------------------------------------------------

struct Part {
  uint64_t index = 0;
  uint64_t count = 1;
};

// Call `read` with every change of `original` that belongs to `part`.
void ForEachChange(const std::string& original, Part part,
                   const std::function<void(const std::string&, const std::string&)>& read) {
  std::string changed = original;
  for (size_t at = part.index; at < original.size(); at += part.count) {
    const auto byte = static_cast<uint8_t>(original[at]);
    for (const int value : {0x00, 0xff, byte ^ (1 << at % 8)}) {
      if (value == byte) continue;
      changed[at] = static_cast<char>(value);
      read("byte " + std::to_string(at) + " = " + std::to_string(value), changed);
    }
    changed[at] = original[at];
    read("cut to " + std::to_string(at) + " bytes", original.substr(0, at));
  }
}

void TamperFile(const fs::path& path, Part part, Judge* judge) {
  ForEachChange(ReadBytes(path), part, [&](const std::string& change, const std::string& bytes) {
    judge->Try(path.filename().string() + ", " + change, "tampered.lance",
               [&](arrow::MemoryPool* pool) { return ReadFile(lance::AsBytes(bytes), pool); });
  });
}

// A folder of a table in memory, with the fragments that its files belong to.
struct TableInMemory {
  std::shared_ptr<lance::io::ObjectStore> store;
  std::map<std::string, std::string> files;
  std::vector<lance::table::Fragment> fragments;
};

lance::Result<TableInMemory> LoadTable(const fs::path& folder) {
  TableInMemory out;
  const std::string name = folder.parent_path().filename().string();
  ARROW_ASSIGN_OR_RAISE(
      out.store, lance::io::OpenStore("memory://" + name + "/" + folder.filename().string()));
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = fs::relative(entry.path(), folder).string();
    out.files[path] = ReadBytes(entry.path());
    ARROW_RETURN_NOT_OK(out.store->Put(path, lance::AsBytes(out.files[path])));
  }
  ARROW_ASSIGN_OR_RAISE(auto dataset, lance::Dataset::Open(out.store->name()));
  out.fragments = dataset->manifest().fragments;
  return out;
}

// The fragment whose deletions `name` holds, if it is such a file.
const lance::table::Fragment* FindDeleted(const TableInMemory& table, const std::string& name) {
  for (const auto& fragment : table.fragments) {
    if (name.starts_with("_deletions/" + std::to_string(fragment.id) + "-")) return &fragment;
  }
  return nullptr;
}

Status TamperTable(const fs::path& folder, Part part, Judge* judge) {
  ARROW_ASSIGN_OR_RAISE(const TableInMemory table, LoadTable(folder));
  for (const auto& [name, original] : table.files) {
    if (original.size() > kLargestTarget) continue;
    const lance::table::Fragment* deleted = FindDeleted(table, name);
    ForEachChange(original, part, [&](const std::string& change, const std::string& bytes) {
      judge->Try(name + ", " + change, table.store->name(), [&](arrow::MemoryPool* pool) {
        ARROW_RETURN_NOT_OK(table.store->Put(name, lance::AsBytes(bytes)));
        return deleted != nullptr ? ReadDeletionFile(*table.store, *deleted)
                                  : ReadTable(*table.store, pool);
      });
    });
    ARROW_RETURN_NOT_OK(table.store->Put(name, lance::AsBytes(original)));
  }
  return Status::OK();
}

bool ParsePart(std::string_view text, Part* out) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return false;
  const auto number = [](std::string_view digits, uint64_t* value) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), *value).ec == std::errc();
  };
  return number(text.substr(0, slash), &out->index) &&
         number(text.substr(slash + 1), &out->count) && out->index < out->count;
}

}  // namespace

int main(int argc, char** argv) {
  Part part;
  Judge judge;
  std::vector<fs::path> paths(argv + 1, argv + argc);
  if (paths.size() >= 2 && paths[0] == "--part") {
    if (!ParsePart(paths[1].string(), &part)) {
      std::cerr << "usage: tamper [--part I/N] PATH...\n";
      return 2;
    }
    paths.erase(paths.begin(), paths.begin() + 2);
  }
  google::protobuf::SetLogHandler(nullptr);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(SayCase);
  std::thread(WatchTime).detach();
  for (const fs::path& path : paths) {
    const auto started = std::chrono::steady_clock::now();
    if (fs::is_directory(path)) {
      if (Status status = TamperTable(path, part, &judge); !status.ok()) {
        std::cerr << path << ": " << status.ToString() << "\n";
        return 2;
      }
    } else {
      TamperFile(path, part, &judge);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    std::cout << path.string() << ": " << seconds.count() << " s" << std::endl;
  }
  return judge.Finish();
}
