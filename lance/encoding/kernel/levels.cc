#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")  // at O2 loops are hardly ever turned into vector code
#endif
#include "lance/encoding/kernel/levels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace lance::encoding::kernel {
namespace {

constexpr int64_t kLongestRun = 255;

// Levels of eight slots whose validity is a byte: all bits set for a null.
struct Eight {
  std::array<uint16_t, 8> levels;
};
constexpr std::array<Eight, 256> SpreadNulls() {
  std::array<Eight, 256> out{};
  for (size_t byte = 0; byte < 256; ++byte) {
    for (size_t i = 0; i < 8; ++i) out[byte].levels[i] = (byte >> i & 1) != 0 ? 0 : 0xFFFF;
  }
  return out;
}
constexpr std::array<Eight, 256> kSpreadNulls = SpreadNulls();

template <typename T>
void ClearNumbers(const uint16_t* levels, int64_t count, uint8_t* values) {
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, values + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    value = levels[i] == 0 ? value : 0;
    std::memcpy(values + i * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
  }
}

// Bit i: level i differs from the next one, for 64 levels.
uint64_t FindChanges(const uint16_t* levels) {
  uint8_t changes[64];
  for (int i = 0; i < 64; ++i) changes[i] = levels[i] != levels[i + 1];
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) {
    uint64_t eight;
    std::memcpy(&eight, changes + i * 8, 8);
    // Each byte's lowest bit is moved by one of the multiplier's bits to the top byte.
    out |= ((eight * 0x0102040810204080ULL) >> 56) << (i * 8);
  }
  return out;
}

}  // namespace

int64_t MarkNullLevels(const uint8_t* validity, int64_t bit_offset, int64_t count, uint16_t code,
                       uint16_t* levels) {
  int64_t marked = 0;
  const auto mark_one = [&](int64_t i) {
    const int64_t bit = bit_offset + i;
    const bool wanted = (validity[bit / 8] >> (bit % 8) & 1) == 0 && levels[i] == 0;
    if (wanted) levels[i] = code;
    marked += wanted;
  };
  int64_t at = 0;
  for (; at < count && (bit_offset + at) % 8 != 0; ++at) mark_one(at);
  for (; at + 8 <= count; at += 8) {
    const uint8_t byte = validity[(bit_offset + at) / 8];
    if (byte == 0xFF) continue;
    uint16_t eight[8];
    std::memcpy(eight, levels + at, sizeof(eight));
    const Eight& nulls = kSpreadNulls[byte];
    uint16_t found = 0;
    for (int i = 0; i < 8; ++i) {
      const auto wanted =
          static_cast<uint16_t>(nulls.levels[i] & (eight[i] == 0 ? uint16_t{0xFFFF} : uint16_t{0}));
      eight[i] = static_cast<uint16_t>(eight[i] | (wanted & code));
      found = static_cast<uint16_t>(found + (wanted & 1));
    }
    marked += found;
    std::memcpy(levels + at, eight, sizeof(eight));
  }
  for (; at < count; ++at) mark_one(at);
  return marked;
}

int64_t CountLevels(const uint16_t* levels, int64_t count, uint16_t highest) {
  int64_t out = 0;
  for (int64_t begin = 0; begin < count;) {
    // Counters of 16 bits, as wide as the levels, cannot overflow before that.
    const int64_t end = std::min<int64_t>(begin + (1 << 15), count);
    uint16_t part = 0;
    for (int64_t i = begin; i < end; ++i) {
      part = static_cast<uint16_t>(part + (levels[i] != 0 && levels[i] <= highest ? 1 : 0));
    }
    out += part;
    begin = end;
  }
  return out;
}

void ClearNulls(const uint16_t* levels, int64_t count, uint64_t width, uint8_t* values) {
  switch (width) {
    case 1:
      return ClearNumbers<uint8_t>(levels, count, values);
    case 2:
      return ClearNumbers<uint16_t>(levels, count, values);
    case 4:
      return ClearNumbers<uint32_t>(levels, count, values);
    case 8:
      return ClearNumbers<uint64_t>(levels, count, values);
    default:
      for (int64_t i = 0; i < count; ++i) {
        if (levels[i] != 0) std::memset(values + static_cast<uint64_t>(i) * width, 0, width);
      }
  }
}

LevelFacts LookAtLevels(const uint16_t* levels, int64_t count) {
  LevelFacts out;
  for (int64_t i = 0; i < count; ++i) out.bits |= levels[i];
  int64_t run_begin = 0;
  const auto end_run = [&](int64_t end) {
    out.num_runs += (end - run_begin + kLongestRun - 1) / kLongestRun;
    run_begin = end;
  };
  int64_t at = 0;
  for (; at + 64 < count; at += 64) {
    for (uint64_t changes = FindChanges(levels + at); changes != 0; changes &= changes - 1) {
      end_run(at + std::countr_zero(changes) + 1);
    }
  }
  for (; at + 1 < count; ++at) {
    if (levels[at] != levels[at + 1]) end_run(at + 1);
  }
  if (count > 0) end_run(count);
  return out;
}

}  // namespace lance::encoding::kernel
