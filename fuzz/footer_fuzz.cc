// Footers and their tables. The footer stands first in the input, so that what a mutation inserts
// behind it leaves it alone:
//
//   [footer: 40 bytes][all that comes before the footer]
#include <string>

#include "fuzz/read_all.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kFooterBytes = 40;
  if (size < kFooterBytes) return 0;
  const lance::Bytes bytes(data, size);
  std::string file(lance::AsText(bytes.subspan(kFooterBytes)));
  file += lance::AsText(bytes.first(kFooterBytes));
  (void)lance::fuzz::ReadDataFile(lance::AsBytes(file));
  return 0;
}
