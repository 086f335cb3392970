#include "lance/query/scan/pipeline.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "arrow/record_batch.h"
#include "arrow/util/byte_size.h"
#include "lance/query/scan/split_scanner.h"

namespace lance::query {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Where batches come from, in the order in which the consumer gets them; null at the end.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual Result<BatchPtr> Next() = 0;
  virtual void Close() = 0;
};

class SerialSource final : public BatchSource {
 public:
  SerialSource(std::shared_ptr<const ScanPlan> plan, std::vector<ScanSplit> pieces)
      : plan_(std::move(plan)), pieces_(std::move(pieces)) {}

  Result<BatchPtr> Next() override {
    for (;;) {
      if (scanner_ == nullptr) {
        if (next_ == pieces_.size()) return nullptr;
        scanner_ = std::make_unique<SplitScanner>(plan_, pieces_[next_++], &cancelled_);
      }
      ARROW_ASSIGN_OR_RAISE(BatchPtr batch, scanner_->Next());
      if (batch != nullptr) return batch;
      scanner_.reset();
    }
  }

  void Close() override {
    scanner_.reset();
    next_ = pieces_.size();
  }

 private:
  std::shared_ptr<const ScanPlan> plan_;
  std::vector<ScanSplit> pieces_;
  size_t next_ = 0;
  std::unique_ptr<SplitScanner> scanner_;
  std::atomic<bool> cancelled_ = false;
};

// A piece under way. `scanner` belongs to the task while `running`, all else to the mutex.
struct Piece {
  std::unique_ptr<SplitScanner> scanner;
  std::deque<std::pair<BatchPtr, uint64_t>> ready;  // with its bytes
  uint64_t ready_bytes = 0;
  bool queued = false;   // submitted, and nobody began
  bool running = false;  // somebody is reading
  bool done = false;
  Status error;
};

// What the consumer and the tasks share; tasks hold it alive.
struct ParallelState {
  uint64_t piece_limit_bytes = 0;  // of waiting batches of one piece
  std::atomic<bool> cancelled = false;
  std::mutex mutex;
  std::condition_variable changed;
  int num_inside = 0;  // tasks that are reading
};

// Take a piece that waits for a thread; false when somebody else has it. The mutex is held.
bool Claim(ParallelState* state, Piece* piece) {
  if (state->cancelled || !piece->queued) return false;
  piece->queued = false;
  piece->running = true;
  ++state->num_inside;
  return true;
}

// Give up a claimed piece. The mutex is held.
void Release(ParallelState* state, Piece* piece) {
  piece->running = false;
  --state->num_inside;
  state->changed.notify_all();
}

// Read one batch of a claimed piece; false when the piece was released.
bool ReadBatch(ParallelState* state, Piece* piece) {
  Result<BatchPtr> batch = piece->scanner->Next();
  const bool has_rows = batch.ok() && *batch != nullptr;
  const uint64_t bytes = has_rows ? arrow::util::TotalBufferSize(**batch) : 0;
  std::lock_guard lock(state->mutex);
  if (!batch.ok()) piece->error = batch.status();
  piece->done = !has_rows;
  if (has_rows) {
    piece->ready.emplace_back(*std::move(batch), bytes);
    piece->ready_bytes += bytes;
  }
  if (has_rows && piece->ready_bytes < state->piece_limit_bytes && !state->cancelled) {
    state->changed.notify_all();
    return true;
  }
  Release(state, piece);
  return false;
}

void ReadAhead(const std::shared_ptr<ParallelState>& state, const std::shared_ptr<Piece>& piece) {
  {
    std::lock_guard lock(state->mutex);
    if (!Claim(state.get(), piece.get())) return;
  }
  while (ReadBatch(state.get(), piece.get())) {
  }
}

class ParallelSource final : public BatchSource {
 public:
  ParallelSource(std::shared_ptr<const ScanPlan> plan, std::vector<ScanSplit> pieces,
                 const PipelineOptions& options)
      : plan_(std::move(plan)),
        state_(std::make_shared<ParallelState>()),
        pieces_(std::move(pieces)),
        ordered_(options.ordered),
        max_under_way_(static_cast<size_t>(plan_->max_pieces)) {
    // The batch that goes over the limit is the second part that may wait.
    state_->piece_limit_bytes = std::max<uint64_t>(plan_->piece_limit_bytes / 4, 1);
  }
  ~ParallelSource() override { Close(); }

