#include "lance/encoding/page/levels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lance::encoding::page {
namespace {

// Bits of 8 levels, 1 = zero.
uint8_t ZeroBits8(const uint16_t* levels) {
#ifdef __SSE2__
  const __m128i zero = _mm_setzero_si128();
  const __m128i same =
      _mm_cmpeq_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(levels)), zero);
  return static_cast<uint8_t>(_mm_movemask_epi8(_mm_packs_epi16(same, zero)));
#else
  uint8_t bits = 0;
  for (int i = 0; i < 8; ++i) bits |= static_cast<uint8_t>((levels[i] == 0) << i);
  return bits;
#endif
}

// Bits of fewer than 8 levels.
uint8_t ZeroBitsFew(const uint16_t* levels, int64_t count) {
  uint8_t bits = 0;
  for (int64_t i = 0; i < count; ++i) bits |= static_cast<uint8_t>((levels[i] == 0) << i);
  return bits;
}

}  // namespace

uint16_t OrLevels(const uint16_t* levels, int64_t count) {
  uint16_t all = 0;
  for (int64_t i = 0; i < count; ++i) all |= levels[i];
  return all;
}

int64_t LevelsToValidity(const uint16_t* levels, int64_t count, uint8_t* bitmap,
                         int64_t bit_offset) {
  int64_t num_zero = 0;
  uint8_t* out = bitmap + bit_offset / 8;
  if (const int used = static_cast<int>(bit_offset % 8); used != 0 && count > 0) {
    const int64_t head = std::min<int64_t>(8 - used, count);
    const uint8_t bits = ZeroBitsFew(levels, head);
    *out = static_cast<uint8_t>((*out & ((1 << used) - 1)) | bits << used);
    num_zero += std::popcount(bits);
    ++out;
    levels += head;
    count -= head;
  }
  for (; count >= 8; count -= 8, levels += 8) {
    *out = ZeroBits8(levels);
    num_zero += std::popcount(*out++);
  }
  if (count > 0) {
    *out = ZeroBitsFew(levels, count);
    num_zero += std::popcount(*out);
  }
  return num_zero;
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
