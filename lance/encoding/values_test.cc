#include "lance/encoding/values.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "arrow/buffer.h"
#include "lance/base/testing/matchers.h"

namespace lance::encoding {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

bool BitAt(const uint8_t* bits, int64_t i) { return (bits[i / 8] >> i % 8 & 1) != 0; }

TEST(ValueBuilder, FinishesEmptyVariableStreamWithOneOffset) {
  ValueBuilder builder(ValueType::Variable(64), nullptr);
  const auto finished = builder.Finish();
  ASSERT_THAT(finished, IsOk());
  EXPECT_EQ(finished->num_values, 0);
  EXPECT_EQ(finished->offsets->size(), 8);
  EXPECT_EQ(finished->data->size(), 0);
}

TEST(ValueBuilder, RebasesOffsets) {
  ValueBuilder builder(ValueType::Variable(32), nullptr);
  const int32_t offsets[] = {3, 5, 5, 8};
  ASSERT_THAT(builder.AppendVariable(offsets, 3, AsBytes("xxxabcde")), IsOk());
  ASSERT_THAT(builder.AppendVariable(offsets, 3, AsBytes("xxxfghij")), IsOk());
  const auto finished = builder.Finish();
  ASSERT_THAT(finished, IsOk());
  EXPECT_EQ(finished->data->ToString(), "abcdefghij");
  const auto* got = reinterpret_cast<const int32_t*>(finished->offsets->data());
  EXPECT_EQ(std::vector<int32_t>(got, got + 7), (std::vector<int32_t>{0, 2, 2, 5, 7, 7, 10}));
}

TEST(ValueBuilder, RefusesOffsetsThatFallOrLeaveTheData) {
  ValueBuilder builder(ValueType::Variable(32), nullptr);
  const int32_t falling[] = {0, 5, 2, 6};
  EXPECT_THAT(builder.AppendVariable(falling, 3, AsBytes("0123456789")),
              IsError(ErrorCode::Corruption));
  const int32_t leaving[] = {0, 2, 11};
  EXPECT_THAT(builder.AppendVariable(leaving, 2, AsBytes("0123456789")),
              IsError(ErrorCode::Corruption));
  EXPECT_EQ(builder.num_values(), 0);
}

TEST(ValueBuilder, RefusesMoreTextThanSmallOffsetsReach) {
  ValueBuilder builder(ValueType::Variable(32), nullptr);
  const uint64_t end = uint64_t{1} << 31;
  EXPECT_THAT(builder.CommitVariable(&end, 1), IsError(ErrorCode::InvalidInput));
}

TEST(ValueBuilder, AppendsBitsAtAnyPosition) {
  const std::vector<uint8_t> source = {0xb5, 0x6e, 0x91, 0x3c, 0xff, 0x00, 0xa7, 0x18, 0x42};
  ValueBuilder builder(ValueType::Fixed(1), nullptr);
  std::vector<bool> wanted;
  for (int64_t begin = 0; begin < 20; ++begin) {
    const int64_t count = 50 - begin;
    ASSERT_THAT(builder.AppendBits(source.data(), begin, count), IsOk());
    for (int64_t i = 0; i < count; ++i) wanted.push_back(BitAt(source.data(), begin + i));
  }
  ASSERT_THAT(builder.AppendPlaceholders(5), IsOk());
  wanted.resize(wanted.size() + 5, false);
  const ValueView view = builder.View();
  ASSERT_EQ(view.num_values, static_cast<int64_t>(wanted.size()));
  for (size_t i = 0; i < wanted.size(); ++i) ASSERT_EQ(BitAt(view.data.data(), i), wanted[i]) << i;
}

TEST(ValueBuilder, KeepsItemValidityOfMixedSources) {
  const ValueType type{ValueType::Kind::kFixed, 16, {{2, false}}};
  ValueBuilder source(type, nullptr);
  ASSERT_THAT(source.AppendPlaceholders(1), IsOk());
  ASSERT_THAT(source.AppendFixed(2), IsOk());
  const uint8_t bits = 0b0110;
  ASSERT_THAT(source.AppendItemValidity(0, &bits, 0, 4), IsOk());
  ASSERT_THAT(source.AppendPlaceholders(1), IsOk());
  ValueBuilder builder(type, nullptr);
  ASSERT_THAT(builder.AppendPlaceholders(3), IsOk());
  ASSERT_THAT(builder.AppendSlice(source, 1, 3), IsOk());
  const uint32_t indices[] = {2, 0, 1};
  ASSERT_THAT(builder.AppendGather(source, indices, 3), IsOk());
  const auto finished = builder.Finish();
  ASSERT_THAT(finished, IsOk());
  ASSERT_NE(finished->item_validity[0], nullptr);
  // Values: three valid; (0,1) (1,0) valid; (1,0) valid (0,1).
  const std::vector<bool> wanted = {1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1};
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(BitAt(finished->item_validity[0]->data(), i), wanted[i]) << i;
  }
}

