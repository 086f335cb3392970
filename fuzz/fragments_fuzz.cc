// What distributed tasks send to the committer.
#include "lance/dataset/write.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (auto parsed = lance::ParseFragments({data, size}); parsed.ok()) {
    (void)lance::SerializeFragments(*parsed);
  }
  return 0;
}
