// Structs of fixed-width children, row by row: the children's bytes back to back.
//
// Bytes:   [child 0][child 1]... per row; inner encoding Flat(sum of the children's bits)
// Source:  Lance file format 2.1, PackedStruct. The result is one stream of fixed values of `sum`
// bits; who knows the children cuts it up. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::packed_struct {

extern const Codec kCodec;

}  // namespace lance::encoding::packed_struct
