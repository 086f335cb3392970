// All items null: occurs only as the innermost encoding of a fixed-size list in per-value context,
// where the list's own codec reads it. By itself it is refused everywhere.
// Source: Lance file format 2.1, Constant.
#include "lance/encoding/codec.h"

namespace lance::encoding::constant {

extern const Codec kCodec;
constinit const Codec kCodec = {.name = "constant", .tag = kConstant};

}  // namespace lance::encoding::constant