  Result<BatchPtr> Next() override {
    std::unique_lock lock(state_->mutex);
    for (;;) {
      if (state_->cancelled) return nullptr;
      StartPieces(&lock);
      if (under_way_.empty()) return nullptr;
      const size_t at = FindReady();
      if (at == under_way_.size()) {
        WaitOrHelp(&lock);
        continue;
      }
      const std::shared_ptr<Piece> piece = under_way_[at];
      if (!piece->ready.empty()) return TakeFrom(piece, &lock);
      const Status error = piece->error;
      piece->scanner.reset();  // here, not in the task, which may outlive this
      under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(at));
      if (error.ok()) continue;
      lock.unlock();
      Close();
      return error;
    }
  }

  void Close() override {
    std::unique_lock lock(state_->mutex);
    state_->cancelled = true;
    next_ = pieces_.size();
    state_->changed.wait(lock, [this] { return state_->num_inside == 0; });
    // Tasks that were submitted but did not start find `cancelled` and touch nothing.
    for (const auto& piece : under_way_) piece->scanner.reset();
    under_way_.clear();
  }

 private:
  // Index of a piece with batches or at its end; the first one when order matters.
  size_t FindReady() const {
    const size_t count = ordered_ ? 1 : under_way_.size();
    for (size_t i = 0; i < count; ++i) {
      if (!under_way_[i]->ready.empty() || under_way_[i]->done) return i;
    }
    return under_way_.size();
  }

  BatchPtr TakeFrom(const std::shared_ptr<Piece>& piece, std::unique_lock<std::mutex>* lock) {
    auto [batch, bytes] = std::move(piece->ready.front());
    piece->ready.pop_front();
    piece->ready_bytes -= bytes;
    const bool has_room =
        piece->ready.empty() || piece->ready_bytes < state_->piece_limit_bytes / 2;
    if (!piece->running && !piece->queued && !piece->done && has_room) {
      Submit(piece, lock);
    }
    return batch;
  }

  // Nothing is ready. When the first piece still waits for a thread, read a batch of it here: the
  // executor may be busy with tasks that wait for this very scan.
  void WaitOrHelp(std::unique_lock<std::mutex>* lock) {
    const std::shared_ptr<Piece> first = under_way_.front();
    if (!Claim(state_.get(), first.get())) {
      state_->changed.wait(*lock);
      return;
    }
    lock->unlock();
    const bool goes_on = ReadBatch(state_.get(), first.get());
    lock->lock();
    if (!goes_on) return;
    Release(state_.get(), first.get());
    Submit(first, lock);
  }

  void StartPieces(std::unique_lock<std::mutex>* lock) {
    while (next_ < pieces_.size() && under_way_.size() < max_under_way_) {
      auto piece = std::make_shared<Piece>();
      piece->scanner = std::make_unique<SplitScanner>(plan_, pieces_[next_++], &state_->cancelled);
      under_way_.push_back(piece);
      Submit(piece, lock);
    }
  }

  // An executor may run the task at once in this thread, so the lock is let go.
  void Submit(const std::shared_ptr<Piece>& piece, std::unique_lock<std::mutex>* lock) {
    piece->queued = true;
    lock->unlock();
    plan_->context.executor->Submit([state = state_, piece] { ReadAhead(state, piece); });
    lock->lock();
  }

  const std::shared_ptr<const ScanPlan> plan_;
  const std::shared_ptr<ParallelState> state_;
  const std::vector<ScanSplit> pieces_;
  size_t next_ = 0;
  std::deque<std::shared_ptr<Piece>> under_way_;  // in order
  const bool ordered_;
  const size_t max_under_way_;
};

// Applies offset and limit, and speaks Arrow.
class ScanReader final : public arrow::RecordBatchReader {
 public:
  ScanReader(std::shared_ptr<arrow::Schema> schema, StopToken stop,
             std::unique_ptr<BatchSource> source, const PipelineOptions& options)
      : schema_(std::move(schema)),
        stop_(std::move(stop)),
        source_(std::move(source)),
        offset_(options.offset),
        left_(options.limit.value_or(UINT64_MAX)) {}
  ~ScanReader() override { source_->Close(); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(BatchPtr* out) override {
    out->reset();
    while (left_ > 0) {
      ARROW_RETURN_NOT_OK(stop_.Poll());
      ARROW_ASSIGN_OR_RAISE(BatchPtr batch, source_->Next());
      if (batch == nullptr) return Status::OK();
      const auto num_rows = static_cast<uint64_t>(batch->num_rows());
      if (num_rows <= offset_) {
        offset_ -= num_rows;
        continue;
      }
      const uint64_t count = std::min(num_rows - offset_, left_);
      if (count < num_rows) {
        batch = batch->Slice(static_cast<int64_t>(offset_), static_cast<int64_t>(count));
      }
      offset_ = 0;
      left_ -= count;
      if (left_ == 0) source_->Close();
      *out = std::move(batch);
      return Status::OK();
    }
    return Status::OK();
  }

  Status Close() override {
    source_->Close();
    left_ = 0;
    return Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  StopToken stop_;
  std::unique_ptr<BatchSource> source_;
  uint64_t offset_;
  uint64_t left_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> RunPipeline(std::shared_ptr<const ScanPlan> plan,
                                                      std::vector<ScanSplit> pieces,
                                                      const PipelineOptions& options) {
  const std::shared_ptr<arrow::Schema> schema = plan->schema;
  StopToken stop = plan->read_options.stop;
  std::unique_ptr<BatchSource> source;
  if (options.parallelism > 1) {
    source = std::make_unique<ParallelSource>(std::move(plan), std::move(pieces), options);
  } else {
    source = std::make_unique<SerialSource>(std::move(plan), std::move(pieces));
  }
  return std::make_shared<ScanReader>(schema, std::move(stop), std::move(source), options);
}

}  // namespace lance::query
