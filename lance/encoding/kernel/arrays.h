// Loops over whole arrays that gain from wider registers: indices, offsets, runs, streams of bytes.
//
// All memory may be unaligned, inputs and outputs do not overlap. One body, compiled once per CPU;
// `Arrays()` chooses. Thread-safety: pure.
#pragma once

#include <cstdint>

#include "lance/base/cpu.h"

namespace lance::encoding::kernel {

struct ArrayKernels {
  /// Copy `count` unsigned integers as 32-bit ones, wrapped; return the largest as it was.
  using Narrow = uint64_t (*)(const uint8_t* from, int64_t count, uint32_t* to);
  Narrow narrow8, narrow16, narrow32, narrow64;

  /// Write the `count` ends behind `count` + 1 offsets, each plus `shift`; false when offsets fall.
  bool (*rebase32)(const uint8_t* offsets, int64_t count, uint32_t shift, uint8_t* ends);
  bool (*rebase64)(const uint8_t* offsets, int64_t count, uint64_t shift, uint8_t* ends);

  /// Join streams of `count` bytes that lie back to back into `count` words of 4 or 8 bytes.
  using ByteStreams = void (*)(const uint8_t* from, int64_t count, uint8_t* to);
  ByteStreams join4, join8;
  /// Split `count` words into as many streams as they have bytes.
  ByteStreams split4, split8;

  /// Or of `count` integers of `bits` bits (8 to 64): its bit width is what a block needs.
  uint64_t (*or_values)(const uint8_t* values, int bits, int64_t count);

  /// Number of i in [1, count) with values[i] != values[i - 1].
  using Changes = int64_t (*)(const uint8_t* values, int64_t count);
  Changes changes8, changes16, changes32, changes64;
};

/// Kernels for this CPU.
const ArrayKernels& Arrays();

/// Each variant by itself; null when this build does not have it.
const ArrayKernels* ArraysFor(Cpu cpu);

}  // namespace lance::encoding::kernel
