#include "lance/encoding/kernel/levels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "lance/encoding/kernel/min_max.h"

namespace lance::encoding::kernel {
namespace {

constexpr double kRates[] = {0, 0.002, 0.1, 0.5, 0.9, 1};

std::vector<uint16_t> RandomLevels(int64_t count, double rate, std::mt19937* random) {
  std::vector<uint16_t> out(count);
  std::bernoulli_distribution is_set(rate);
  for (uint16_t& level : out) level = is_set(*random) ? 1 + (*random)() % 3 : 0;
  return out;
}

TEST(Levels, MarkNulls) {
  std::mt19937 random(1);
  for (const double rate : kRates) {
    for (const int64_t count : {0, 1, 7, 8, 9, 63, 1000}) {
      for (const int64_t offset : {0, 3, 8, 13}) {
        std::vector<uint8_t> validity((offset + count) / 8 + 1);
        std::bernoulli_distribution is_valid(1 - rate);
        for (int64_t i = 0; i < offset + count; ++i) {
          validity[i / 8] |= static_cast<uint8_t>(is_valid(random) << (i % 8));
        }
        const std::vector<uint16_t> before = RandomLevels(count, 0.2, &random);
        std::vector<uint16_t> after = before;
        const int64_t marked = MarkNullLevels(validity.data(), offset, count, 7, after.data());
        int64_t expected = 0;
        for (int64_t i = 0; i < count; ++i) {
          const int64_t bit = offset + i;
          const bool takes = (validity[bit / 8] >> (bit % 8) & 1) == 0 && before[i] == 0;
          expected += takes;
          ASSERT_EQ(after[i], takes ? 7 : before[i]) << i;
        }
        EXPECT_EQ(marked, expected);
      }
    }
  }
}

TEST(Levels, CountAndRuns) {
  std::mt19937 random(2);
  for (const double rate : kRates) {
    for (const int64_t count : {0, 1, 2, 63, 64, 65, 66, 129, 300, 70'001}) {
      const std::vector<uint16_t> levels = RandomLevels(count, rate, &random);
      int64_t num_low = 0;
      int64_t num_runs = 0;
      int64_t length = 0;
      uint16_t bits = 0;
      for (int64_t i = 0; i < count; ++i) {
        num_low += levels[i] == 1 || levels[i] == 2;
        bits |= levels[i];
        length = i > 0 && levels[i] == levels[i - 1] && length < 255 ? length + 1 : 1;
        num_runs += length == 1;
      }
      EXPECT_EQ(CountLevels(levels.data(), count, 2), num_low);
      const LevelFacts facts = LookAtLevels(levels.data(), count);
      EXPECT_EQ(facts.bits, bits);
      EXPECT_EQ(facts.num_runs, num_runs) << rate << " " << count;
    }
  }
}

TEST(Levels, ClearNulls) {
  std::mt19937 random(3);
  const std::vector<uint16_t> levels = RandomLevels(1001, 0.3, &random);
  for (const uint64_t width : {1, 2, 4, 8, 16, 5}) {
    std::vector<uint8_t> values(levels.size() * width, 0x5A);
    ClearNulls(levels.data(), static_cast<int64_t>(levels.size()), width, values.data());
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(values[i], levels[i / width] == 0 ? 0x5A : 0) << width << " " << i;
    }
  }
}

template <typename T>
void CheckMinMax(double rate, std::mt19937* random) {
  const std::vector<uint16_t> nulls = RandomLevels(777, rate, random);
  std::vector<T> values(nulls.size());
  MinMax<T> expected;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<T>((*random)());
    if (std::is_floating_point_v<T> && i % 9 == 0) values[i] = std::numeric_limits<T>::quiet_NaN();
    if (nulls[i] != 0) continue;
    if (values[i] < expected.low) expected.low = values[i];
    if (values[i] > expected.high) expected.high = values[i];
    expected.num_nans += values[i] != values[i];
  }
  const auto found = FindMinMax<T>(reinterpret_cast<const uint8_t*>(values.data()),
                                   static_cast<int64_t>(values.size()), nulls.data());
  EXPECT_EQ(found.low, expected.low);
  EXPECT_EQ(found.high, expected.high);
  EXPECT_EQ(found.num_nans, expected.num_nans);
}

TEST(Levels, MinMaxOfValid) {
  std::mt19937 random(4);
  for (const double rate : kRates) {
    CheckMinMax<int8_t>(rate, &random);
    CheckMinMax<uint16_t>(rate, &random);
    CheckMinMax<int32_t>(rate, &random);
    CheckMinMax<int64_t>(rate, &random);
    CheckMinMax<uint64_t>(rate, &random);
    CheckMinMax<float>(rate, &random);
    CheckMinMax<double>(rate, &random);
  }
}

}  // namespace
}  // namespace lance::encoding::kernel
