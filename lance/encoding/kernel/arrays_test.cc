#include "lance/encoding/kernel/arrays.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace lance::encoding::kernel {
namespace {

constexpr int64_t kCounts[] = {0,  1,  2,  3,  7,  8,   15,  16,  17,
                               31, 33, 63, 64, 65, 127, 128, 129, 1000};

// Every variant that can run here; there is always the portable one.
class ArrayKernelsOfCpu : public ::testing::TestWithParam<Cpu> {
 protected:
  void SetUp() override {
    kernels_ = ArraysFor(GetParam());
    if (kernels_ == nullptr || !HasCpu(GetParam())) GTEST_SKIP() << "not on this machine";
  }
  // Random bytes, of which the first element begins at an odd address.
  const uint8_t* Odd(size_t size) {
    bytes_.resize(size + 1);
    for (uint8_t& byte : bytes_) byte = static_cast<uint8_t>(random_());
    return bytes_.data() + 1;
  }

  const ArrayKernels* kernels_ = nullptr;
  std::mt19937_64 random_{7};
  std::vector<uint8_t> bytes_;
};

std::string CpuName(const ::testing::TestParamInfo<Cpu>& info) {
  return std::string(NameOf(info.param));
}
INSTANTIATE_TEST_SUITE_P(Cpus, ArrayKernelsOfCpu, ::testing::ValuesIn(kCpus), CpuName);

template <typename T>
T Load(const uint8_t* at, int64_t i) {
  T out;
  std::memcpy(&out, at + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return out;
}

template <typename T>
void ExpectNarrow(ArrayKernels::Narrow narrow, const uint8_t* from, int64_t count) {
  std::vector<uint32_t> to(static_cast<size_t>(count) + 1, 0xeeeeeeee);
  const uint64_t largest = narrow(from, count, to.data());
  uint64_t wanted = 0;
  for (int64_t i = 0; i < count; ++i) {
    ASSERT_EQ(to[i], static_cast<uint32_t>(Load<T>(from, i))) << i << " of " << count;
    wanted = std::max<uint64_t>(wanted, Load<T>(from, i));
  }
  EXPECT_EQ(largest, wanted);
  EXPECT_EQ(to[count], 0xeeeeeeeeu) << "wrote behind the end";
}

TEST_P(ArrayKernelsOfCpu, NarrowKeepsValuesAndFindsTheLargest) {
  for (const int64_t count : kCounts) {
    const uint8_t* from = Odd(static_cast<size_t>(count) * 8);
    ExpectNarrow<uint8_t>(kernels_->narrow8, from, count);
    ExpectNarrow<uint16_t>(kernels_->narrow16, from, count);
    ExpectNarrow<uint32_t>(kernels_->narrow32, from, count);
    ExpectNarrow<uint64_t>(kernels_->narrow64, from, count);
  }
}

template <typename T, typename Rebase>
void ExpectRebase(Rebase rebase, int64_t count) {
  std::vector<uint8_t> bytes(static_cast<size_t>(count + 1) * sizeof(T) + 1);
  std::vector<T> offsets;
  for (int64_t i = 0; i <= count; ++i) offsets.push_back(static_cast<T>(100 + i / 2 * 3));
  std::memcpy(bytes.data() + 1, offsets.data(), offsets.size() * sizeof(T));
  std::vector<T> ends(static_cast<size_t>(count) + 1, 9);
  const T shift = static_cast<T>(0) - 40;
  ASSERT_TRUE(rebase(bytes.data() + 1, count, shift, reinterpret_cast<uint8_t*>(ends.data())));
  for (int64_t i = 0; i < count; ++i) ASSERT_EQ(ends[i], offsets[i + 1] - 40) << i;
  EXPECT_EQ(ends[count], T{9}) << "wrote behind the end";
  for (int64_t i = 1; i <= count; ++i) {
    const T low = offsets[i - 1] - 1;
    std::memcpy(bytes.data() + 1 + i * static_cast<int64_t>(sizeof(T)), &low, sizeof(T));
    EXPECT_FALSE(rebase(bytes.data() + 1, count, shift, reinterpret_cast<uint8_t*>(ends.data())))
        << "offset " << i << " of " << count << " falls";
    std::memcpy(bytes.data() + 1 + i * static_cast<int64_t>(sizeof(T)), &offsets[i], sizeof(T));
  }
}

TEST_P(ArrayKernelsOfCpu, RebaseAddsAndFindsEveryFall) {
  for (const int64_t count : kCounts) {
    ExpectRebase<uint32_t>(kernels_->rebase32, count);
    ExpectRebase<uint64_t>(kernels_->rebase64, count);
  }
}

TEST_P(ArrayKernelsOfCpu, StreamsOfBytesAreJoinedAndSplit) {
  for (const int64_t count : kCounts) {
    for (const int64_t width : {4, 8}) {
      const uint8_t* streams = Odd(static_cast<size_t>(count * width));
      std::vector<uint8_t> words(static_cast<size_t>(count * width) + 1, 0xee);
      std::vector<uint8_t> back(words);
      (width == 4 ? kernels_->join4 : kernels_->join8)(streams, count, words.data());
      for (int64_t i = 0; i < count * width; ++i) {
        ASSERT_EQ(words[i], streams[i % width * count + i / width]) << i << " of " << count;
      }
      (width == 4 ? kernels_->split4 : kernels_->split8)(words.data(), count, back.data());
      EXPECT_TRUE(std::equal(back.begin(), back.end() - 1, streams));
      EXPECT_EQ(words.back(), 0xee);
      EXPECT_EQ(back.back(), 0xee);
    }
  }
}

TEST_P(ArrayKernelsOfCpu, OrValuesTakesInTheLastAndNothingBehindIt) {
  std::vector<uint16_t> values(1001, 0);
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  for (const int64_t count : kCounts) {
    if (count == 0) continue;
    values[count - 1] = 0x40;
    values[count] = 0x8000;
    EXPECT_EQ(kernels_->or_values(bytes, 16, count), 0x40u) << count;
    values[count - 1] = 0;
    values[count] = 0;
  }
  for (const int bits : {8, 16, 32, 64}) {
    const uint8_t* from = Odd(1000);
    uint64_t wanted = 0;
    for (int i = 0; i < 1000; ++i) wanted |= uint64_t{from[i]} << (i * 8 % bits);
    EXPECT_EQ(kernels_->or_values(from, bits, 8000 / bits), wanted) << bits;
  }
}

template <typename T>
void ExpectChanges(ArrayKernels::Changes changes, const uint8_t* from, int64_t count) {
  int64_t wanted = 0;
  for (int64_t i = 1; i < count; ++i) wanted += Load<T>(from, i) != Load<T>(from, i - 1);
  EXPECT_EQ(changes(from, count), wanted) << count;
}

TEST_P(ArrayKernelsOfCpu, ChangesAreCounted) {
  for (const int64_t count : kCounts) {
    Odd(static_cast<size_t>(count) * 8);
    for (uint8_t& byte : bytes_) byte = byte > 40;
    const uint8_t* from = bytes_.data() + 1;
    ExpectChanges<uint8_t>(kernels_->changes8, from, count);
    ExpectChanges<uint16_t>(kernels_->changes16, from, count);
    ExpectChanges<uint32_t>(kernels_->changes32, from, count);
    ExpectChanges<uint64_t>(kernels_->changes64, from, count);
  }
}

}  // namespace
}  // namespace lance::encoding::kernel
