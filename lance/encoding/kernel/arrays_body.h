// The kernels of arrays.h for one CPU: plain loops, which the compiler makes as wide as the target
// allows. The including file sets that target and defines LANCE_KERNEL_NAMESPACE, unique per file.
#pragma once

namespace lance::encoding::kernel::LANCE_KERNEL_NAMESPACE {

// Inputs are unaligned, and sanitizers would forbid what the types below allow.
typedef uint16_t Loose16 __attribute__((aligned(1), may_alias));
typedef uint32_t Loose32 __attribute__((aligned(1), may_alias));
typedef uint64_t Loose64 __attribute__((aligned(1), may_alias));

template <typename T>
uint64_t Narrow(const uint8_t* from, int64_t count, uint32_t* to) {
  const T* const values = reinterpret_cast<const T*>(from);
  auto* const __restrict out = reinterpret_cast<Loose32*>(to);
  T largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const T value = values[i];
    out[i] = static_cast<uint32_t>(value);
    largest = value > largest ? value : largest;
  }
  return largest;
}

template <typename T, typename U>
bool Rebase(const uint8_t* offsets, int64_t count, U shift, uint8_t* ends) {
  const T* const from = reinterpret_cast<const T*>(offsets);
  T* const __restrict to = reinterpret_cast<T*>(ends);
  U falls = 0;
  for (int64_t i = 0; i < count; ++i) {
    const U begin = from[i];
    const U end = from[i + 1];
    falls |= end < begin ? U{1} : U{0};
    to[i] = end + shift;
  }
  return falls == 0;
}

typedef uint8_t ByteVector __attribute__((vector_size(16)));
typedef uint8_t LooseByteVector __attribute__((vector_size(16), aligned(1), may_alias));

inline __attribute__((always_inline)) ByteVector ZipLow(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline __attribute__((always_inline)) ByteVector ZipHigh(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}
inline __attribute__((always_inline)) ByteVector Even(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
inline __attribute__((always_inline)) ByteVector Odd(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// 16 words: zipping stream i with stream i + width / 2, log2(width) times, sorts the bytes.
template <int width>
inline __attribute__((always_inline)) void JoinSixteen(const uint8_t* from, int64_t count,
                                                       uint8_t* to) {
  ByteVector current[width];
  for (int i = 0; i < width; ++i) {
    current[i] = *reinterpret_cast<const LooseByteVector*>(from + i * count);
  }
  for (int round = 1; round < width; round *= 2) {
    ByteVector next[width];
    for (int i = 0; i < width / 2; ++i) {
      next[2 * i] = ZipLow(current[i], current[i + width / 2]);
      next[2 * i + 1] = ZipHigh(current[i], current[i + width / 2]);
    }
    for (int i = 0; i < width; ++i) current[i] = next[i];
  }
  for (int i = 0; i < width; ++i) {
    *reinterpret_cast<LooseByteVector*>(to + i * 16) = current[i];
  }
}

// The way back: even bytes go to the lower half of the streams, odd ones to the upper.
template <int width>
inline __attribute__((always_inline)) void SplitSixteen(const uint8_t* from, int64_t count,
                                                        uint8_t* to) {
  ByteVector current[width];
  for (int i = 0; i < width; ++i) {
    current[i] = *reinterpret_cast<const LooseByteVector*>(from + i * 16);
  }
  for (int round = 1; round < width; round *= 2) {
    ByteVector next[width];
    for (int i = 0; i < width / 2; ++i) {
      next[i] = Even(current[2 * i], current[2 * i + 1]);
      next[i + width / 2] = Odd(current[2 * i], current[2 * i + 1]);
    }
    for (int i = 0; i < width; ++i) current[i] = next[i];
  }
  for (int i = 0; i < width; ++i) {
    *reinterpret_cast<LooseByteVector*>(to + i * count) = current[i];
  }
}

template <int width>
void Join(const uint8_t* from, int64_t count, uint8_t* to) {
  int64_t at = 0;
  for (; at + 16 <= count; at += 16) JoinSixteen<width>(from + at, count, to + at * width);
  for (; at < count; ++at) {
    for (int i = 0; i < width; ++i) to[at * width + i] = from[i * count + at];
  }
}

template <int width>
void Split(const uint8_t* from, int64_t count, uint8_t* to) {
  int64_t at = 0;
  for (; at + 16 <= count; at += 16) SplitSixteen<width>(from + at * width, count, to + at);
  for (; at < count; ++at) {
    for (int i = 0; i < width; ++i) to[i * count + at] = from[at * width + i];
  }
}

inline uint64_t OrValues(const uint8_t* values, int bits, int64_t count) {
  const int64_t num_bytes = count * bits / 8;
  const auto* const words = reinterpret_cast<const Loose64*>(values);
  uint64_t all = 0;
  for (int64_t i = 0; i < num_bytes / 8; ++i) all |= words[i];
  for (int64_t at = num_bytes / 8 * 8; at < num_bytes; ++at) {
    all |= uint64_t{values[at]} << at % 8 * 8;
  }
  for (int half = 32; half >= bits; half /= 2) all |= all >> half;
  return bits == 64 ? all : all & ((uint64_t{1} << bits) - 1);
}

// Changes are counted in the values' own type, in runs that cannot overflow it.
template <typename T, typename U>
int64_t Changes(const uint8_t* bytes, int64_t count) {
  const T* const values = reinterpret_cast<const T*>(bytes);
  int64_t changes = 0;
  for (int64_t begin = 1; begin < count; begin += 128) {
    const int64_t end = count - begin < 128 ? count : begin + 128;
    U found = 0;
    for (int64_t i = begin; i < end; ++i) found += values[i] != values[i - 1] ? U{1} : U{0};
    changes += static_cast<int64_t>(found);
  }
  return changes;
}

constexpr ArrayKernels kArrays = {
    .narrow8 = Narrow<uint8_t>,
    .narrow16 = Narrow<Loose16>,
    .narrow32 = Narrow<Loose32>,
    .narrow64 = Narrow<Loose64>,
    .rebase32 = Rebase<Loose32, uint32_t>,
    .rebase64 = Rebase<Loose64, uint64_t>,
    .join4 = Join<4>,
    .join8 = Join<8>,
    .split4 = Split<4>,
    .split8 = Split<8>,
    .or_values = OrValues,
    .changes8 = Changes<uint8_t, uint8_t>,
    .changes16 = Changes<Loose16, uint16_t>,
    .changes32 = Changes<Loose32, uint32_t>,
    .changes64 = Changes<Loose64, uint64_t>,
};

}  // namespace lance::encoding::kernel::LANCE_KERNEL_NAMESPACE
