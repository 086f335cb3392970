// Bytes that the official writer 14.0.2 wrote, codec by codec.
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "arrow/buffer.h"
#include "lance/base/testing/matchers.h"
#include "lance/encoding/codec.h"

namespace lance::encoding {
namespace {

using lance::testing::IsError;
using lance::testing::IsOk;

std::vector<uint8_t> FromHex(std::string_view text) {
  std::vector<uint8_t> out;
  std::string digits;
  for (char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out.push_back(static_cast<uint8_t>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return out;
}

EncodingNode Node(uint32_t tag, uint64_t bits, std::vector<EncodingNode> children = {}) {
  EncodingNode node;
  node.tag = tag;
  node.bits = bits;
  node.children = std::move(children);
  return node;
}
EncodingNode FlatOf(uint64_t bits) { return Node(kFlat, bits); }
EncodingNode VariableOf32() { return Node(kVariable, 0, {FlatOf(32)}); }

// Decode one chunk and return the builder; fails the test on error.
ValueBuilder DecodeChunk(const EncodingNode& node, const ValueType& type,
                         const std::vector<std::string_view>& hex, int64_t count) {
  std::vector<std::vector<uint8_t>> owned;
  for (std::string_view text : hex) owned.push_back(FromHex(text));
  std::vector<Bytes> buffers(owned.begin(), owned.end());
  ValueBuilder out(type, nullptr);
  const auto decoder = OpenMiniBlock(node, type, kVersion21);
  EXPECT_THAT(decoder, IsOk());
  if (decoder.ok()) {
    EXPECT_THAT((*decoder)->Decode(buffers, count, &out), IsOk());
  }
  return out;
}

template <typename T>
std::vector<T> Fixed(const ValueBuilder& builder) {
  const ValueView view = builder.View();
  std::vector<T> out(view.data.size() / sizeof(T));
  std::memcpy(out.data(), view.data.data(), out.size() * sizeof(T));
  return out;
}

std::vector<std::string> Texts(const ValueBuilder& builder) {
  const ValueView view = builder.View();
  std::vector<std::string> out;
  for (int64_t i = 0; i < view.num_values; ++i) {
    const auto begin = static_cast<size_t>(view.offset(i));
    out.emplace_back(AsText(view.data.subspan(begin, view.offset(i + 1) - begin)));
  }
  return out;
}

TEST(CodecGolden, FlatIntegers) {
  const auto out = DecodeChunk(FlatOf(32), ValueType::Fixed(32), {"0a000000 ecffffff 1e000000"}, 3);
  EXPECT_EQ(Fixed<int32_t>(out), (std::vector<int32_t>{10, -20, 30}));
}

TEST(CodecGolden, FlatBooleans) {
  const auto out = DecodeChunk(FlatOf(1), ValueType::Fixed(1), {"09"}, 4);
  EXPECT_EQ(out.View().data[0] & 0xf, 0x9);
}

TEST(CodecGolden, VariableChunk) {
  const auto out =
      DecodeChunk(VariableOf32(), ValueType::Variable(32),
                  {"14000000 16000000 16000000 16000000 19000000 61 62 78 79 7a 48 48 48"}, 4);
  EXPECT_EQ(Texts(out), (std::vector<std::string>{"ab", "", "", "xyz"}));
}

TEST(CodecGolden, VariableChunkIsWrittenTheSame) {
  const std::string text = "abxyz";
  const int32_t offsets[] = {0, 2, 2, 2, 5};
  ValueView view;
  view.type = ValueType::Variable(32);
  view.num_values = 4;
  view.data = AsBytes(text);
  view.offsets = offsets;
  const auto codec = FindCodec(kVariable);
  ASSERT_THAT(codec, IsOk());
  const auto page = (*codec)->encode_mini_block(view, {});
  ASSERT_THAT(page, IsOk());
  const Bytes got{page->data[0]->data(), static_cast<size_t>(page->data[0]->size())};
  EXPECT_EQ(std::vector<uint8_t>(got.begin(), got.end()),
            FromHex("14000000 16000000 16000000 16000000 19000000 61 62 78 79 7a 48 48 48"));
}

TEST(CodecGolden, FixedSizeListWithItemValidity) {
  EncodingNode node = Node(kFixedSizeList, 0, {FlatOf(16)});
  node.num_items = 2;
  node.has_validity = true;
  const ValueType type{ValueType::Kind::kFixed, 32, {{2, false}}};
  const auto out = DecodeChunk(node, type, {"0d", "0100 0000 0300 0400 0000 0000"}, 3);
  EXPECT_EQ(Fixed<int16_t>(out), (std::vector<int16_t>{1, 0, 3, 4, 0, 0}));
  ASSERT_TRUE(out.View().type.lists[0].has_validity);
  EXPECT_EQ(out.View().item_validity[0][0] & 0x3f, 0x0d);
}

TEST(CodecGolden, PackedStruct) {
  EncodingNode node = Node(kPackedStruct, 0, {FlatOf(48)});
  node.field_bits = {16, 32};
  const auto out = DecodeChunk(node, ValueType::Fixed(48), {"0100 02000000 0300 04000000"}, 2);
  EXPECT_EQ(Fixed<uint16_t>(out), (std::vector<uint16_t>{1, 2, 0, 3, 4, 0}));
}

TEST(CodecGolden, RunLengths) {
  const EncodingNode node = Node(kRle, 0, {FlatOf(32), FlatOf(8)});
  const auto out =
      DecodeChunk(node, ValueType::Fixed(32), {"05000000 05000000 09000000", "ff 2d 28"}, 340);
  std::vector<int32_t> wanted(300, 5);
  wanted.resize(340, 9);
  EXPECT_EQ(Fixed<int32_t>(out), wanted);
}

TEST(CodecGolden, RunLengthsBlock) {
  const EncodingNode node = Node(kRle, 0, {FlatOf(16), FlatOf(8)});
  const auto decoder = OpenBlock(node, ValueType::Fixed(16), kVersion22);
  ASSERT_THAT(decoder, IsOk());
  const auto bytes = FromHex("0400000000000000 0000 0100 32 96");
  ValueBuilder out(ValueType::Fixed(16), nullptr);
  ASSERT_THAT((*decoder)->Decode(bytes, 200, &out), IsOk());
  std::vector<uint16_t> wanted(50, 0);
  wanted.resize(200, 1);
  EXPECT_EQ(Fixed<uint16_t>(out), wanted);
  EXPECT_THAT((*decoder)->Decode(bytes, 199, &out), IsError(ErrorCode::Corruption));
}

TEST(CodecGolden, VariableBlock) {
  const auto decoder = OpenBlock(VariableOf32(), ValueType::Variable(32), kVersion21);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(ValueType::Variable(32), nullptr);
  const auto bytes = FromHex("20000000 14000000 00000000 02000000 06000000 6161 62626262");
  ASSERT_THAT((*decoder)->Decode(bytes, 2, &out), IsOk());
  EXPECT_EQ(Texts(out), (std::vector<std::string>{"aa", "bbbb"}));
  const auto encoded = (*FindCodec(kVariable))->encode_block(out.View(), {});
  ASSERT_THAT(encoded, IsOk());
  EXPECT_EQ(std::vector<uint8_t>(encoded->data->data(), encoded->data->data() + 26), bytes);
}

TEST(CodecGolden, InlineBitpackingOfBytes) {
  std::vector<uint8_t> bytes = {2};
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<uint8_t>(i % 4 * 0x55));
  const auto decoder = OpenMiniBlock(Node(kInlineBitpacking, 8), ValueType::Fixed(8), kVersion21);
  ASSERT_THAT(decoder, IsOk());
  const Bytes buffer(bytes);
  ValueBuilder out(ValueType::Fixed(8), nullptr);
  ASSERT_THAT((*decoder)->Decode({&buffer, 1}, 1024, &out), IsOk());
  for (int i = 0; i < 1024; ++i) ASSERT_EQ(out.View().data[i], i % 4) << i;
  const auto page = (*FindCodec(kInlineBitpacking))->encode_mini_block(out.View(), {});
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->data[0]->size(), 257);
  EXPECT_EQ(0, std::memcmp(page->data[0]->data(), bytes.data(), bytes.size()));
}

TEST(CodecGolden, OutOfLineBitpackingOfAlternatingLevels) {
  const EncodingNode node = Node(kOutOfLineBitpacking, 16, {FlatOf(1)});
  std::vector<uint16_t> levels(1100);
  for (size_t i = 0; i < levels.size(); ++i) levels[i] = i % 2;
  ValueView view;
  view.type = ValueType::Fixed(16);
  view.num_values = 1100;
  view.data = {reinterpret_cast<const uint8_t*>(levels.data()), levels.size() * 2};
  const auto block = (*FindCodec(kOutOfLineBitpacking))->encode_block(view, {});
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(ToString(block->encoding), "OutOfLineBitpacking(16, Flat(1))");
  // 76 values left over: packing them takes 128 bytes, raw they take 152.
  EXPECT_EQ(block->data->size(), 256);
  const auto decoder = OpenBlock(node, view.type, kVersion21);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(view.type, nullptr);
  const Bytes bytes{block->data->data(), 256};
  ASSERT_THAT((*decoder)->Decode(bytes, 1100, &out), IsOk());
  EXPECT_EQ(Fixed<uint16_t>(out), levels);
}

TEST(CodecGolden, OutOfLineBitpackingWithRawRest) {
  const EncodingNode node = Node(kOutOfLineBitpacking, 16, {FlatOf(1)});
  std::vector<uint8_t> bytes(128, 0xff);
  const auto raw = FromHex("0100 0000 0100");
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  const auto decoder = OpenBlock(node, ValueType::Fixed(16), kVersion21);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(ValueType::Fixed(16), nullptr);
  ASSERT_THAT((*decoder)->Decode(bytes, 1027, &out), IsOk());
  std::vector<uint16_t> wanted(1024, 1);
  wanted.insert(wanted.end(), {1, 0, 1});
  EXPECT_EQ(Fixed<uint16_t>(out), wanted);
}

TEST(CodecGolden, ListValuesByThemselves) {
  EncodingNode node = Node(kFixedSizeList, 0, {FlatOf(16)});
  node.num_items = 2;
  node.has_validity = true;
  const ValueType type{ValueType::Kind::kFixed, 32, {{2, false}}};
  const auto decoder = OpenPerValue(node, type, kVersion21);
  ASSERT_THAT(decoder, IsOk());
  EXPECT_EQ((*decoder)->value_bytes(), 5u);
  ValueBuilder out(type, nullptr);
  ASSERT_THAT((*decoder)->Decode(FromHex("01 0100 0000"), &out), IsOk());
  // Bits behind the last item are arbitrary.
  ASSERT_THAT((*decoder)->Decode(FromHex("0f 0300 0400"), &out), IsOk());
  EXPECT_EQ(Fixed<int16_t>(out), (std::vector<int16_t>{1, 0, 3, 4}));
  EXPECT_EQ(out.View().item_validity[0][0] & 0xf, 0xd);
}

TEST(CodecGolden, PackedRowsOfVariableWidth) {
  EncodingNode node = Node(kVariablePackedStruct, 0, {FlatOf(16), VariableOf32()});
  node.field_bits = {16, 32};
  node.field_is_variable = {false, true};
  const ValueType type = ValueType::Row({ValueType::Fixed(16), ValueType::Variable(32)});
  const auto decoder = OpenPerValue(node, type, kVersion22);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(type, nullptr);
  ASSERT_THAT((*decoder)->Decode(FromHex("0100 01000000 78"), &out), IsOk());
  ASSERT_THAT((*decoder)->Decode(FromHex("0300 02000000 797a"), &out), IsOk());
  EXPECT_EQ(out.num_values(), 2);
  EXPECT_EQ(Fixed<int16_t>(out.field(0)), (std::vector<int16_t>{1, 3}));
  EXPECT_EQ(Texts(out.field(1)), (std::vector<std::string>{"x", "yz"}));
  EXPECT_THAT((*decoder)->Decode(FromHex("0300 ff000000 797a"), &out),
              IsError(ErrorCode::Corruption));
}

TEST(CodecGolden, PackedRowsMustBeThoseOfTheColumn) {
  EncodingNode node = Node(kVariablePackedStruct, 0, {FlatOf(16), VariableOf32()});
  node.field_bits = {16, 32};
  node.field_is_variable = {false, true};
  const ValueType fixed = ValueType::Fixed(16);
  const ValueType text = ValueType::Variable(32);
  for (const ValueType& type : {text, fixed, ValueType::Row({fixed}), ValueType::Row({text, fixed}),
                                ValueType::Row({ValueType::Fixed(32), text})}) {
    EXPECT_THAT(OpenPerValue(node, type, kVersion22), IsError(ErrorCode::Corruption));
  }
  const ValueType row = ValueType::Row({fixed, text});
  EXPECT_THAT(OpenPerValue(VariableOf32(), row, kVersion22), IsError(ErrorCode::Corruption));
  EXPECT_THAT(OpenMiniBlock(VariableOf32(), row, kVersion22), IsError(ErrorCode::Corruption));
}

// A table with the symbols "ab" and "xyz" and text that also escapes.
TEST(CodecGolden, FsstChunk) {
  std::vector<uint8_t> table =
      FromHex("02 00 00 01 54 53 53 46  6162000000000000 78797a0000000000  02 03");
  table.resize(2312, 0);
  EncodingNode node = Node(kFsst, 0, {VariableOf32()});
  node.payload = arrow::Buffer::FromString(std::string(table.begin(), table.end()));
  const auto out = DecodeChunk(node, ValueType::Variable(32),
                               {"0c000000 0e000000 11000000 00 01 01 ff 21 48 48 48"}, 2);
  EXPECT_EQ(Texts(out), (std::vector<std::string>{"abxyz", "xyz!"}));
}

TEST(CodecGolden, FsstRefusesUnknownCodesAndOpenEscapes) {
  std::vector<uint8_t> table = FromHex("01 00 00 01 54 53 53 46  6162000000000000  02");
  table.resize(2312, 0);
  EncodingNode node = Node(kFsst, 0, {VariableOf32()});
  node.payload = arrow::Buffer::FromString(std::string(table.begin(), table.end()));
  const ValueType type = ValueType::Variable(32);
  const auto decoder = OpenPerValue(node, type, kVersion21);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(type, nullptr);
  EXPECT_THAT((*decoder)->Decode(FromHex("00 01"), &out), IsError(ErrorCode::Corruption));
  EXPECT_THAT((*decoder)->Decode(FromHex("00 ff"), &out), IsError(ErrorCode::Corruption));
  EXPECT_THAT((*decoder)->Decode(FromHex("ff 00 00"), &out), IsOk());
  EXPECT_EQ(Texts(out), (std::vector<std::string>{std::string("\0ab", 3)}));
}

}  // namespace
}  // namespace lance::encoding
