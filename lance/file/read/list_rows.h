// Lists of 2.0 files: their items are rows of the columns below.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/encoding/leaf_accumulator.h"

namespace lance::file {

/// Rows of the columns below lists that were read, and those lists.
struct ItemRows {
  std::vector<RowRange> ranges;                 // sorted, disjoint
  int64_t num_items = 0;                        // in `ranges`
  std::vector<encoding::AncestorColumn> lists;  // outer to inner
};

/// Shape of a 2.0 list column: pairs of where the items of a list begin and end.
encoding::LeafShape ListColumnShape();

/// Add a layer of lists below those of `out`, from the pairs of its column. Corruption when lists
/// lie before others that come earlier, InvalidInput for more items than Arrow can count.
Status AddLists(const encoding::LeafColumn& pairs, arrow::MemoryPool* pool, ItemRows* out);

/// Columns of the path above a leaf, inner to outer as `kinds`.
/// \param lists  outer to inner, one per list of `kinds`
std::vector<encoding::AncestorColumn> MakeAncestors(std::span<const encoding::AncestorKind> kinds,
                                                    int64_t num_rows,
                                                    std::vector<encoding::AncestorColumn> lists);

}  // namespace lance::file
