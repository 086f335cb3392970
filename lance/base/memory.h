// Memory that is used again instead of given back.
//
// The first touch of a page that comes fresh from the kernel costs far more than decoding into it,
// and scans free and take blocks of the same sizes all the time. This pool keeps freed blocks of 16
// KiB and more by size class, up to a limit, and falls through to Arrow's default pool for
// everything else. Thread-safety: as any arrow::MemoryPool. Ownership: process-wide, never
// destroyed.
#pragma once

#include "arrow/type_fwd.h"

namespace lance {

/// Return the recycling pool. LANCE_RECYCLE_BYTES sets how many freed bytes it keeps (default 256
/// MiB; 0 keeps none, as under AddressSanitizer, which otherwise could not see a use after free).
arrow::MemoryPool* RecyclingPool();

}  // namespace lance
