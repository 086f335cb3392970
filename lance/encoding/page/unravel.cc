#include "lance/encoding/page/unravel.h"

#include <arrow/buffer.h>

#include <cstring>
#include <limits>
#include <vector>

#include "lance/encoding/page/levels.h"

namespace lance::encoding::page {
namespace {

// What layer `layer` makes of an entry, by its definition level.
struct LayerTable {
  uint16_t min_rep = 0;             // entries below belong to a slot that is already there
  std::vector<uint8_t> has_slot;    // no list further out is null or empty
  std::vector<uint8_t> is_missing;  // the slot is null
};

LayerTable MakeLayerTable(const LeafShape& shape, const CanonicalLevels& canonical, int layer) {
  LayerTable out;
  const auto is_list = [&](int i) {
    return i > 0 && shape.ancestors[static_cast<size_t>(i) - 1] == AncestorKind::kList;
  };
  for (int i = 0; i <= layer; ++i) out.min_rep += is_list(i) ? 1 : 0;
  for (const LevelMeaning& meaning : canonical.meanings) {
    bool has_slot = true;
    for (int outer = layer + 1; outer <= meaning.layer; ++outer) {
      if (is_list(outer)) has_slot = false;
    }
    out.has_slot.push_back(has_slot);
    out.is_missing.push_back(meaning.layer > layer ||
                             (meaning.layer == layer && !meaning.is_empty_list));
  }
  return out;
}

// One pass over all entries for one layer.
struct LayerPass {
  int64_t num_slots = 0;
  int64_t num_nulls = 0;
  std::vector<uint16_t> missing;  // per slot, 0 = valid
  std::vector<int32_t> offsets;   // per slot, where its items begin
};

LayerPass WalkEntries(const LevelView& levels, const LayerTable& table, const LayerTable* inner) {
  LayerPass out;
  out.missing.reserve(static_cast<size_t>(levels.num_entries));
  int32_t num_items = 0;
  for (int64_t i = 0; i < levels.num_entries; ++i) {
    const uint16_t rep = levels.rep == nullptr ? 0 : levels.rep[i];
    const uint16_t def = levels.def[i];
    if (rep >= table.min_rep && table.has_slot[def]) {
      out.missing.push_back(table.is_missing[def]);
      out.num_nulls += table.is_missing[def];
      if (inner != nullptr) out.offsets.push_back(num_items);
    }
    if (inner != nullptr) num_items += rep >= inner->min_rep && inner->has_slot[def];
  }
  out.num_slots = static_cast<int64_t>(out.missing.size());
  if (inner != nullptr) out.offsets.push_back(num_items);
  return out;
}

Result<std::shared_ptr<arrow::Buffer>> MakeValidity(const LayerPass& pass,
                                                    arrow::MemoryPool* pool) {
  if (pass.num_nulls == 0) return std::shared_ptr<arrow::Buffer>();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bitmap,
                        arrow::AllocateBuffer((pass.num_slots + 7) / 8, pool));
  LevelsToValidity(pass.missing.data(), pass.num_slots, bitmap->mutable_data(), 0);
  return bitmap;
}

Result<std::shared_ptr<arrow::Buffer>> MakeOffsets(const LayerPass& pass, arrow::MemoryPool* pool) {
  const size_t size = pass.offsets.size() * sizeof(int32_t);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                        arrow::AllocateBuffer(static_cast<int64_t>(size), pool));
  std::memcpy(out->mutable_data(), pass.offsets.data(), size);
  return out;
}

}  // namespace

Status Unravel(const LeafShape& shape, const CanonicalLevels& canonical, const LevelView& levels,
               arrow::MemoryPool* pool, LeafColumn* out) {
  LANCE_REQUIRE(levels.num_entries < std::numeric_limits<int32_t>::max(),
                "a batch would hold more than 2^31 list items; ask for fewer rows per batch");
  const int num_layers = static_cast<int>(shape.ancestors.size()) + 1;
  std::vector<LayerTable> tables;
  for (int i = 0; i < num_layers; ++i) tables.push_back(MakeLayerTable(shape, canonical, i));

  for (int i = 0; i < num_layers; ++i) {
    const bool is_list =
        i > 0 && shape.ancestors[static_cast<size_t>(i) - 1] == AncestorKind::kList;
    const auto at = static_cast<size_t>(i);
    LayerPass pass = WalkEntries(levels, tables[at], is_list ? &tables[at - 1] : nullptr);
    ARROW_ASSIGN_OR_RAISE(auto validity, MakeValidity(pass, pool));
    if (i == 0) {
      LANCE_CHECK_BYTES(pass.num_slots == out->num_values, "a page has ", pass.num_slots,
                        " visible levels but ", out->num_values, " values");
      out->null_count = pass.num_nulls;
      out->validity = std::move(validity);
      continue;
    }
    AncestorColumn ancestor{shape.ancestors[at - 1], pass.num_slots, pass.num_nulls,
                            std::move(validity), nullptr};
    if (is_list) {
      ARROW_ASSIGN_OR_RAISE(ancestor.offsets, MakeOffsets(pass, pool));
    }
    out->ancestors.push_back(std::move(ancestor));
  }
  return Status::OK();
}

}  // namespace lance::encoding::page
