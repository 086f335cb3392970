// Reads portable 32-bit roaring bitmaps.
//
//   no runs:  [cookie 12346:u32][n:u32]
//   runs:     [cookie 12347:u16][n - 1:u16][run flags: ceil(n / 8) bytes, LSB first]
//   then      [key:u16, cardinality - 1:u16] x n, [offset:u32] x n (with runs only when n >= 4),
//             containers: sorted u16 values (at most 4096), 8 KiB of bits, or
//             [num_runs:u16][start:u16, length - 1:u16] x num_runs
// Source: Roaring format specification. The installed CRoaring does not check what it reads.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/base/bytes.h"

namespace lance::table {

/// Values of the bitmap, ascending, all below `limit`; Corruption otherwise.
Result<std::vector<uint32_t>> ReadDeletionBitmap(Bytes bytes, uint64_t limit);

}  // namespace lance::table
