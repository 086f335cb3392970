// Statistics of the rows of a page, zone by zone.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/encoding/page_write/leaf_page.h"
#include "lance/encoding/statistics.h"

namespace lance::encoding::page_write {

/// Add the rows of `page`, of a leaf without lists above it, to `zones`; the page's first row is
/// row `first_row` of the file. The last zone there goes on unless a new one begins at that row.
void CollectZones(const LeafPage& page, BoundType type, uint64_t first_row,
                  std::vector<ZoneStatistics>* zones);

}  // namespace lance::encoding::page_write
