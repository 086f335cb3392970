#include "lance/base/bytes.h"

#include <arrow/util/utf8.h>

namespace lance {

Status ByteCursor::TooShort(uint64_t wanted) const {
  return Corruption(what_, ": ", wanted, " bytes wanted at offset ", position_, ", but only ",
                    remaining(), " are left");
}

bool IsUtf8(std::string_view text) {
  [[maybe_unused]] static const bool ready = [] {
    arrow::util::InitializeUTF8();
    return true;
  }();
  return arrow::util::ValidateUTF8(text);
}

}  // namespace lance
