// The kernels of bitpack.h for one CPU. The including file sets the compiler's target and defines
// LANCE_KERNEL_VECTOR_BYTES (16, 32 or 64) and LANCE_KERNEL_NAMESPACE, unique per file.
// No include guard is wanted by the one file that includes it; `#pragma once` does no harm.
#pragma once

#include <utility>

namespace lance::encoding::kernel::LANCE_KERNEL_NAMESPACE {

// Straight-line code of fixed extent: sanitizers would only make it hundreds of times larger.
#define LANCE_KERNEL_FUNCTION __attribute__((no_sanitize("address", "undefined")))
#define LANCE_KERNEL_INLINE inline __attribute__((always_inline)) LANCE_KERNEL_FUNCTION

constexpr int kVectorBytes = LANCE_KERNEL_VECTOR_BYTES;
constexpr int kRowBytes = 128;
constexpr int kRowOrder[8] = {0, 4, 2, 6, 1, 5, 3, 7};

// Bytes are shifted as pairs, for CPUs have no shift of bytes; masks cut off what crosses over.
template <int bits>
struct WordOf;
template <>
struct WordOf<8> {
  using Type = uint16_t;
};
template <>
struct WordOf<16> {
  using Type = uint16_t;
};
template <>
struct WordOf<32> {
  using Type = uint32_t;
};
template <>
struct WordOf<64> {
  using Type = uint64_t;
};

template <int bits>
struct Vectors {
  using Word = typename WordOf<bits>::Type;
  typedef Word Vector __attribute__((vector_size(kVectorBytes)));
  typedef Word Loose __attribute__((vector_size(kVectorBytes), aligned(1), may_alias));

  // The lowest `width` bits of every integer.
  static constexpr Word Mask(int width) {
    if (bits == 8) {
      const unsigned byte = (1u << width) - 1;
      return static_cast<Word>(byte | byte << 8);
    }
    return width == bits ? static_cast<Word>(~Word{0})
                         : static_cast<Word>((uint64_t{1} << (width % 64)) - 1);
  }
  static constexpr int RowBegin(int row) {
    return (kRowOrder[row / 8] * 16 + row % 8 * 128) * (bits / 8);
  }
};

template <int bits, int width, int row>
LANCE_KERNEL_INLINE void UnpackRow(const uint8_t* from, uint8_t* to,
                                   typename Vectors<bits>::Vector* word) {
  using V = Vectors<bits>;
  constexpr int kWord = row * width / bits;
  constexpr int kShift = row * width % bits;
  using Loose = typename V::Loose;
  typename V::Vector value;
  if constexpr (kShift == 0) *word = *reinterpret_cast<const Loose*>(from + kWord * kRowBytes);
  if constexpr (width == bits) {
    value = *word;
  } else if constexpr (kShift + width <= bits) {
    value = (*word >> kShift) & V::Mask(width);
  } else {
    constexpr int kLow = bits - kShift;  // bits of the value in the first of its two words
    constexpr auto kHighMask = static_cast<typename V::Word>(V::Mask(width) & ~V::Mask(kLow));
    value = (*word >> kShift) & V::Mask(kLow);
    *word = *reinterpret_cast<const Loose*>(from + (kWord + 1) * kRowBytes);
    value |= (*word << kLow) & kHighMask;
  }
  *reinterpret_cast<Loose*>(to + V::RowBegin(row)) = value;
}

template <int bits, int width, int row>
LANCE_KERNEL_INLINE void PackRow(const uint8_t* from, uint8_t* to,
                                 typename Vectors<bits>::Vector* word) {
  using V = Vectors<bits>;
  constexpr int kWord = row * width / bits;
  constexpr int kShift = row * width % bits;
  using Loose = typename V::Loose;
  const typename V::Vector value = *reinterpret_cast<const Loose*>(from + V::RowBegin(row));
  if constexpr (kShift == 0) {
    *word = value;
  } else {
    constexpr auto kMask = static_cast<typename V::Word>(~V::Mask(kShift));
    *word |= (value << kShift) & kMask;
  }
  if constexpr (kShift + width >= bits) {
    *reinterpret_cast<Loose*>(to + kWord * kRowBytes) = *word;
  }
  if constexpr (kShift + width > bits) {
    constexpr int kLow = bits - kShift;
    *word = (value >> kLow) & V::Mask(width - kLow);
  }
}

template <int bits, int width, int... rows>
LANCE_KERNEL_INLINE void UnpackRows(const uint8_t* from, uint8_t* to,
                                    std::integer_sequence<int, rows...>) {
  typename Vectors<bits>::Vector word = {};
  (UnpackRow<bits, width, rows>(from, to, &word), ...);
}
template <int bits, int width, int... rows>
LANCE_KERNEL_INLINE void PackRows(const uint8_t* from, uint8_t* to,
                                  std::integer_sequence<int, rows...>) {
  typename Vectors<bits>::Vector word = {};
  (PackRow<bits, width, rows>(from, to, &word), ...);
}

template <int bits, int width>
LANCE_KERNEL_FUNCTION void UnpackBlock(const uint8_t* from, uint8_t* to) {
  if constexpr (width == 0) {
    __builtin_memset(to, 0, kRowBytes * bits);
  } else {
    for (int column = 0; column < kRowBytes; column += kVectorBytes) {
      UnpackRows<bits, width>(from + column, to + column, std::make_integer_sequence<int, bits>());
    }
  }
}
template <int bits, int width>
LANCE_KERNEL_FUNCTION void PackBlock([[maybe_unused]] const uint8_t* from,
                                     [[maybe_unused]] uint8_t* to) {
  if constexpr (width > 0) {
    for (int column = 0; column < kRowBytes; column += kVectorBytes) {
      PackRows<bits, width>(from + column, to + column, std::make_integer_sequence<int, bits>());
    }
  }
}

template <int bits, int... widths>
constexpr BlockFunctions<bits> Unpackers(std::integer_sequence<int, widths...>) {
  return {&UnpackBlock<bits, widths>...};
}
template <int bits, int... widths>
constexpr BlockFunctions<bits> Packers(std::integer_sequence<int, widths...>) {
  return {&PackBlock<bits, widths>...};
}

constexpr BitpackKernels kKernels = {
    Unpackers<8>(std::make_integer_sequence<int, 9>()),
    Packers<8>(std::make_integer_sequence<int, 9>()),
    Unpackers<16>(std::make_integer_sequence<int, 17>()),
    Packers<16>(std::make_integer_sequence<int, 17>()),
    Unpackers<32>(std::make_integer_sequence<int, 33>()),
    Packers<32>(std::make_integer_sequence<int, 33>()),
    Unpackers<64>(std::make_integer_sequence<int, 65>()),
    Packers<64>(std::make_integer_sequence<int, 65>()),
};

#undef LANCE_KERNEL_INLINE
#undef LANCE_KERNEL_FUNCTION

}  // namespace lance::encoding::kernel::LANCE_KERNEL_NAMESPACE
