#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")  // at O2 loops are hardly ever turned into vector code
#endif
#include "lance/encoding/kernel/min_max.h"

#include <cstring>
#include <type_traits>

namespace lance::encoding::kernel {
namespace {

template <typename T>
T Load(const uint8_t* values, int64_t index) {
  T out;
  std::memcpy(&out, values + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return out;
}

template <typename T>
void AddNumber(T value, MinMax<T>* out) {
  out->low = value < out->low ? value : out->low;
  out->high = value > out->high ? value : out->high;
  if constexpr (std::is_floating_point_v<T>) out->num_nans += value != value;
}

}  // namespace

template <typename T>
MinMax<T> FindMinMax(const uint8_t* values, int64_t count) {
  // Lanes that do not depend on each other, as wide as a few registers.
  constexpr int64_t kLanes = 64 / sizeof(T);
  using Counter = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  MinMax<T> out;
  T low[kLanes];
  T high[kLanes];
  Counter nans[kLanes] = {};
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    low[lane] = out.low;
    high[lane] = out.high;
  }
  int64_t at = 0;
  for (; at + kLanes <= count; at += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const T value = Load<T>(values, at + lane);
      low[lane] = value < low[lane] ? value : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
      if constexpr (std::is_floating_point_v<T>) nans[lane] += value != value;
    }
  }
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    out.low = low[lane] < out.low ? low[lane] : out.low;
    out.high = high[lane] > out.high ? high[lane] : out.high;
    out.num_nans += nans[lane];
  }
  for (; at < count; ++at) AddNumber(Load<T>(values, at), &out);
  return out;
}

template MinMax<int8_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<uint8_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<int16_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<uint16_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<int32_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<uint32_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<int64_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<uint64_t> FindMinMax(const uint8_t*, int64_t);
template MinMax<float> FindMinMax(const uint8_t*, int64_t);
template MinMax<double> FindMinMax(const uint8_t*, int64_t);

}  // namespace lance::encoding::kernel
