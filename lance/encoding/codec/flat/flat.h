// Values as they are: n values of `bits` bits, little-endian, booleans packed LSB first.
//
// Bytes:   [value 0][value 1]...  exactly ceil(n * bits / 8) bytes
// Source:  Lance file format 2.1, Flat. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::flat {

extern const Codec kCodec;

/// Append `num_values` values of `bits` bits; Corruption when `bytes` has another size.
Status AppendPlain(Bytes bytes, int64_t num_values, uint64_t bits, ValueBuilder* out);

}  // namespace lance::encoding::flat
