// What the definition levels of one page mean.
//
// A page numbers its levels by its own `layers`, and the layers of two pages of one column may
// differ (only one of them has nulls, say). To join pages, levels are renumbered as if every layer
// were nullable and every list could be empty: 0 = valid leaf, then going outwards one number per
// item layer (null) and two per list layer (null, empty). That is the canonical numbering.
// Source: Lance file format 2.1, repetition and definition levels. Thread-safety: plain data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lance/encoding/leaf.h"

namespace lance::encoding::page {

/// What one canonical definition level says: which layer it belongs to, and how.
struct LevelMeaning {
  int layer = -1;  // 0 = the leaf, then one per ancestor; -1 = nothing is missing
  bool is_empty_list = false;
};

/// Canonical numbering of a leaf.
struct CanonicalLevels {
  std::vector<LevelMeaning> meanings;  // by level
  uint16_t max_visible = 0;            // entries above have no item
};
CanonicalLevels MakeCanonicalLevels(const LeafShape& shape);

/// Numbering of one page.
struct PageLayers {
  int num_lists = 0;
  bool has_def = false;  // some layer has a level of its own
  uint16_t max_def = 0;
  uint16_t max_visible = 0;
  bool is_canonical = false;
  std::vector<uint16_t> to_canonical;  // by page level
};
/// Corruption when `layers` do not fit the path of `shape`.
Result<PageLayers> MakePageLayers(std::span<const Layer> layers, const LeafShape& shape);

}  // namespace lance::encoding::page
