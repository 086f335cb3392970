#include "progress.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace lance::cli {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kBarWidth = 28;

class WatchedReader final : public arrow::RecordBatchReader {
 public:
  WatchedReader(std::shared_ptr<arrow::RecordBatchReader> reader, Progress* progress)
      : reader_(std::move(reader)), progress_(progress) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(reader_->ReadNext(batch));
    if (*batch != nullptr) progress_->Advance(static_cast<uint64_t>((*batch)->num_rows()));
    return arrow::Status::OK();
  }
  arrow::Status Close() override { return reader_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  Progress* progress_;
};

}  // namespace

Progress::Progress(std::string verb, std::optional<uint64_t> total)
    : verb_(std::move(verb)),
      total_(total),
      enabled_(::isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      last_(begin_) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::Advance(uint64_t num_rows) {
  done_ += num_rows;
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - begin_ < seconds(1) || now - last_ < milliseconds(100)) return;
  last_ = now;
  Draw(now);
}

void Progress::Draw(std::chrono::steady_clock::time_point now) {
  const double elapsed = std::max(duration<double>(now - begin_).count(), 1e-9);
  std::string line = "\r\033[K" + verb_ + " ";
  if (total_.has_value() && *total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(*total_));
    const int full = static_cast<int>(share * kBarWidth);
    line += '[' + std::string(full, '#') + std::string(kBarWidth - full, '.') + "] ";
    line += std::to_string(static_cast<int>(share * 100)) + "% ";
  }
  line += std::to_string(done_) + " rows, ";
  line += std::to_string(static_cast<uint64_t>(static_cast<double>(done_) / elapsed)) + " rows/s";
  std::fputs(line.c_str(), stderr);
  drawn_ = true;
}

std::shared_ptr<arrow::RecordBatchReader> WatchProgress(
    std::shared_ptr<arrow::RecordBatchReader> reader, Progress* progress) {
  return std::make_shared<WatchedReader>(std::move(reader), progress);
}

}  // namespace lance::cli
