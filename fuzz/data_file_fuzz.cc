// Data files: footer, descriptor, column metadata, pages and every codec behind them.
#include "fuzz/read_all.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)lance::fuzz::ReadDataFile({data, size});
  return 0;
}