TEST(ValueBuilder, GathersFixedAndVariableValues) {
  ValueBuilder numbers(ValueType::Fixed(32), nullptr);
  auto at = numbers.AppendFixed(100);
  ASSERT_THAT(at, IsOk());
  std::iota(reinterpret_cast<uint32_t*>(*at), reinterpret_cast<uint32_t*>(*at) + 100, 0u);
  ValueBuilder words(ValueType::Variable(32), nullptr);
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(words.AppendOne(AsBytes(std::string(i, static_cast<char>('a' + i % 26)))), IsOk());
  }
  std::vector<uint32_t> indices;
  for (uint32_t i = 0; i < 300; ++i) indices.push_back(i * 37 % 100);
  ValueBuilder picked(ValueType::Fixed(32), nullptr);
  ValueBuilder picked_words(ValueType::Variable(32), nullptr);
  ASSERT_THAT(picked.AppendGather(numbers, indices.data(), 300), IsOk());
  ASSERT_THAT(picked_words.AppendGather(words, indices.data(), 300), IsOk());
  const ValueView view = picked_words.View();
  for (uint32_t i = 0; i < 300; ++i) {
    EXPECT_EQ(LoadUnaligned<uint32_t>(picked.View().data.data() + i * 4), indices[i]);
    const auto length = static_cast<size_t>(view.offset(i + 1) - view.offset(i));
    EXPECT_EQ(AsText(view.data.subspan(static_cast<size_t>(view.offset(i)), length)),
              std::string(indices[i], static_cast<char>('a' + indices[i] % 26)));
  }
}

// Short texts of a small dictionary go another way than long ones, or those of a large one.
TEST(ValueBuilder, BoundsWhatALongItemOfADictionaryBecomes) {
  ValueBuilder dictionary(ValueType::Variable(64), nullptr);
  ASSERT_THAT(dictionary.AppendOne(AsBytes(std::string(1 << 20, 'x'))), IsOk());
  const std::vector<uint32_t> indices(2049, 0);
  ValueBuilder out(ValueType::Variable(64), nullptr);
  EXPECT_THAT(out.AppendGather(dictionary, indices.data(), 2049), HasErrorMessage("fewer rows"));
  EXPECT_THAT(out.AppendGather(dictionary, indices.data(), 2), IsOk());
}

TEST(ValueBuilder, GathersTextsOfAnyLength) {
  for (const size_t longest : {0, 1, 15, 16, 17, 31, 32, 33, 100}) {
    for (const uint32_t num_texts : {1, 3, 255, 256, 257}) {
      for (const uint64_t offset_bits : {32, 64}) {
        std::vector<std::string> texts;
        ValueBuilder dictionary(ValueType::Variable(offset_bits), nullptr);
        for (uint32_t i = 0; i < num_texts; ++i) {
          texts.emplace_back(i == num_texts / 2 ? longest : i % (longest + 1),
                             static_cast<char>('a' + i % 26));
          ASSERT_THAT(dictionary.AppendOne(AsBytes(texts.back())), IsOk());
        }
        std::vector<uint32_t> indices;
        for (uint32_t i = 0; i < 2000; ++i) indices.push_back(i * 7919 % num_texts);
        ValueBuilder out(ValueType::Variable(offset_bits), nullptr);
        ASSERT_THAT(out.AppendOne(AsBytes("first")), IsOk());
        ASSERT_THAT(out.AppendGather(dictionary, indices.data(), 1000), IsOk());
        ASSERT_THAT(out.AppendGather(dictionary, indices.data() + 1000, 1000), IsOk());
        const ValueView view = out.View();
        ASSERT_EQ(view.num_values, 2001);
        for (int64_t i = 0; i < 2000; ++i) {
          const auto begin = static_cast<size_t>(view.offset(i + 1));
          const auto size = static_cast<size_t>(view.offset(i + 2)) - begin;
          const auto* at = reinterpret_cast<const char*>(view.data.data()) + begin;
          ASSERT_EQ(std::string(at, size), texts[indices[i]])
              << i << " with " << num_texts << " texts of up to " << longest;
        }
        EXPECT_EQ(view.data.size(), static_cast<size_t>(view.offset(2001)));
      }
    }
  }
}

TEST(ValueView, SlicesAtValues) {
  std::vector<uint8_t> bytes(32);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  ValueView view;
  view.type = ValueType::Fixed(1);
  view.num_values = 256;
  view.data = bytes;
  const ValueView bits = view.Slice(16, 20);
  EXPECT_EQ(bits.data.data(), bytes.data() + 2);
  EXPECT_EQ(bits.data.size(), 3u);
  view.type = ValueType::Fixed(32);
  view.num_values = 8;
  EXPECT_EQ(view.Slice(3, 2).data.data(), bytes.data() + 12);
  EXPECT_EQ(view.Slice(3, 2).data.size(), 8u);
}

}  // namespace
}  // namespace lance::encoding
