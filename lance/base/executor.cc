#include "lance/base/executor.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lance {
namespace {

int NumUsableCpus() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof(usable), &usable) == 0) return std::max(1, CPU_COUNT(&usable));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(int num_threads) {
    for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { Work(); });
  }

  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void Submit(std::function<void()> task) override {
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

  int num_threads() const override { return static_cast<int>(threads_.size()); }

 private:
  void Work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
        if (tasks_.empty()) return;  // closing, and everything submitted has run
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

class InlineExecutor final : public Executor {
 public:
  void Submit(std::function<void()> task) override { task(); }
  int num_threads() const override { return 1; }
};

// Shared by the caller of ParallelFor and its helpers. A helper that starts after the caller has
// left finds no item and never touches `body`, so the caller need not wait for it.
struct ParallelState {
  explicit ParallelState(int64_t count, const std::function<Status(int64_t)>* body)
      : count(count), body(body) {}

  void Run() {
    for (;;) {
      int64_t item;
      {
        std::lock_guard lock(mutex);
        if (next >= count || failed) return;
        item = next++;
        ++running;
      }
      Status status = (*body)(item);
      std::lock_guard lock(mutex);
      if (!status.ok() && (!failed || item < failed_item)) {
        failed = true;
        failed_item = item;
        error = std::move(status);
      }
      if (--running == 0) idle.notify_all();
    }
  }

  Status Wait() {
    std::unique_lock lock(mutex);
    idle.wait(lock, [this] { return running == 0; });
    next = count;
    return failed ? error : Status::OK();
  }

  const int64_t count;
  const std::function<Status(int64_t)>* const body;
  std::mutex mutex;
  std::condition_variable idle;
  int64_t next = 0;
  int64_t running = 0;
  bool failed = false;
  int64_t failed_item = 0;
  Status error;
};

}  // namespace

std::shared_ptr<Executor> Executor::Make(int num_threads) {
  return std::make_shared<ThreadPool>(num_threads > 0 ? num_threads : NumUsableCpus());
}

std::shared_ptr<Executor> Executor::MakeInline() { return std::make_shared<InlineExecutor>(); }

std::shared_ptr<Executor> Executor::Default() {
  static const std::shared_ptr<Executor>* const pool = [] {
    const char* wanted = std::getenv("LANCE_NUM_THREADS");
    // Never destroyed: at exit of a JVM or Python, threads may still be inside of a task.
    return new std::shared_ptr<Executor>(Make(wanted != nullptr ? std::atoi(wanted) : 0));
  }();
  return *pool;
}

Status ParallelFor(Executor& executor, int64_t count, const std::function<Status(int64_t)>& body) {
  if (count <= 0) return Status::OK();
  auto state = std::make_shared<ParallelState>(count, &body);
  const int64_t num_helpers = std::min<int64_t>(count, executor.num_threads()) - 1;
  for (int64_t i = 0; i < num_helpers; ++i) {
    executor.Submit([state] { state->Run(); });
  }
  state->Run();
  return state->Wait();
}

}  // namespace lance
