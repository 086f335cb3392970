// Integers of one width for a whole buffer; the width stands in the encoding.
//
// Bytes:   per full 1024 values 1024 * W / T words of T bits in FastLanes order; then the rest:
//          either one more packed block (padded with zeros) or raw T-bit words. The size tells.
// Source:  Lance file format 2.1, OutOfLineBitpacking(T, Flat(W)). Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::out_of_line_bitpacking {

extern const Codec kCodec;

}  // namespace lance::encoding::out_of_line_bitpacking
