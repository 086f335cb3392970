#include "lance/file/write/page_queue.h"

#include <arrow/array/array_base.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace lance::file::write {

struct PageQueue::Slot {
  enum class State : uint8_t { kWaiting, kRunning, kDone };

  PageJob job;
  std::mutex mutex;
  std::condition_variable changed;
  State state = State::kWaiting;
  Result<std::vector<encoding::EncodedPage>> pages = std::vector<encoding::EncodedPage>();
  encoding::PageStatistics statistics;

  // Encode, unless somebody else has begun.
  void RunOnce() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (state != State::kWaiting) return;
      state = State::kRunning;
    }
    statistics.next_row = job.page.first_row;
    auto result = encoding::EncodePages(*job.path, job.page.rows, *job.options,
                                        job.wants_statistics ? &statistics : nullptr);
    job.page.rows.clear();
    const std::lock_guard<std::mutex> lock(mutex);
    pages = std::move(result);
    state = State::kDone;
    changed.notify_all();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return state == State::kDone; });
  }
  // Never begin, or wait until what was begun is over.
  void Cancel() {
    std::unique_lock<std::mutex> lock(mutex);
    if (state == State::kWaiting) state = State::kDone;
    changed.wait(lock, [this] { return state == State::kDone; });
  }
};

PageQueue::PageQueue(std::shared_ptr<Executor> executor) : executor_(std::move(executor)) {}

PageQueue::~PageQueue() {
  for (const auto& slot : slots_) slot->Cancel();
}

void PageQueue::Push(PageJob job) {
  plain_bytes_ += job.page.plain_bytes;
  auto slot = std::make_shared<Slot>();
  slot->job = std::move(job);
  slots_.push_back(slot);
  executor_->Submit([slot] { slot->RunOnce(); });
}

Result<PageQueue::Encoded> PageQueue::Pop() {
  const std::shared_ptr<Slot> slot = slots_.front();
  slots_.pop_front();
  slot->RunOnce();
  slot->Wait();
  plain_bytes_ -= slot->job.page.plain_bytes;
  Encoded out;
  out.column = slot->job.page.column;
  out.zones = std::move(slot->statistics.zones);
  ARROW_ASSIGN_OR_RAISE(out.pages, std::move(slot->pages));
  return out;
}

}  // namespace lance::file::write
