#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::general {
namespace {

TEST(GeneralCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("general"); }

}  // namespace
}  // namespace lance::encoding::general
