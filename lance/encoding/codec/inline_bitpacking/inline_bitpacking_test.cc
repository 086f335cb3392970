#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::inline_bitpacking {
namespace {

TEST(InlineBitpackingCodec, DecodesWhatTheOfficialWriterWrote) {
  testing::ExpectGoldenDecodes("inline_bitpacking");
}

TEST(InlineBitpackingCodec, WritesWhatTheOfficialWriterWrites) {
  testing::ExpectGoldenEncodes("inline_bitpacking", 2);
}

}  // namespace
}  // namespace lance::encoding::inline_bitpacking
