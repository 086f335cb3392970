#include "lance/encoding/page/levels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE4_1__
#include <smmintrin.h>
#endif

namespace lance::encoding::page {
namespace {

// Bits of fewer than 8 levels, 1 = at most `limit`.
uint8_t LevelBitsFew(const uint16_t* levels, int64_t count, uint16_t limit) {
  uint8_t bits = 0;
  for (int64_t i = 0; i < count; ++i) bits |= static_cast<uint8_t>((levels[i] <= limit) << i);
  return bits;
}

// Bits of 8 levels.
uint8_t LevelBits8(const uint16_t* levels, uint16_t limit) {
#ifdef __SSE4_1__
  const __m128i zero = _mm_setzero_si128();
  const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(levels));
  const __m128i above = _mm_subs_epu16(values, _mm_set1_epi16(static_cast<int16_t>(limit)));
  const __m128i fits = _mm_cmpeq_epi16(above, zero);
  return static_cast<uint8_t>(_mm_movemask_epi8(_mm_packs_epi16(fits, zero)));
#else
  return LevelBitsFew(levels, 8, limit);
#endif
}

}  // namespace

uint16_t MaxLevel(const uint16_t* levels, int64_t count) {
  uint16_t largest = 0;
  int64_t i = 0;
#ifdef __SSE4_1__
  __m128i all = _mm_setzero_si128();
  for (; i + 8 <= count; i += 8) {
    all = _mm_max_epu16(all, _mm_loadu_si128(reinterpret_cast<const __m128i*>(levels + i)));
  }
  alignas(16) uint16_t lanes[8];
  _mm_store_si128(reinterpret_cast<__m128i*>(lanes), all);
  largest = *std::max_element(lanes, lanes + 8);
#endif
  for (; i < count; ++i) largest = std::max(largest, levels[i]);
  return largest;
}

int64_t CountAtMost(const uint16_t* levels, int64_t count, uint16_t limit) {
  int64_t out = 0;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) out += std::popcount(LevelBits8(levels + i, limit));
  for (; i < count; ++i) out += levels[i] <= limit;
  return out;
}

int64_t LevelsToValidity(const uint16_t* levels, int64_t count, uint16_t limit, uint8_t* bitmap,
                         int64_t bit_offset) {
  int64_t num_set = 0;
  uint8_t* out = bitmap + bit_offset / 8;
  if (const int used = static_cast<int>(bit_offset % 8); used != 0 && count > 0) {
    const int64_t head = std::min<int64_t>(8 - used, count);
    const uint8_t bits = LevelBitsFew(levels, head, limit);
    *out = static_cast<uint8_t>((*out & ((1 << used) - 1)) | bits << used);
    num_set += std::popcount(bits);
    ++out;
    levels += head;
    count -= head;
  }
  for (; count >= 8; count -= 8, levels += 8) {
    *out = LevelBits8(levels, limit);
    num_set += std::popcount(*out++);
  }
  if (count > 0) {
    *out = LevelBitsFew(levels, count, limit);
    num_set += std::popcount(*out);
  }
  return num_set;
}

void SetBits(uint8_t* bitmap, int64_t bit_offset, int64_t count) {
  uint8_t* out = bitmap + bit_offset / 8;
  if (const int used = static_cast<int>(bit_offset % 8); used != 0 && count > 0) {
    *out = static_cast<uint8_t>((*out & ((1 << used) - 1)) | 0xFF << used);
    ++out;
    count -= std::min<int64_t>(8 - used, count);
  }
  std::memset(out, 0xFF, static_cast<size_t>((count + 7) / 8));
}

}  // namespace lance::encoding::page
