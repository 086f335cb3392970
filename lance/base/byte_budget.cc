#include "lance/base/byte_budget.h"

#include <utility>
#include <vector>

namespace lance {

std::shared_ptr<ByteBudget::Item> ByteBudget::Add(uint64_t size_bytes, std::function<void()> drop) {
  auto item = std::make_shared<Item>();
  item->size_bytes_ = size_bytes;
  item->drop_ = std::move(drop);
  std::vector<std::shared_ptr<Item>> dropped;
  {
    const std::lock_guard lock(mutex_);
    item->place_ = items_.insert(items_.end(), item);
    item->listed_ = true;
    used_bytes_ += size_bytes;
    size_t forgiven = 0;
    while (used_bytes_ > limit_bytes_ && !items_.empty()) {
      const std::shared_ptr<Item> oldest = items_.front();
      if (forgiven < items_.size() && oldest->used_.exchange(false, std::memory_order_relaxed)) {
        ++forgiven;
        items_.splice(items_.end(), items_, items_.begin());
        continue;
      }
      used_bytes_ -= oldest->size_bytes_;
      oldest->listed_ = false;
      items_.pop_front();
      dropped.push_back(oldest);
    }
  }
  for (const auto& victim : dropped) {
    victim->drop_();
    victim->drop_ = nullptr;
  }
  return item;
}

void ByteBudget::Remove(const std::shared_ptr<Item>& item) {
  if (item == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (!item->listed_) return;
  item->listed_ = false;
  used_bytes_ -= item->size_bytes_;
  items_.erase(item->place_);
}

uint64_t ByteBudget::used_bytes() const {
  const std::lock_guard lock(mutex_);
  return used_bytes_;
}

}  // namespace lance
