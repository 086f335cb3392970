// A queue of reads shared with the kernel: io_uring by its system calls, for buffered files.
//
// Source: io_uring(7), io_uring_setup(2), io_uring_enter(2). Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "lance/io/ranges.h"

namespace lance::io::local {

class Ring {
 public:
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// The calling thread's ring, made at first use; null where the kernel or a sandbox forbids it.
  static Ring* OfThread();

  /// Read all pieces, many at a time. `results[i]` is how many bytes of piece i came, or minus the
  /// error number. Nothing is in flight on return.
  void Read(int descriptor, std::span<const PlacedRead> reads, std::span<int64_t> results);

 private:
  struct Maps;
  explicit Ring(std::unique_ptr<Maps> maps);
  static std::unique_ptr<Ring> Make();
  uint32_t Push(int descriptor, std::span<const PlacedRead> reads, uint64_t first, uint32_t count);
  uint32_t Reap(std::span<int64_t> results);
  bool Enter(uint32_t num_new, uint32_t wait_for);

  std::unique_ptr<Maps> maps_;
};

}  // namespace lance::io::local
