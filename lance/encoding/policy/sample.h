// A small part of a page, from places spread evenly over it: what the policy tries codecs on.
//
// Thread-safety: pure; the same values give the same sample. Ownership: a sample owns its copy.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/encoding/values.h"

namespace lance::encoding::policy {

struct SampleSize {
  int64_t num_stripes = 16;
  int64_t stripe_values = 1024;      // a block of bit-packing
  uint64_t stripe_bytes = 16 << 10;  // bounds stripes of variable values
};

/// Values of a page; the page itself when it is small.
class Sample {
 public:
  static Sample Take(const ValueView& page, const SampleSize& size);
  Sample(Sample&&) noexcept = default;
  Sample& operator=(Sample&&) noexcept = default;

  const ValueView& view() const { return view_; }
  /// Bytes of the page for each byte of the sample.
  double scale() const { return scale_; }

 private:
  Sample() = default;
  void CopyFixed(const ValueView& page, const SampleSize& size);
  template <typename Offset>
  void CopyVariable(const ValueView& page, const SampleSize& size);

  ValueView view_;
  double scale_ = 1;
  std::vector<uint8_t> data_;
  std::vector<uint8_t> offsets_;
};

}  // namespace lance::encoding::policy
