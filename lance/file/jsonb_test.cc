#include "lance/file/jsonb.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "lance/base/testing/matchers.h"

namespace lance::file {
namespace {

using ::lance::testing::IsError;
using ::lance::testing::IsOk;

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
  return out;
}

std::string FromHexText(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits.push_back(c);
  }
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return out;
}

std::string Encoded(std::string_view text) {
  std::string out;
  const Status status = AppendJsonb(text, &out);
  return status.ok() ? Hex(out) : status.ToString();
}

std::string Decoded(std::string_view hex) {
  const std::string bytes = FromHexText(hex);
  std::string out;
  const Status status = AppendJsonText(AsBytes(bytes), &out);
  return status.ok() ? out : status.ToString();
}

// Texts, their bytes and what is read again, all of the official writer 14.0.2.
TEST(Jsonb, GivesTheBytesOfTheOfficialWriter) {
  const std::vector<std::vector<std::string>> cases = {
      {"1", "20000000200000025001", "1"},
      {"-0", "200000002000000100", "0"},
      {"-0.0", "2000000020000009608000000000000000", "-0.0"},
      {"128", "20000000200000025080", "128"},
      {"256", "2000000020000003500100", "256"},
      {"-128", "20000000200000024080", "-128"},
      {"-129", "200000002000000340ff7f", "-129"},
      {"-2147483649", "200000002000000940ffffffff7fffffff", "-2147483649"},
      {"9223372036854775808", "2000000020000009508000000000000000", "9223372036854775808"},
      {"18446744073709551616", "20000000200000096043f0000000000000", "1.8446744073709552e+19"},
      {"1e15", "200000002000000960430c6bf526340000", "1000000000000000.0"},
      {"1e16", "2000000020000009604341c37937e08000", "1e+16"},
      {"0.00001", "2000000020000009603ee4f8b588e368f1", "0.00001"},
      {"0.000001", "2000000020000009603eb0c6f7a0b5ed8d", "1e-6"},
      {"1E400", "200000002000000120", "null"},
      {"-1E400", "200000002000000130", "null"},
      {"1e-400", "2000000020000009600000000000000000", "0.0"},
      {"100e-2", "2000000020000009603ff0000000000000", "1.0"},
      {"{\"b\":1,\"a\":2}", "4000000210000001100000012000000220000002616250025001",
       "{\"a\":2,\"b\":1}"},
      {"[1, 2 ,3]", "80000003200000022000000220000002500150025003", "[1,2,3]"},
      {"[{},[],[[]]]",
       "80000003500000045000000450"
       "00000c4000000080000000800000015000000480000000",
       "[{},[],[[]]]"},
      {"\"\\u0000\\u001f\"", "2000000010000002001f", "\"\\u0000\\u001f\""},
      {"\"\\ud83d\\ude00\"", "2000000010000004f09f9880", "\"\xF0\x9F\x98\x80\""},
      {"\"\\ud800x\"", "20000000100000075c756438303078", "\"\\\\ud800x\""},
      {"\"\\ud800\\u0041\"", "200000001000000c5c75643830305c7530303431", "\"\\\\ud800\\\\u0041\""},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(Encoded(one[0]), one[1]) << one[0];
    EXPECT_EQ(Decoded(one[1]), one[2]) << one[0];
  }
}

TEST(Jsonb, ReadsDecimals) {
  EXPECT_EQ(Decoded("20000000 2000000a 70 000000000000007b 02"), "1.23");
  EXPECT_EQ(Decoded("20000000 20000012 70 ffffffffffffffffffffffffffffff85 02"), "-1.23");
}

TEST(Jsonb, RefusesBadText) {
  std::string out = "kept";
  for (const std::string text :
       {"", "{a:1}", "[1,]", "{\"a\":1,}", "01", "1 2", "[1", "'a'", "+1", ".5", "5.", "nul", "1e",
        "\"\x01\"", "\"\\x41\"", "\"\\u12g4\"", "\"open", "{\"a\":1,\"a\":2}", "\xff"}) {
    EXPECT_THAT(AppendJsonb(text, &out), IsError(ErrorCode::InvalidInput)) << text;
    EXPECT_EQ(out, "kept");
  }
}

TEST(Jsonb, BoundsNesting) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  std::string jsonb;
  ASSERT_THAT(AppendJsonb(nested(kDeepestJson), &jsonb), IsOk());
  std::string text;
  ASSERT_THAT(AppendJsonText(AsBytes(jsonb), &text), IsOk());
  EXPECT_EQ(text, nested(kDeepestJson));
  EXPECT_THAT(AppendJsonb(nested(kDeepestJson + 1), &jsonb), IsError(ErrorCode::InvalidInput));

  // A hostile file may nest as deep as it likes: each level is [header 1 element][container entry].
  std::string deep = FromHexText("80000000");
  for (int i = 0; i < 5000; ++i) {
    const auto length = static_cast<uint32_t>(deep.size());
    std::string level = FromHexText("80000001");
    for (const int shift : {24, 16, 8, 0}) {
      level.push_back(static_cast<char>((0x50000000U | length) >> shift));
    }
    deep = level + deep;
  }
  EXPECT_THAT(AppendJsonText(AsBytes(deep), &text), IsError(ErrorCode::Corruption));
}

TEST(Jsonb, ChecksEveryLength) {
  for (const std::string hex :
       {"", "2000", "20000000", "00000000 20000000", "20000001 20000000", "20000000 20000002 50",
        "20000000 20000002 5001 00", "20000000 20000003 500102 ff", "20000000 20000004 50010203",
        "20000000 20000002 6000", "20000000 20000001 ff", "20000000 70000000",
        "20000000 10000001 ff", "20000000 00000001 00", "9fffffff", "80000002 00000000",
        "40000001 20000000 00000000", "40000001 10000004 00000000 61",
        "80000001 50000004 20000000"}) {
    const std::string bytes = FromHexText(hex);
    std::string out;
    EXPECT_THAT(AppendJsonText(AsBytes(bytes), &out), IsError(ErrorCode::Corruption)) << hex;
  }
}

TEST(Jsonb, ConvertsColumnsWithNulls) {
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.AppendValues({"[1]", "x", "{}"}, std::vector<uint8_t>{1, 0, 1}.data()).ok());
  const std::shared_ptr<arrow::Array> texts = *builder.Finish();
  const auto stored = JsonBinaries(*texts, arrow::default_memory_pool());
  ASSERT_THAT(stored, IsOk());
  const auto again = JsonTexts(**stored, arrow::utf8(), arrow::default_memory_pool());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ((*again)->ToString(), texts->ToString());
}

}  // namespace
}  // namespace lance::file
