#include "lance/io/local/ring.h"

#if defined(__linux__) && __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

namespace lance::io::local {
namespace {

// Requests in flight. Disks of today answer more at once than one of these waits for.
constexpr uint32_t kRingEntries = 128;
constexpr uint64_t kLargestRingRead = 1 << 30;

// A mapping that is undone with the object.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (bytes_ != nullptr) ::munmap(bytes_, size_);
  }
  bool Map(int descriptor, uint64_t offset, size_t size) {
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                            descriptor, static_cast<off_t>(offset));
    if (at == MAP_FAILED) return false;
    bytes_ = static_cast<uint8_t*>(at);
    size_ = size;
    return true;
  }
  template <typename T>
  T* At(uint32_t offset) const {
    return reinterpret_cast<T*>(bytes_ + offset);
  }

 private:
  uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
};

uint32_t LoadAcquire(const uint32_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
void StoreRelease(uint32_t* at, uint32_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

// Once the kernel has said no, nobody asks again.
std::atomic<bool> is_forbidden{false};

}  // namespace

struct Ring::Maps {
  ~Maps() {
    if (descriptor >= 0) ::close(descriptor);
  }

  int descriptor = -1;
  pid_t owner = 0;
  io_uring_params params = {};
  Mapping submissions;
  Mapping completions;
  Mapping entries;
};

Ring::Ring(std::unique_ptr<Maps> maps) : maps_(std::move(maps)) {}
Ring::~Ring() = default;

std::unique_ptr<Ring> Ring::Make() {
  auto maps = std::make_unique<Maps>();
  io_uring_params& params = maps->params;
  maps->descriptor = static_cast<int>(::syscall(__NR_io_uring_setup, kRingEntries, &params));
  if (maps->descriptor < 0) return nullptr;
  maps->owner = ::getpid();
  const bool mapped =
      maps->submissions.Map(maps->descriptor, IORING_OFF_SQ_RING,
                            params.sq_off.array + params.sq_entries * sizeof(uint32_t)) &&
      maps->completions.Map(maps->descriptor, IORING_OFF_CQ_RING,
                            params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe)) &&
      maps->entries.Map(maps->descriptor, IORING_OFF_SQES,
                        params.sq_entries * sizeof(io_uring_sqe));
  if (!mapped) return nullptr;
  return std::unique_ptr<Ring>(new Ring(std::move(maps)));
}

Ring* Ring::OfThread() {
  thread_local std::unique_ptr<Ring> ring;
  if (is_forbidden.load(std::memory_order_relaxed)) return nullptr;
  // A child process must not use the queue of its parent.
  if (ring == nullptr || ring->maps_->owner != ::getpid()) {
    ring = Make();
    if (ring == nullptr) is_forbidden.store(true, std::memory_order_relaxed);
  }
  return ring.get();
}

// Queue pieces from `first` on; return how many fitted.
uint32_t Ring::Push(int descriptor, std::span<const PlacedRead> reads, uint64_t first,
                    uint32_t count) {
  const io_sqring_offsets& offsets = maps_->params.sq_off;
  const uint32_t mask = *maps_->submissions.At<uint32_t>(offsets.ring_mask);
  uint32_t* const tail_at = maps_->submissions.At<uint32_t>(offsets.tail);
  uint32_t tail = *tail_at;
  const uint32_t head = LoadAcquire(maps_->submissions.At<uint32_t>(offsets.head));
  const uint32_t room = maps_->params.sq_entries - (tail - head);
  count = std::min(count, room);
  for (uint32_t i = 0; i < count; ++i, ++tail) {
    const PlacedRead& read = reads[first + i];
    io_uring_sqe* const entry = maps_->entries.At<io_uring_sqe>(0) + (tail & mask);
    *entry = {};
    entry->opcode = IORING_OP_READ;
    entry->fd = descriptor;
    entry->off = read.range.offset;
    entry->addr = reinterpret_cast<uint64_t>(read.into);
    entry->len = static_cast<uint32_t>(std::min(read.range.length, kLargestRingRead));
    entry->user_data = first + i;
    maps_->submissions.At<uint32_t>(offsets.array)[tail & mask] = tail & mask;
  }
  StoreRelease(tail_at, tail);
  return count;
}

// Note what is complete; return how many pieces that is.
uint32_t Ring::Reap(std::span<int64_t> results) {
  const io_cqring_offsets& offsets = maps_->params.cq_off;
  const uint32_t mask = *maps_->completions.At<uint32_t>(offsets.ring_mask);
  uint32_t* const head_at = maps_->completions.At<uint32_t>(offsets.head);
  uint32_t head = *head_at;
  const uint32_t tail = LoadAcquire(maps_->completions.At<uint32_t>(offsets.tail));
  uint32_t count = 0;
  for (; head != tail; ++head, ++count) {
    const io_uring_cqe& done = maps_->completions.At<io_uring_cqe>(offsets.cqes)[head & mask];
    if (done.user_data < results.size()) results[done.user_data] = done.res;
  }
  StoreRelease(head_at, head);
  return count;
}

// False when the kernel refuses for good.
bool Ring::Enter(uint32_t num_new, uint32_t wait_for) {
  const auto entered = ::syscall(__NR_io_uring_enter, maps_->descriptor, num_new, wait_for,
                                 IORING_ENTER_GETEVENTS, nullptr, 0);
  return entered >= 0 || errno == EINTR || errno == EAGAIN || errno == EBUSY;
}

void Ring::Read(int descriptor, std::span<const PlacedRead> reads, std::span<int64_t> results) {
  std::fill(results.begin(), results.end(), -EAGAIN);
  const io_sqring_offsets& offsets = maps_->params.sq_off;
  const uint32_t* const head_at = maps_->submissions.At<uint32_t>(offsets.head);
  uint32_t* const tail_at = maps_->submissions.At<uint32_t>(offsets.tail);
  uint64_t next = 0;
  uint32_t in_flight = 0;
  bool is_broken = false;
  while (in_flight > 0 || (next < reads.size() && !is_broken)) {
    const auto left = static_cast<uint32_t>(std::min<uint64_t>(reads.size() - next, kRingEntries));
    if (!is_broken && in_flight < kRingEntries && left > 0) {
      const uint32_t pushed =
          Push(descriptor, reads, next, std::min(left, kRingEntries - in_flight));
      next += pushed;
      in_flight += pushed;
    }
    const uint32_t waiting = *tail_at - LoadAcquire(head_at);
    if (!Enter(waiting, 1)) {
      is_broken = true;
      // What the kernel has not taken stays out; what it has writes to our memory: wait for it.
      const uint32_t untaken = *tail_at - LoadAcquire(head_at);
      StoreRelease(tail_at, *tail_at - untaken);
      in_flight -= untaken;
      ::sched_yield();
    }
    in_flight -= Reap(results);
  }
  if (is_broken) is_forbidden.store(true, std::memory_order_relaxed);
}

}  // namespace lance::io::local

#else

namespace lance::io::local {

struct Ring::Maps {};
Ring::Ring(std::unique_ptr<Maps> maps) : maps_(std::move(maps)) {}
Ring::~Ring() = default;
Ring* Ring::OfThread() { return nullptr; }
void Ring::Read(int, std::span<const PlacedRead>, std::span<int64_t>) {}

}  // namespace lance::io::local

#endif
