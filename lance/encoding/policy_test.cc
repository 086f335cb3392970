#include "lance/encoding/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "lance/base/testing/matchers.h"

namespace lance::encoding {
namespace {

using ::lance::testing::IsError;
using ::lance::testing::IsOk;
using ::testing::HasSubstr;

constexpr int64_t kNumValues = 100'000;

// 16-byte numbers below `limit`, as decimals are.
std::vector<uint64_t> Decimals(uint64_t limit) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> out(2 * kNumValues, 0);
  for (int64_t i = 0; i < kNumValues; ++i) out[2 * i] = random() % limit;
  return out;
}

ValueView FixedView(const std::vector<uint64_t>& words, uint64_t bits) {
  ValueView out;
  out.type = ValueType::Fixed(bits);
  out.num_values = static_cast<int64_t>(words.size() * 64 / bits);
  out.data = {reinterpret_cast<const uint8_t*>(words.data()), words.size() * 8};
  return out;
}

PageOptions Options(Goal goal) {
  PageOptions out;
  out.goal = goal;
  return out;
}

TEST(Policy, ListsTheGoalsItKnows) {
  for (const Goal goal : {Goal::kBalanced, Goal::kSize, Goal::kScan, Goal::kRandomAccess}) {
    EXPECT_EQ(*ParseGoal(ToString(goal)), goal);
  }
  const auto unknown = ParseGoal("fast");
  ASSERT_THAT(unknown.status(), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT(unknown.status().message(), HasSubstr("balanced, size, scan, random-access"));
}

TEST(Policy, CompressesWideValuesWithFewBits) {
  const auto words = Decimals(1 << 24);
  const auto choice = ChooseMiniBlock(FixedView(words, 128), Options(Goal::kBalanced));
  ASSERT_THAT(choice, IsOk());
  ASSERT_TRUE(choice->best().general.has_value());
  EXPECT_LT(choice->best().encoded_bytes, kNumValues * 4u);
  const auto encoded = EncodeMiniBlockValues(FixedView(words, 128), choice->best());
  ASSERT_THAT(encoded, IsOk());
  uint64_t size = 0;
  for (const uint32_t part : encoded->sizes) size += part;
  EXPECT_NEAR(static_cast<double>(size), static_cast<double>(choice->best().encoded_bytes),
              0.1 * static_cast<double>(size));
}

TEST(Policy, LeavesRandomBytesAsTheyAreForEachGoal) {
  std::mt19937_64 random(2);
  std::vector<uint64_t> words(kNumValues);
  for (uint64_t& word : words) word = random();
  for (const Goal goal : {Goal::kBalanced, Goal::kSize, Goal::kScan, Goal::kRandomAccess}) {
    const auto choice = ChooseMiniBlock(FixedView(words, 64), Options(goal));
    ASSERT_THAT(choice, IsOk());
    EXPECT_EQ(choice->best().tag, kFlat) << ToString(goal);
    EXPECT_FALSE(choice->best().general.has_value()) << ToString(goal);
  }
}

TEST(Policy, ZipsVectorsThatEndInsideOfAByteOnlyWhenChunksAreTooSmall) {
  const std::vector<uint64_t> words(40'000);
  EXPECT_FALSE(PrefersFullZip(FixedView(words, 2052), Options(Goal::kBalanced)));
  EXPECT_TRUE(PrefersFullZip(FixedView(words, 2048), Options(Goal::kBalanced)));
  EXPECT_TRUE(PrefersFullZip(FixedView(words, 70'001), Options(Goal::kBalanced)));
}

TEST(Policy, CountsItemValidityWhenMiniBlocksAreWanted) {
  const std::vector<uint64_t> words(40'000);
  PageOptions options = Options(Goal::kBalanced);
  options.structure = PageOptions::Structure::kMiniBlock;
  ValueView vectors = FixedView(words, 2080 * 8);
  vectors.type.lists = {{.dimension = 2080 * 8, .has_validity = false}};
  EXPECT_FALSE(PrefersFullZip(vectors, options));
  vectors.type.lists[0].has_validity = true;
  EXPECT_TRUE(PrefersFullZip(vectors, options));
}

TEST(Policy, EncodesWideValuesForEveryGoal) {
  const std::vector<uint64_t> words(40'000);
  for (const Goal goal : {Goal::kBalanced, Goal::kSize, Goal::kScan, Goal::kRandomAccess}) {
    EXPECT_THAT(ChooseMiniBlock(FixedView(words, 4000 * 8), Options(goal)), IsOk())
        << ToString(goal);
  }
}

TEST(Policy, SizeIsNeverLargerThanScan) {
  const auto words = Decimals(1000);
  const auto small = ChooseMiniBlock(FixedView(words, 128), Options(Goal::kSize));
  const auto fast = ChooseMiniBlock(FixedView(words, 128), Options(Goal::kScan));
  ASSERT_THAT(small, IsOk());
  ASSERT_THAT(fast, IsOk());
  EXPECT_LE(small->best().encoded_bytes, fast->best().encoded_bytes);
  EXPECT_LE(fast->best().decode_ns_per_value, small->best().decode_ns_per_value);
}

TEST(Policy, KeysOfTheColumnWin) {
  const auto words = Decimals(1 << 24);
  auto options = ParsePageOptions({{"lance-encoding:compression", "none"}});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(ChooseMiniBlock(FixedView(words, 128), *options)->best().tag, kFlat);
  EXPECT_FALSE(ChooseMiniBlock(FixedView(words, 128), *options)->best().general.has_value());
  options = ParsePageOptions(
      {{"lance-encoding:compression", "zstd"}, {"lance-encoding:compression-level", "7"}});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(ChooseMiniBlock(FixedView(words, 128), *options)->best().general->level, 7);
  EXPECT_THAT(ParsePageOptions({{"lance-encoding:bss", "maybe"}}).status(),
              IsError(ErrorCode::InvalidInput));
}

}  // namespace
}  // namespace lance::encoding
