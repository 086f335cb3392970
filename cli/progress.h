// A progress bar on standard error: only on a terminal, only for work that lasts over a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "arrow/type_fwd.h"

namespace lance::cli {

class Progress {
 public:
  /// \param total  number of rows to expect, when that is known
  Progress(std::string verb, std::optional<uint64_t> total);
  ~Progress();  // wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Advance(uint64_t num_rows);

 private:
  void Draw(std::chrono::steady_clock::time_point now);

  std::string verb_;
  std::optional<uint64_t> total_;
  bool enabled_;
  bool drawn_ = false;
  uint64_t done_ = 0;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point last_;
};

/// A reader that advances `progress` by what passes through; `progress` must outlive it.
std::shared_ptr<arrow::RecordBatchReader> WatchProgress(
    std::shared_ptr<arrow::RecordBatchReader> reader, Progress* progress);

}  // namespace lance::cli
