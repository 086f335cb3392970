// Transactions.
#include "lance/table/commit.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)lance::table::ParseTransaction({data, size});
  return 0;
}
