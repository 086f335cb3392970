// Pages that are being encoded, in the order in which they will be written.
//
// Encoding runs on the executor; the thread that wants the oldest page encodes it itself when
// nobody has begun, so that waiting never depends on a free thread. Thread-safety: one thread at a
// time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "lance/base/executor.h"
#include "lance/encoding/page_writer.h"
#include "lance/file/write/page_cutter.h"

namespace lance::file::write {

struct PageJob {
  CutPage page;
  const encoding::LeafPath* path = nullptr;  // outlives the queue
  const encoding::PageOptions* options = nullptr;
  bool wants_statistics = true;
};

class PageQueue {
 public:
  explicit PageQueue(std::shared_ptr<Executor> executor);
  ~PageQueue();  // waits for what was begun

  /// Add a job at the end and let the executor begin it.
  void Push(PageJob job);
  bool empty() const { return slots_.empty(); }
  /// Arrow memory of the rows of all jobs that were not taken.
  uint64_t plain_bytes() const { return plain_bytes_; }
  size_t size() const { return slots_.size(); }

  struct Encoded {
    size_t column = 0;
    std::vector<encoding::EncodedPage> pages;
    std::vector<encoding::ZoneStatistics> zones;
  };
  /// Wait for the oldest job and take its pages.
  Result<Encoded> Pop();

 private:
  struct Slot;
  std::shared_ptr<Executor> executor_;
  std::deque<std::shared_ptr<Slot>> slots_;
  uint64_t plain_bytes_ = 0;
};

}  // namespace lance::file::write
