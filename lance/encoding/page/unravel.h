// Rebuilds validity and list offsets of the ancestors of a leaf from its levels.
#pragma once

#include <cstdint>
#include <span>

#include "lance/encoding/leaf_accumulator.h"
#include "lance/encoding/page/layers.h"

namespace lance::encoding::page {

/// Fill validity, null count and ancestors of `out` from all entries of a batch, in canonical
/// numbering. `levels.rep` may be null only without lists. Corruption when the entries have not
/// as many items as `out->num_values` says.
Status Unravel(const LeafShape& shape, const CanonicalLevels& canonical, const LevelView& levels,
               arrow::MemoryPool* pool, LeafColumn* out);

}  // namespace lance::encoding::page
