// Packing and unpacking of blocks of 1024 integers in FastLanes order.
//
// A block of T-bit integers is 1024/T lanes of T values. Lane l owns the words l, LANES + l, ... of
// T bits; its values lie in them back to back, LSB first. Value (row, lane) is the logical value
// FL_ORDER[row / 8] * 16 + row % 8 * 128 + lane, so that every row is one run of 128 bytes.
// Source: Afroozeh, Boncz: The FastLanes Compression Layout (VLDB 2023); Lance file format 2.1.
// One straight-line kernel per width and CPU; `Bitpack()` chooses. Thread-safety: pure.
#pragma once

#include <array>
#include <cstdint>

#include "lance/base/cpu.h"

namespace lance::encoding::kernel {

inline constexpr int kBlockValues = 1024;

/// Unpack or pack one block; memory may be unaligned and must not overlap.
using BlockFunction = void (*)(const uint8_t* from, uint8_t* to);

/// Kernels for integers of `bits` bits, one per width.
template <int bits>
using BlockFunctions = std::array<BlockFunction, bits + 1>;

struct BitpackKernels {
  BlockFunctions<8> unpack8, pack8;
  BlockFunctions<16> unpack16, pack16;
  BlockFunctions<32> unpack32, pack32;
  BlockFunctions<64> unpack64, pack64;

  /// Kernel for `bits` in {8, 16, 32, 64} and `width` <= bits. Unpacking reads 128 * width bytes
  /// and writes 128 * bits; packing the reverse, values must fit into `width` bits.
  BlockFunction unpack(int bits, int width) const;
  BlockFunction pack(int bits, int width) const;
};

/// Kernels for this CPU.
const BitpackKernels& Bitpack();

/// Each variant by itself; null when this build does not have it.
const BitpackKernels* BitpackFor(Cpu cpu);

/// Unpack the value at `index` of one block of integers of `bits` bits, packed to `width` bits.
uint64_t UnpackOne(const uint8_t* from, int bits, int width, int index);

}  // namespace lance::encoding::kernel
