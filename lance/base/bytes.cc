#include "lance/base/bytes.h"

namespace lance {

Status ByteCursor::TooShort(uint64_t wanted) const {
  return Corruption(what_, ": ", wanted, " bytes wanted at offset ", position_, ", but only ",
                    remaining(), " are left");
}

}  // namespace lance
