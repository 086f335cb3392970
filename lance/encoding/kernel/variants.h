// What the kernel files for single CPUs define, and the one choice among them.
//
// A file for a CPU raises the compiler's target by a pragma, and answers null where the compiler or
// the architecture does not know it. Thread-safety: pure.
#pragma once

#include "lance/base/cpu.h"

namespace lance::encoding::kernel {

struct ArrayKernels;
struct BitpackKernels;

const ArrayKernels* Avx2Arrays();
const ArrayKernels* Avx512Arrays();
const BitpackKernels* Avx2Bitpack();
const BitpackKernels* Avx512Bitpack();

/// The newest variant that this build has and `ChosenCpu()` can run; `find(kPortable)` is never
/// null.
template <typename Kernels>
const Kernels& Choose(const Kernels* (*find)(Cpu)) {
  const Kernels* best = find(Cpu::kPortable);
  for (const Cpu cpu : kCpus) {
    const Kernels* const found = cpu <= ChosenCpu() ? find(cpu) : nullptr;
    if (found != nullptr) best = found;
  }
  return *best;
}

}  // namespace lance::encoding::kernel
