#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::constant {
namespace {

TEST(ConstantCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("constant"); }

}  // namespace
}  // namespace lance::encoding::constant
