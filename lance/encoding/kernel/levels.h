// Passes over definition levels, many at once.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>

namespace lance::encoding::kernel {

/// Give `code` to each of `count` levels that is 0 where `validity` (from bit `bit_offset` on) says
/// null; returns how many got it.
int64_t MarkNullLevels(const uint8_t* validity, int64_t bit_offset, int64_t count, uint16_t code,
                       uint16_t* levels);

/// Count the levels from 1 to `highest`.
int64_t CountLevels(const uint16_t* levels, int64_t count, uint16_t highest);

/// Set the values of `width` bytes (1, 2, 4, 8 or any other) whose level is not 0 to zero bytes.
void ClearNulls(const uint16_t* levels, int64_t count, uint64_t width, uint8_t* values);

/// All bits that occur, and the number of runs of equal levels, cut at 255.
struct LevelFacts {
  uint16_t bits = 0;
  int64_t num_runs = 0;
};
LevelFacts LookAtLevels(const uint16_t* levels, int64_t count);

}  // namespace lance::encoding::kernel
