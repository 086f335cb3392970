#include "lance/query/scan.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "arrow/record_batch.h"
#include "lance/query/scan/pipeline.h"
#include "lance/query/scan/plan.h"
#include "lance/query/scan/split_scanner.h"

namespace lance::query {
namespace {

// Decoded bytes of a row when the manifest knows no file size.
constexpr uint64_t kUnknownRowBytes = 64;

int PiecesAtOnce(const ScanPlan& plan, const ScanRequest& request,
                 const std::vector<ScanSplit>& pieces) {
  const int wanted =
      request.parallelism > 0 ? request.parallelism : plan.context.executor->num_threads();
  uint64_t num_rows = 0;
  for (const ScanSplit& piece : pieces) num_rows += piece.rows.size();
  // One batch is read sooner here than in another thread.
  if (num_rows <= static_cast<uint64_t>(request.batch_num_rows)) return 1;
  return static_cast<int>(std::clamp<size_t>(pieces.size(), wanted > 1 ? 2 : 1, wanted));
}

uint64_t FragmentBytes(const table::Fragment& fragment) {
  uint64_t out = 0;
  for (const table::DataFile& file : fragment.files) {
    if (file.size_bytes == 0) return fragment.physical_rows * kUnknownRowBytes;
    out += file.size_bytes;
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> ScanSchema(const table::Manifest& manifest,
                                                  const ScanRequest& request) {
  // Borrowed for the call.
  const std::shared_ptr<const table::Manifest> shared(std::shared_ptr<void>(), &manifest);
  ARROW_ASSIGN_OR_RAISE(const auto view, MakeView(shared, request.blobs));
  ARROW_ASSIGN_OR_RAISE(Projection projection, Project(*view, request.columns));
  return projection.schema;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(const ScanContext& context,
                                                       const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto plan, MakeScanPlan(context, request));
  ARROW_ASSIGN_OR_RAISE(std::vector<ScanSplit> pieces, CutPieces(*plan, request.splits));
  PipelineOptions options;
  options.ordered = request.ordered;
  options.limit = request.limit;
  options.offset = request.offset;
  const bool trims = request.limit.has_value() || request.offset > 0;
  if (trims && request.filter == nullptr) {
    ARROW_ASSIGN_OR_RAISE(pieces,
                          TrimPieces(*plan, std::move(pieces), request.offset, request.limit));
    options.offset = 0;
  }
  options.parallelism = PiecesAtOnce(*plan, request, pieces);
  return RunPipeline(std::move(plan), std::move(pieces), options);
}

Result<uint64_t> CountRows(const ScanContext& context, const ExpressionPtr& filter,
                           const std::optional<std::vector<ScanSplit>>& splits) {
  ScanRequest request;
  request.columns = std::vector<std::string>();
  request.filter = filter;
  ARROW_ASSIGN_OR_RAISE(auto plan, MakeScanPlan(context, request));
  if (filter == nullptr && !splits.has_value()) {
    const auto& fragments = context.manifest->fragments;
    const bool known = std::all_of(fragments.begin(), fragments.end(), [](const auto& fragment) {
      return fragment.physical_rows > 0 &&
             (!fragment.deletions || fragment.deletions->num_deleted_rows > 0);
    });
    if (known) return context.manifest->num_rows();
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<ScanSplit> pieces, CutPieces(*plan, splits));
  std::atomic<uint64_t> total = 0;
  const std::atomic<bool> cancelled = false;
  const auto count = [&](int64_t i) -> Status {
    ARROW_ASSIGN_OR_RAISE(uint64_t passed, SplitScanner(plan, pieces[i], &cancelled).Count());
    total += passed;
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      ParallelFor(*plan->context.executor, static_cast<int64_t>(pieces.size()), count));
  return total.load();
}

std::vector<ScanSplit> PlanSplits(const table::Manifest& manifest, uint64_t target_bytes) {
  std::vector<ScanSplit> out;
  for (const table::Fragment& fragment : manifest.fragments) {
    const uint64_t num_rows = fragment.physical_rows;
    if (num_rows == 0) continue;
    const uint64_t target = std::max<uint64_t>(target_bytes, 1);
    const uint64_t wanted = (FragmentBytes(fragment) + target / 2) / target;
    const uint64_t num_pieces = std::clamp<uint64_t>(wanted, 1, num_rows);
    const uint64_t base = num_rows / num_pieces;
    const uint64_t longer = num_rows % num_pieces;  // pieces with one row more
    uint64_t begin = 0;
    for (uint64_t i = 0; i < num_pieces; ++i) {
      const uint64_t end = begin + base + (i < longer ? 1 : 0);
      out.push_back({fragment.id, {begin, end}});
      begin = end;
    }
  }
  return out;
}

}  // namespace lance::query
