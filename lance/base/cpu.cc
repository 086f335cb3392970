#include "lance/base/cpu.h"

#include <cstdlib>

namespace lance {
namespace {

Cpu ChooseCpu() {
  const char* named = std::getenv("LANCE_CPU");
  Cpu chosen = Cpu::kPortable;
  for (const Cpu cpu : kCpus) {
    if (HasCpu(cpu)) chosen = cpu;
    if (named != nullptr && NameOf(cpu) == named) break;
  }
  return chosen;
}

}  // namespace

std::string_view NameOf(Cpu cpu) {
  static constexpr std::string_view kNames[] = {"portable", "avx2", "avx512"};
  return kNames[static_cast<int>(cpu)];
}

bool HasCpu(Cpu cpu) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (cpu == Cpu::kAvx2) return __builtin_cpu_supports("avx2");
  if (cpu == Cpu::kAvx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return cpu == Cpu::kPortable;
}

Cpu ChosenCpu() {
  static const Cpu chosen = ChooseCpu();
  return chosen;
}

}  // namespace lance
