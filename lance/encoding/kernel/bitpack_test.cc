#include "lance/encoding/kernel/bitpack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace lance::encoding::kernel {
namespace {

constexpr int kOrder[8] = {0, 4, 2, 6, 1, 5, 3, 7};

uint64_t LoadInteger(const uint8_t* at, int bits) {
  uint64_t value = 0;
  std::memcpy(&value, at, bits / 8);
  return value;
}

// The definition, bit by bit.
std::vector<uint8_t> PackByDefinition(const std::vector<uint8_t>& values, int bits, int width) {
  std::vector<uint8_t> words(128 * width + 1, 0);  // never empty
  const int lanes = 1024 / bits;
  for (int row = 0; row < bits; ++row) {
    for (int lane = 0; lane < lanes; ++lane) {
      const int at = kOrder[row / 8] * 16 + row % 8 * 128 + lane;
      const uint64_t value = LoadInteger(values.data() + at * bits / 8, bits);
      for (int bit = 0; bit < width; ++bit) {
        const int position = row * width + bit;
        const int word = position / bits * lanes + lane;
        const int target = word * bits + position % bits;
        words[target / 8] |= static_cast<uint8_t>((value >> bit & 1) << target % 8);
      }
    }
  }
  return words;
}

void ExpectDefinition(const BitpackKernels& kernels) {
  std::mt19937_64 random(3);
  for (int bits : {8, 16, 32, 64}) {
    for (int width = 0; width <= bits; ++width) {
      const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
      std::vector<uint8_t> values(1024 * bits / 8);
      for (int i = 0; i < 1024; ++i) {
        const uint64_t value = random() & mask;
        std::memcpy(values.data() + i * bits / 8, &value, bits / 8);
      }
      const std::vector<uint8_t> wanted = PackByDefinition(values, bits, width);
      std::vector<uint8_t> words(wanted.size(), 0xee);  // unaligned on purpose
      kernels.pack(bits, width)(values.data(), words.data() + 1);
      ASSERT_EQ(0, std::memcmp(words.data() + 1, wanted.data(), wanted.size() - 1))
          << "pack " << bits << " to " << width;
      std::vector<uint8_t> back(values.size() + 1, 0xee);
      kernels.unpack(bits, width)(words.data() + 1, back.data() + 1);
      ASSERT_EQ(0, std::memcmp(back.data() + 1, values.data(), values.size()))
          << "unpack " << bits << " from " << width;
      for (int i = 0; i < 1024; ++i) {
        ASSERT_EQ(UnpackOne(words.data() + 1, bits, width, i),
                  LoadInteger(values.data() + i * bits / 8, bits))
            << "value " << i << " of " << bits << " bits from " << width;
      }
    }
  }
}

TEST(Bitpack, KernelsOfEveryCpuFollowTheDefinition) {
  for (const Cpu cpu : kCpus) {
    const BitpackKernels* kernels = BitpackFor(cpu);
    if (!HasCpu(cpu) || kernels == nullptr) continue;
    SCOPED_TRACE(NameOf(cpu));
    ExpectDefinition(*kernels);
  }
}

}  // namespace
}  // namespace lance::encoding::kernel
