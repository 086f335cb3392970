#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::flat {
namespace {

TEST(FlatCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("flat"); }

TEST(FlatCodec, WritesWhatTheOfficialWriterWrites) { testing::ExpectGoldenEncodes("flat", 3); }

}  // namespace
}  // namespace lance::encoding::flat
