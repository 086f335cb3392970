#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::packed_struct {
namespace {

TEST(PackedStructCodec, DecodesWhatTheOfficialWriterWrote) {
  testing::ExpectGoldenDecodes("packed_struct");
}

}  // namespace
}  // namespace lance::encoding::packed_struct
