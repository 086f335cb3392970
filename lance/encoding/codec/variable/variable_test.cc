#include <gtest/gtest.h>

#include "lance/encoding/testing/golden.h"

namespace lance::encoding::variable {
namespace {

TEST(VariableCodec, DecodesWhatTheOfficialWriterWrote) { testing::ExpectGoldenDecodes("variable"); }

TEST(VariableCodec, WritesWhatTheOfficialWriterWrites) {
  testing::ExpectGoldenEncodes("variable", 4);
}

}  // namespace
}  // namespace lance::encoding::variable
