// Passes over levels: bounds, counts, validity bits.
#pragma once

#include <cstdint>

namespace lance::encoding::page {

/// Return the largest of `count` levels, 0 when there are none.
uint16_t MaxLevel(const uint16_t* levels, int64_t count);

/// Count the levels that are at most `limit`.
int64_t CountAtMost(const uint16_t* levels, int64_t count, uint16_t limit);

/// Set bit `bit_offset + i` of `bitmap` to levels[i] <= limit and return how many are. Bits from
/// `bit_offset` on may hold anything before; at most 7 bits after the last one are overwritten.
int64_t LevelsToValidity(const uint16_t* levels, int64_t count, uint16_t limit, uint8_t* bitmap,
                         int64_t bit_offset);

/// Set `count` bits from `bit_offset` on to true.
void SetBits(uint8_t* bitmap, int64_t bit_offset, int64_t count);

}  // namespace lance::encoding::page
