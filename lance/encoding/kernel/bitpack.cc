#include "lance/encoding/kernel/bitpack.h"

#include <cstring>

#define LANCE_KERNEL_VECTOR_BYTES 16
#define LANCE_KERNEL_NAMESPACE portable
#include "lance/encoding/kernel/bitpack_body.h"
#include "lance/encoding/kernel/variants.h"

namespace lance::encoding::kernel {

const BitpackKernels* BitpackFor(Cpu cpu) {
  switch (cpu) {
    case Cpu::kPortable:
      return &portable::kKernels;
    case Cpu::kAvx2:
      return Avx2Bitpack();
    case Cpu::kAvx512:
      return Avx512Bitpack();
  }
  return nullptr;
}

const BitpackKernels& Bitpack() {
  static const BitpackKernels& chosen = Choose(BitpackFor);
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

}  // namespace lance::encoding::kernel
