// Words cut into one stream per byte, so that general compression sees bytes that are alike.
//
// Bytes:   [byte 0 of all values][byte 1 of all values]...  per chunk
// Source:  Lance file format 2.1, ByteStreamSplit, values Flat(32) or Flat(64).
// Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::byte_stream_split {

extern const Codec kCodec;

}  // namespace lance::encoding::byte_stream_split
