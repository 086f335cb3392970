#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::fixed_size_list {
namespace {

TEST(FixedSizeListCodec, DecodesWhatTheOfficialWriterWrote) {
  testing::ExpectGoldenDecodes("fixed_size_list");
}

TEST(FixedSizeListCodec, WritesWhatTheOfficialWriterWrites) {
  testing::ExpectGoldenEncodes("fixed_size_list", 2);
}

}  // namespace
}  // namespace lance::encoding::fixed_size_list
