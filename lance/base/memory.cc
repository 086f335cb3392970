#include "lance/base/memory.h"

#include <arrow/memory_pool.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "lance/base/error.h"

namespace lance {
namespace {

constexpr int64_t kSmallestRecycled = 16 << 10;
constexpr int64_t kLargestRecycled = 64 << 20;
constexpr int64_t kRecycledAlignment = 64;
constexpr int64_t kDefaultKeptBytes = 256 << 20;
// Four classes per doubling waste at most a fifth of a block.
constexpr int kClassesPerDoubling = 4;
constexpr int kNumClasses =
    std::countr_zero(static_cast<uint64_t>(kLargestRecycled / kSmallestRecycled)) *
        kClassesPerDoubling +
    1;

int64_t KeptBytesLimit() {
#if defined(__SANITIZE_ADDRESS__)
  return 0;
#else
  const char* wanted = std::getenv("LANCE_RECYCLE_BYTES");
  return wanted != nullptr ? std::atoll(wanted) : kDefaultKeptBytes;
#endif
}

struct SizeClass {
  int index = -1;  // -1 = not recycled
  int64_t bytes = 0;
};

SizeClass ClassOf(int64_t size, int64_t alignment) {
  if (size < kSmallestRecycled || size > kLargestRecycled || alignment > kRecycledAlignment) {
    return {-1, size};
  }
  const int doubling = std::bit_width(static_cast<uint64_t>(size - 1)) - 1;
  const int64_t base = int64_t{1} << doubling;
  const int64_t step = base / kClassesPerDoubling;
  const int64_t part = (size - base + step - 1) / step;  // 1..4
  const int first = std::bit_width(static_cast<uint64_t>(kSmallestRecycled)) - 1;
  return {(doubling - first) * kClassesPerDoubling + static_cast<int>(part), base + part * step};
}

class RecyclingMemoryPool final : public arrow::MemoryPool {
 public:
  RecyclingMemoryPool() : parent_(arrow::default_memory_pool()), limit_(KeptBytesLimit()) {}

  Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    const SizeClass wanted = ClassOf(size, alignment);
    allocated_ += size;
    if (wanted.index >= 0) {
      std::lock_guard lock(mutex_);
      auto& blocks = free_[wanted.index];
      if (!blocks.empty()) {
        *out = blocks.back();
        blocks.pop_back();
        kept_ -= wanted.bytes;
        return Status::OK();
      }
    }
    Status status =
        parent_->Allocate(wanted.bytes, wanted.index >= 0 ? kRecycledAlignment : alignment, out);
    if (!status.ok()) allocated_ -= size;
    return status;
  }

  Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                    uint8_t** data) override {
    const SizeClass from = ClassOf(old_size, alignment);
    const SizeClass to = ClassOf(new_size, alignment);
    if (from.index < 0 && to.index < 0) {
      ARROW_RETURN_NOT_OK(parent_->Reallocate(old_size, new_size, alignment, data));
    } else if (from.index != to.index) {
      uint8_t* moved = nullptr;
      ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &moved));
      std::memcpy(moved, *data, static_cast<size_t>(std::min(old_size, new_size)));
      Free(*data, old_size, alignment);
      *data = moved;
      return Status::OK();
    }
    allocated_ += new_size - old_size;
    return Status::OK();
  }

  using arrow::MemoryPool::Free;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override {
    const SizeClass has = ClassOf(size, alignment);
    allocated_ -= size;
    if (has.index >= 0) {
      std::lock_guard lock(mutex_);
      if (kept_ + has.bytes <= limit_) {
        free_[has.index].push_back(buffer);
        kept_ += has.bytes;
        return;
      }
    }
    parent_->Free(buffer, has.bytes, has.index >= 0 ? kRecycledAlignment : alignment);
  }

  void ReleaseUnused() override {
    std::lock_guard lock(mutex_);
    for (int i = 0; i < kNumClasses; ++i) {
      const int64_t bytes = BytesOfClass(i);
      for (uint8_t* block : free_[i]) parent_->Free(block, bytes, kRecycledAlignment);
      free_[i].clear();
    }
    kept_ = 0;
    parent_->ReleaseUnused();
  }

  int64_t bytes_allocated() const override { return allocated_; }
  int64_t max_memory() const override { return parent_->max_memory(); }
  int64_t total_bytes_allocated() const override { return parent_->total_bytes_allocated(); }
  int64_t num_allocations() const override { return parent_->num_allocations(); }
  std::string backend_name() const override { return parent_->backend_name(); }

 private:
  static int64_t BytesOfClass(int index) {
    const int64_t base = kSmallestRecycled << (index / kClassesPerDoubling);
    return base + base / kClassesPerDoubling * (index % kClassesPerDoubling);
  }

  arrow::MemoryPool* const parent_;
  const int64_t limit_;
  std::atomic<int64_t> allocated_{0};
  std::mutex mutex_;
  int64_t kept_ = 0;
  std::array<std::vector<uint8_t*>, kNumClasses> free_;
};

}  // namespace

arrow::MemoryPool* RecyclingPool() {
  static auto* const pool = new RecyclingMemoryPool();
  return pool;
}

}  // namespace lance
