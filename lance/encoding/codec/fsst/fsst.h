// Strings compressed with a table of frequent symbols.
//
// Bytes:   as Variable, but each value is a run of codes (see symbol_table.h); one table per page,
//          in the encoding. Source: Lance file format 2.1, Fsst. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::fsst {

extern const Codec kCodec;

}  // namespace lance::encoding::fsst
