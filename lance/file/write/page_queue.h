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

#include "arrow/type_fwd.h"
#include "lance/base/executor.h"
#include "lance/encoding/page_writer.h"

namespace lance::file::write {

/// Rows of one column that make up a page.
struct PageJob {
  int32_t column = 0;
  const encoding::LeafPath* path = nullptr;  // outlives the queue
  const encoding::PageOptions* options = nullptr;
  std::vector<std::shared_ptr<arrow::Array>> rows;
  uint64_t plain_bytes = 0;  // Arrow memory of the rows
  uint64_t first_row = 0;    // of the file
};

class PageQueue {
 public:
  explicit PageQueue(std::shared_ptr<Executor> executor);
  ~PageQueue();  // waits for what was begun

  /// Add a job at the end and let the executor begin it.
  void Push(PageJob job);
  bool empty() const { return slots_.empty(); }
  /// True when so many jobs wait that the oldest should be taken before the next one comes.
  bool is_full() const;

  struct Encoded {
    int32_t column = 0;
    uint64_t plain_bytes = 0;
    std::vector<encoding::EncodedPage> pages;
    std::vector<encoding::ZoneStatistics> zones;
  };
  /// Wait for the oldest job and take its pages.
  Result<Encoded> Pop();

 private:
  struct Slot;
  std::shared_ptr<Executor> executor_;
  std::deque<std::shared_ptr<Slot>> slots_;
};

}  // namespace lance::file::write
