// Where rows go: a readable table, CSV, JSON lines or Arrow IPC, on standard output or into a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "arrow/type_fwd.h"
#include "lance/api.h"

namespace lance::cli {

enum class OutputFormat : uint8_t { kTable, kCsv, kJson, kArrow };

/// Bytes to standard output, or to a file that is removed again unless `Finish` was reached.
class TextOutput {
 public:
  /// \param path  "" = standard output
  static Result<std::unique_ptr<TextOutput>> Open(const std::string& path);
  ~TextOutput();
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;

  Status Write(std::string_view bytes);
  Status Finish();

 private:
  TextOutput(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
  bool finished_ = false;
};

struct OutputOptions {
  OutputFormat format = OutputFormat::kTable;
  std::string path;  // "" = standard output
};

/// Write all rows of `reader`.
Status WriteRows(arrow::RecordBatchReader* reader, const OutputOptions& options);

}  // namespace lance::cli
