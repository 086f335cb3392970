#include "lance/encoding/kernel/arrays.h"
#include "lance/encoding/kernel/variants.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#pragma GCC push_options
#pragma GCC target("avx2")
#define LANCE_KERNEL_NAMESPACE avx2
#include "lance/encoding/kernel/arrays_body.h"
#pragma GCC pop_options

namespace lance::encoding::kernel {
const ArrayKernels* Avx2Arrays() { return &avx2::kArrays; }
}  // namespace lance::encoding::kernel

#else

namespace lance::encoding::kernel {
const ArrayKernels* Avx2Arrays() { return nullptr; }
}  // namespace lance::encoding::kernel

#endif
