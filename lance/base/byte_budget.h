// A limit on what caches keep, shared by all caches of a table.
//
// A cache adds what it keeps and says how to drop it. When the sum goes over the limit, things that
// were not used lately are dropped (second chance: one pass of the clock forgives a use).
// Thread-safety: all methods may be called from any thread. No lock is held while something is
// dropped, so that `drop` may take the locks of its cache.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace lance {

class ByteBudget {
 public:
  /// Something that is kept.
  class Item {
   public:
    /// Note a use.
    void Touch() { used_.store(true, std::memory_order_relaxed); }

   private:
    friend class ByteBudget;
    uint64_t size_bytes_ = 0;
    std::function<void()> drop_;
    std::atomic<bool> used_{true};
    bool listed_ = false;
    std::list<std::shared_ptr<Item>>::iterator place_;
  };

  explicit ByteBudget(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Count `size_bytes` more and drop others, or this one, when that is too much.
  /// \param drop  called at most once, perhaps before this returns; must not throw
  std::shared_ptr<Item> Add(uint64_t size_bytes, std::function<void()> drop);
  /// Count an item no longer; it will not be dropped. Null is fine.
  void Remove(const std::shared_ptr<Item>& item);

  uint64_t limit_bytes() const { return limit_bytes_; }
  uint64_t used_bytes() const;

 private:
  const uint64_t limit_bytes_;
  mutable std::mutex mutex_;
  uint64_t used_bytes_ = 0;
  std::list<std::shared_ptr<Item>> items_;  // the hand of the clock is at the front
};

}  // namespace lance
