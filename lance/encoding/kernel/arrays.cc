#include "lance/encoding/kernel/arrays.h"

#define LANCE_KERNEL_NAMESPACE portable
#include "lance/encoding/kernel/arrays_body.h"
#include "lance/encoding/kernel/variants.h"

namespace lance::encoding::kernel {

const ArrayKernels* ArraysFor(Cpu cpu) {
  switch (cpu) {
    case Cpu::kPortable:
      return &portable::kArrays;
    case Cpu::kAvx2:
      return Avx2Arrays();
    case Cpu::kAvx512:
      return Avx512Arrays();
  }
  return nullptr;
}

const ArrayKernels& Arrays() {
  static const ArrayKernels& chosen = Choose(ArraysFor);
  return chosen;
}

}  // namespace lance::encoding::kernel
