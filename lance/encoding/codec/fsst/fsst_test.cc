#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::fsst {
namespace {

TEST(FsstCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("fsst"); }

}  // namespace
}  // namespace lance::encoding::fsst
