#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::byte_stream_split {
namespace {

TEST(ByteStreamSplitCodec, DecodesWhatTheOfficialWriterWrote) {
  testing::ExpectGoldenDecodes("byte_stream_split");
}

}  // namespace
}  // namespace lance::encoding::byte_stream_split
