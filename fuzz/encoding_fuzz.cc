// Trees of encodings: what parses must print, serialize and parse again.
#include <cstdlib>

#include "lance/encoding/codec.h"
#include "lance/encoding/testing/sample_values.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace encoding = lance::encoding;
  const auto node = encoding::ParseEncoding({data, size});
  if (!node.ok()) return 0;
  (void)encoding::ToString(*node);
  if (const auto wire = encoding::SerializeEncoding(*node); wire.ok()) {
    if (!encoding::ParseEncoding(lance::AsBytes(*wire)).ok()) std::abort();
  }
  for (const auto& type : encoding::testing::SampleTypes()) {
    (void)encoding::OpenMiniBlock(*node, type, encoding::kVersion22);
    (void)encoding::OpenPerValue(*node, type, encoding::kVersion22);
    (void)encoding::OpenBlock(*node, type, encoding::kVersion22);
  }
  return 0;
}
