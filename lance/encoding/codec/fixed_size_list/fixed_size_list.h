// Fixed-size lists of primitives: one wide value per list, and validity of the items beside it.
//
// Mini-block:  buffers [validity bits of layer 0]...[item values]; only layers that have validity,
//              outermost first; bits and values are contiguous over the chunk
// Per value:   [ceil(bits / 8) validity bytes per such layer]...[item bytes]; no items when the
//              inner encoding is Constant (all items null)
// Source: Lance file format 2.1, FixedSizeList. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::fixed_size_list {

extern const Codec kCodec;

}  // namespace lance::encoding::fixed_size_list
