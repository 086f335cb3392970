// Definition levels as validity bits.
#pragma once

#include <cstdint>

namespace lance::encoding::page {

/// Return the bitwise or of `count` levels: 0 when all are zero.
uint16_t OrLevels(const uint16_t* levels, int64_t count);

/// Set bit `bit_offset + i` of `bitmap` to levels[i] == 0 and return the number of zeros. Bits from
/// `bit_offset` on may hold anything before; at most 7 bits after the last one are overwritten.
int64_t LevelsToValidity(const uint16_t* levels, int64_t count, uint8_t* bitmap,
                         int64_t bit_offset);

/// Set `count` bits from `bit_offset` on to true.
void SetBits(uint8_t* bitmap, int64_t bit_offset, int64_t count);

}  // namespace lance::encoding::page
