// Runs of equal bit patterns.
//
// Mini-block:  buffer 0 = [run value: T bits]..., buffer 1 = [run length: u8, 1..255]...
// Block (2.2): [bytes of the run values: u64][run values][run lengths]
// Source: Lance file format 2.1, Rle. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::rle {

extern const Codec kCodec;

}  // namespace lance::encoding::rle
