// Integers in blocks of up to 1024 with the width in front.
//
// Bytes:   [width W: T bits][words: 1024 * W / T of T bits, FastLanes order]   per chunk
// Source:  Lance file format 2.1, InlineBitpacking(T), T in {8, 16, 32, 64}. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::inline_bitpacking {

extern const Codec kCodec;

}  // namespace lance::encoding::inline_bitpacking
