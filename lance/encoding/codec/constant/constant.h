// All items null: occurs only as the innermost encoding of a fixed-size list in per-value context,
// where the list's own codec reads it. By itself it is refused everywhere.
// Source: Lance file format 2.1, Constant.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::constant {

extern const Codec kCodec;

}  // namespace lance::encoding::constant
