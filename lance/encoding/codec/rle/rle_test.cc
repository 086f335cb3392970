#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::rle {
namespace {

TEST(RleCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("rle"); }

TEST(RleCodec, WritesWhatTheOfficialWriterWrites) { testing::ExpectGoldenEncodes("rle", 2); }

}  // namespace
}  // namespace lance::encoding::rle
