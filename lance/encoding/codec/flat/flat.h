// Values as they are: n values of `bits` bits, little-endian, booleans packed LSB first.
//
// Bytes:   [value 0][value 1]...  exactly ceil(n * bits / 8) bytes
// Source:  Lance file format 2.1, Flat. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::flat {

extern const Codec kCodec;

/// Corruption unless `bytes` has the size of `num_values` values of `bits` bits.
Status CheckPlainSize(Bytes bytes, int64_t num_values, uint64_t bits);
/// Append the values of `range` of plain values whose size was checked.
Status AppendPlainRange(Bytes bytes, uint64_t bits, RowRange range, ValueBuilder* out);

}  // namespace lance::encoding::flat
