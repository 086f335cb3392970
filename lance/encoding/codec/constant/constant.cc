#include "lance/encoding/codec/constant/constant.h"

namespace lance::encoding::constant {

constinit const Codec kCodec = {.name = "constant", .tag = kConstant};

}  // namespace lance::encoding::constant
