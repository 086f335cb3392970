#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::out_of_line_bitpacking {
namespace {

TEST(OutOfLineBitpackingCodec, DecodesWhatTheOfficialWriterWrote) {
  testing::ExpectGoldenDecodes("out_of_line_bitpacking");
}

TEST(OutOfLineBitpackingCodec, WritesWhatTheOfficialWriterWrites) {
  testing::ExpectGoldenEncodes("out_of_line_bitpacking", 1);
}

}  // namespace
}  // namespace lance::encoding::out_of_line_bitpacking
