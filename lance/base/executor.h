// Threads: one pool interface for the whole project, so that a test or a simulation can replace it.
//
// Tasks must not block on other tasks of the same executor. Cancellation is Arrow's `StopToken`.
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <functional>
#include <memory>

#include "arrow/util/cancel.h"
#include "lance/base/error.h"

namespace lance {

using arrow::StopSource;
using arrow::StopToken;

class Executor {
 public:
  virtual ~Executor() = default;

  /// Run `task` some time; tasks of one executor start in order of submission.
  virtual void Submit(std::function<void()> task) = 0;

  /// Number of tasks that may run at once, at least 1.
  virtual int num_threads() const = 0;

  /// Make a pool with `num_threads` threads; 0 = one per CPU that this process may use.
  static std::shared_ptr<Executor> Make(int num_threads = 0);

  /// Make an executor that runs each task at once in the calling thread.
  static std::shared_ptr<Executor> MakeInline();

  /// Return the process-wide pool, made at first use with one thread per usable CPU, or as many as
  /// the environment variable LANCE_NUM_THREADS says.
  static std::shared_ptr<Executor> Default();
};

/// Run `body(i)` for each i in [0, count) on `executor` and on the calling thread, at most
/// `executor.num_threads()` at once; return the error with the lowest i that failed. Later items
/// are not started after a failure.
Status ParallelFor(Executor& executor, int64_t count, const std::function<Status(int64_t)>& body);

}  // namespace lance
