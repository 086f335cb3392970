#include "lance/encoding/kernel/bitpack.h"

#include <cstring>

#define LANCE_KERNEL_VECTOR_BYTES 16
#define LANCE_KERNEL_NAMESPACE portable
#include "lance/encoding/kernel/bitpack_body.h"

namespace lance::encoding::kernel {
namespace {

const BitpackKernels& ChooseBitpack() {
  if (const BitpackKernels* kernels = Avx512Bitpack()) return *kernels;
  if (const BitpackKernels* kernels = Avx2Bitpack()) return *kernels;
  return *PortableBitpack();
}

}  // namespace

const BitpackKernels* PortableBitpack() { return &portable::kKernels; }

const BitpackKernels& Bitpack() {
  static const BitpackKernels& chosen = ChooseBitpack();
  return chosen;
}

BlockFunction BitpackKernels::unpack(int bits, int width) const {
  switch (bits) {
    case 8:
      return unpack8[width];
    case 16:
      return unpack16[width];
    case 32:
      return unpack32[width];
    default:
      return unpack64[width];
  }
}

BlockFunction BitpackKernels::pack(int bits, int width) const {
  switch (bits) {
    case 8:
      return pack8[width];
    case 16:
      return pack16[width];
    case 32:
      return pack32[width];
    default:
      return pack64[width];
  }
}

uint64_t UnpackOne(const uint8_t* from, int bits, int width, int index) {
  if (width == 0) return 0;
  const int lanes = kBlockValues / bits;
  // The inverse of FL_ORDER[row / 8] * 16 + row % 8 * 128 + lane; FL_ORDER is its own inverse.
  const int place = index % 128;
  const int row = portable::kRowOrder[place / lanes * lanes / 16] * 8 + index / 128;
  const int bit = row * width;
  const uint8_t* word = from + (bit / bits * lanes + place % lanes) * (bits / 8);
  const int shift = bit % bits;
  uint64_t low = 0;
  std::memcpy(&low, word, bits / 8);
  uint64_t value = low >> shift;
  if (shift + width > bits) {
    uint64_t high = 0;
    std::memcpy(&high, word + lanes * (bits / 8), bits / 8);
    value |= high << (bits - shift);
  }
  return width == 64 ? value : value & ((uint64_t{1} << width) - 1);
}

uint64_t OrValues(const uint8_t* values, int bits, int64_t count) {
  const int64_t num_bytes = count * bits / 8;
  uint64_t parts[4] = {0, 0, 0, 0};
  int64_t at = 0;
  for (; at + 32 <= num_bytes; at += 32) {
    for (int i = 0; i < 4; ++i) {
      uint64_t word;
      std::memcpy(&word, values + at + i * 8, 8);
      parts[i] |= word;
    }
  }
  uint64_t all = parts[0] | parts[1] | parts[2] | parts[3];
  for (; at < num_bytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, values + at, num_bytes - at < 8 ? num_bytes - at : 8);
    all |= word;
  }
  for (int half = 32; half >= bits; half /= 2) all |= all >> half;
  return bits == 64 ? all : all & ((uint64_t{1} << bits) - 1);
}

}  // namespace lance::encoding::kernel
