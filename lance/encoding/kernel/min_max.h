// Smallest and largest of many numbers.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>
#include <limits>

namespace lance::encoding::kernel {

/// Without a number `low` stays above `high`.
template <typename T>
struct MinMax {
  T low = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                               : std::numeric_limits<T>::max();
  T high = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                : std::numeric_limits<T>::lowest();
  int64_t num_nans = 0;
};

/// Find the extremes of `count` numbers, aligned or not; NaNs are counted and left out. T: integers
/// of 1 to 8 bytes, float, double.
/// \param nulls  one level per value, those that are not 0 have none; null = all have one
template <typename T>
MinMax<T> FindMinMax(const uint8_t* values, int64_t count, const uint16_t* nulls = nullptr);

}  // namespace lance::encoding::kernel
