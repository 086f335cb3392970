// Which instruction sets kernels may use: decided once, the same everywhere.
//
// Kernels are compiled several times, and the newest variant that this CPU has is taken. Below all
// of them is what the whole library is compiled for. Thread-safety: any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace lance {

/// Instruction sets that kernels are compiled for, oldest first.
enum class Cpu : uint8_t { kPortable, kAvx2, kAvx512 };
inline constexpr Cpu kCpus[] = {Cpu::kPortable, Cpu::kAvx2, Cpu::kAvx512};

/// "portable", "avx2" or "avx512".
std::string_view NameOf(Cpu cpu);

/// Whether this CPU can run kernels of `cpu`; AVX-512 means its F, BW and VL parts.
bool HasCpu(Cpu cpu);

/// The newest that this CPU has, or an older one that the environment variable LANCE_CPU names.
Cpu ChosenCpu();

}  // namespace lance
