#include "lance/encoding/policy/sample.h"

#include <algorithm>
#include <cstring>

namespace lance::encoding::policy {
namespace {

// Begin of stripe `i` of `num`, a multiple of 8 for the sake of booleans.
int64_t StripeBegin(int64_t num_values, int64_t stripe_values, int64_t i, int64_t num) {
  const int64_t last = num_values - stripe_values;
  return num == 1 ? 0 : last / (num - 1) * i / 8 * 8;
}

}  // namespace

Sample Sample::Take(const ValueView& page, const SampleSize& size) {
  Sample out;
  out.view_ = page;
  const bool is_fixed = page.type.is_fixed();
  const bool small = is_fixed ? page.num_values <= 2 * size.num_stripes * size.stripe_values
                              : page.plain_size_bytes() <=
                                    2 * static_cast<uint64_t>(size.num_stripes) * size.stripe_bytes;
  if (small || !page.item_validity.empty()) return out;
  if (is_fixed) {
    out.CopyFixed(page, size);
  } else if (page.type.bits == 32) {
    out.CopyVariable<int32_t>(page, size);
  } else {
    out.CopyVariable<int64_t>(page, size);
  }
  out.scale_ = static_cast<double>(page.plain_size_bytes()) /
               static_cast<double>(std::max<uint64_t>(out.view_.plain_size_bytes(), 1));
  return out;
}

void Sample::CopyFixed(const ValueView& page, const SampleSize& size) {
  const uint64_t bits = page.type.bits;
  const uint64_t stripe_bytes = static_cast<uint64_t>(size.stripe_values) * bits / 8;
  data_.resize(static_cast<uint64_t>(size.num_stripes) * stripe_bytes + 64);
  for (int64_t i = 0; i < size.num_stripes; ++i) {
    const int64_t begin = StripeBegin(page.num_values, size.stripe_values, i, size.num_stripes);
    std::memcpy(data_.data() + static_cast<uint64_t>(i) * stripe_bytes,
                page.data.data() + static_cast<uint64_t>(begin) * bits / 8, stripe_bytes);
  }
  view_.num_values = size.num_stripes * size.stripe_values;
  view_.data = {data_.data(), static_cast<uint64_t>(size.num_stripes) * stripe_bytes};
}

template <typename Offset>
void Sample::CopyVariable(const ValueView& page, const SampleSize& size) {
  const auto* from = static_cast<const Offset*>(page.offsets);
  const uint64_t average =
      std::max<uint64_t>(page.plain_size_bytes() / static_cast<uint64_t>(page.num_values), 1);
  const int64_t count = std::clamp<int64_t>(static_cast<int64_t>(size.stripe_bytes / average), 1,
                                            page.num_values / size.num_stripes);
  std::vector<Offset> ends{0};
  for (int64_t i = 0; i < size.num_stripes; ++i) {
    const int64_t begin = StripeBegin(page.num_values, count, i, size.num_stripes);
    for (int64_t j = begin; j < begin + count; ++j) {
      const auto length =
          std::min(static_cast<uint64_t>(from[j + 1] - from[j]), 4 * size.stripe_bytes);
      const uint8_t* value = page.data.data() + from[j];
      data_.insert(data_.end(), value, value + length);
      ends.push_back(static_cast<Offset>(data_.size()));
    }
  }
  offsets_.resize(ends.size() * sizeof(Offset));
  std::memcpy(offsets_.data(), ends.data(), offsets_.size());
  view_.num_values = static_cast<int64_t>(ends.size()) - 1;
  view_.data = {data_.data(), data_.size()};
  view_.offsets = offsets_.data();
}

}  // namespace lance::encoding::policy
