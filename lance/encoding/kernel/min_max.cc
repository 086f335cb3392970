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

// Lanes that do not depend on each other, as wide as a few registers.
template <typename T>
constexpr int64_t kLanes = 64 / sizeof(T);

// Extremes of the values in each lane.
template <typename T>
struct Lanes {
  using Counter = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  T low[kLanes<T>];
  T high[kLanes<T>];
  Counter nans[kLanes<T>];

  Lanes() {
    for (int64_t lane = 0; lane < kLanes<T>; ++lane) {
      low[lane] = MinMax<T>().low;
      high[lane] = MinMax<T>().high;
      nans[lane] = 0;
    }
  }
  void Add(int64_t lane, T value) {
    low[lane] = value < low[lane] ? value : low[lane];
    high[lane] = value > high[lane] ? value : high[lane];
    if constexpr (std::is_floating_point_v<T>) nans[lane] += value != value;
  }
  MinMax<T> Finish() const {
    MinMax<T> out;
    for (int64_t lane = 0; lane < kLanes<T>; ++lane) {
      out.low = low[lane] < out.low ? low[lane] : out.low;
      out.high = high[lane] > out.high ? high[lane] : out.high;
      out.num_nans += nans[lane];
    }
    return out;
  }
};

template <typename T>
MinMax<T> FindMinMaxOfAll(const uint8_t* values, int64_t count) {
  Lanes<T> lanes;
  int64_t at = 0;
  for (; at + kLanes<T> <= count; at += kLanes<T>) {
    for (int64_t lane = 0; lane < kLanes<T>; ++lane) lanes.Add(lane, Load<T>(values, at + lane));
  }
  for (; at < count; ++at) lanes.Add(0, Load<T>(values, at));
  return lanes.Finish();
}

template <typename T>
MinMax<T> FindMinMaxOfValid(const uint8_t* values, int64_t count, const uint16_t* nulls) {
  // A lane's own minimum stands for a null, and changes nothing; so does its maximum.
  MinMax<T> out;
  T low[kLanes<T>];
  T high[kLanes<T>];
  for (int64_t lane = 0; lane < kLanes<T>; ++lane) {
    low[lane] = out.low;
    high[lane] = out.high;
  }
  int64_t at = 0;
  for (; at + kLanes<T> <= count; at += kLanes<T>) {
    for (int64_t lane = 0; lane < kLanes<T>; ++lane) {
      const T value = Load<T>(values, at + lane);
      const bool valid = nulls[at + lane] == 0;
      low[lane] = valid & (value < low[lane]) ? value : low[lane];
      high[lane] = valid & (value > high[lane]) ? value : high[lane];
      if constexpr (std::is_floating_point_v<T>) out.num_nans += valid & (value != value);
    }
  }
  for (; at < count; ++at) {
    const T value = Load<T>(values, at);
    const bool valid = nulls[at] == 0;
    low[0] = valid & (value < low[0]) ? value : low[0];
    high[0] = valid & (value > high[0]) ? value : high[0];
    if constexpr (std::is_floating_point_v<T>) out.num_nans += valid & (value != value);
  }
  for (int64_t lane = 0; lane < kLanes<T>; ++lane) {
    out.low = low[lane] < out.low ? low[lane] : out.low;
    out.high = high[lane] > out.high ? high[lane] : out.high;
  }
  return out;
}

}  // namespace

template <typename T>
MinMax<T> FindMinMax(const uint8_t* values, int64_t count, const uint16_t* nulls) {
  return nulls == nullptr ? FindMinMaxOfAll<T>(values, count)
                          : FindMinMaxOfValid<T>(values, count, nulls);
}

template MinMax<int8_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<uint8_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<int16_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<uint16_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<int32_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<uint32_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<int64_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<uint64_t> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<float> FindMinMax(const uint8_t*, int64_t, const uint16_t*);
template MinMax<double> FindMinMax(const uint8_t*, int64_t, const uint16_t*);

}  // namespace lance::encoding::kernel
