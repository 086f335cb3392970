// Runs the pieces of a scan, in the consumer's thread or several at once, and hands over batches.
//
// A piece that runs ahead fills a queue up to its share of the memory limit and then gives its
// thread back; the consumer starts it again when it has taken batches away. No task ever waits.
// Thread-safety: the reader belongs to one consumer. Ownership: closing or dropping the reader
// stops the work and waits for the tasks that run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/query/scan/plan.h"

namespace lance::query {

struct PipelineOptions {
  int parallelism = 1;  // 1 = in the consumer's thread
  bool ordered = true;
  /// Rows to leave out at the start, and rows to give at most.
  uint64_t offset = 0;
  std::optional<uint64_t> limit;
};

std::shared_ptr<arrow::RecordBatchReader> RunPipeline(std::shared_ptr<const ScanPlan> plan,
                                                      std::vector<ScanSplit> pieces,
                                                      const PipelineOptions& options);

}  // namespace lance::query
