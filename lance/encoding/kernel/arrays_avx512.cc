#include "lance/encoding/kernel/arrays.h"
#include "lance/encoding/kernel/variants.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,prefer-vector-width=512")
#define LANCE_KERNEL_NAMESPACE avx512
#include "lance/encoding/kernel/arrays_body.h"
#pragma GCC pop_options

namespace lance::encoding::kernel {
const ArrayKernels* Avx512Arrays() { return &avx512::kArrays; }
}  // namespace lance::encoding::kernel

#else

namespace lance::encoding::kernel {
const ArrayKernels* Avx512Arrays() { return nullptr; }
}  // namespace lance::encoding::kernel

#endif
