#include "lance/encoding/page/unravel.h"

#include <arrow/buffer.h>

#include <limits>
#include <utility>
#include <vector>

#include "lance/encoding/page/levels.h"

namespace lance::encoding::page {
namespace {

using BufferPtr = std::shared_ptr<arrow::Buffer>;

// What a definition level says about a layer, as bits.
constexpr uint8_t kHasSlot = 1;  // no list further out is null or empty
constexpr uint8_t kIsNull = 2;   // the slot is null
constexpr int kHasInnerShift = 2;
constexpr uint8_t kHasInner = 1 << kHasInnerShift;  // the layer below has a slot

// How one layer reads the entries.
struct LayerRule {
  uint16_t min_rep = 0;        // entries below continue a slot that is already there
  uint16_t inner_min_rep = 0;  // the same of the layer below
  std::vector<uint8_t> flags;  // by canonical definition level
};

// Rebuilds the layers of one batch of entries.
class Unraveling {
 public:
  Unraveling(const LeafShape& shape, const CanonicalLevels& canonical, const LevelView& levels,
             arrow::MemoryPool* pool)
      : shape_(shape), canonical_(canonical), levels_(levels), pool_(pool) {}

  Status Run(LeafColumn* out);

 private:
  bool IsList(int layer) const {
    return layer > 0 && shape_.ancestors[static_cast<size_t>(layer) - 1] == AncestorKind::kList;
  }
  bool HasSlot(int layer, const LevelMeaning& meaning) const;
  uint16_t MinRep(int layer) const;
  LayerRule MakeRule(int layer) const;
  template <typename T>
  Result<BufferPtr> Allocate(int64_t count) const {
    ARROW_ASSIGN_OR_RAISE(BufferPtr out,
                          arrow::AllocateBuffer(count * static_cast<int64_t>(sizeof(T)), pool_));
    return out;
  }
  Status FindVisible();
  Result<BufferPtr> MakeValidity(const uint16_t* levels, int64_t count, uint16_t limit,
                                 int64_t* null_count) const;
  Status AddLeaf(LeafColumn* out) const;
  Result<AncestorColumn> MakeInnerStruct(int layer) const;
  Result<AncestorColumn> MakeOuterLayer(int layer) const;

  const LeafShape& shape_;
  const CanonicalLevels& canonical_;
  const LevelView& levels_;
  arrow::MemoryPool* pool_;
  // Definition levels of the entries that have an item: those of the leaf and of the structs
  // between it and its first list. Level i + 1 makes layer i null there.
  const uint16_t* visible_ = nullptr;
  int64_t num_visible_ = 0;
  BufferPtr visible_copy_;
};

bool Unraveling::HasSlot(int layer, const LevelMeaning& meaning) const {
  for (int outer = layer + 1; outer <= meaning.layer; ++outer) {
    if (IsList(outer)) return false;
  }
  return true;
}

uint16_t Unraveling::MinRep(int layer) const {
  uint16_t out = 0;
  for (int i = 0; i <= layer; ++i) out += IsList(i) ? 1 : 0;
  return out;
}

LayerRule Unraveling::MakeRule(int layer) const {
  LayerRule out{MinRep(layer), MinRep(layer - 1), {}};
  for (const LevelMeaning& meaning : canonical_.meanings) {
    const bool is_null =
        meaning.layer > layer || (meaning.layer == layer && !meaning.is_empty_list);
    out.flags.push_back(static_cast<uint8_t>((HasSlot(layer, meaning) ? kHasSlot : 0) |
                                             (is_null ? kIsNull : 0) |
                                             (HasSlot(layer - 1, meaning) ? kHasInner : 0)));
  }
  return out;
}

Status Unraveling::FindVisible() {
  const uint16_t limit = canonical_.max_visible;
  num_visible_ = CountAtMost(levels_.def, levels_.num_entries, limit);
  visible_ = levels_.def;
  if (num_visible_ == levels_.num_entries) return Status::OK();
  // One past the end is written too.
  ARROW_ASSIGN_OR_RAISE(visible_copy_, Allocate<uint16_t>(num_visible_ + 1));
  auto* out = reinterpret_cast<uint16_t*>(visible_copy_->mutable_data());
  for (int64_t i = 0; i < levels_.num_entries; ++i) {
    *out = levels_.def[i];
    out += levels_.def[i] <= limit;
  }
  visible_ = reinterpret_cast<const uint16_t*>(visible_copy_->data());
  return Status::OK();
}

Result<BufferPtr> Unraveling::MakeValidity(const uint16_t* levels, int64_t count, uint16_t limit,
                                           int64_t* null_count) const {
  *null_count = 0;
  if (MaxLevel(levels, count) <= limit) return BufferPtr();
  ARROW_ASSIGN_OR_RAISE(BufferPtr bitmap, arrow::AllocateBuffer((count + 7) / 8, pool_));
  *null_count = count - LevelsToValidity(levels, count, limit, bitmap->mutable_data(), 0);
  return bitmap;
}

Status Unraveling::AddLeaf(LeafColumn* out) const {
  LANCE_CHECK_BYTES(num_visible_ == out->num_values, "a page has ", num_visible_,
                    " visible levels but ", out->num_values, " values");
  ARROW_ASSIGN_OR_RAISE(out->validity, MakeValidity(visible_, num_visible_, 0, &out->null_count));
  return Status::OK();
}

Result<AncestorColumn> Unraveling::MakeInnerStruct(int layer) const {
  AncestorColumn out;
  out.length = num_visible_;
  ARROW_ASSIGN_OR_RAISE(out.validity, MakeValidity(visible_, num_visible_,
                                                   static_cast<uint16_t>(layer), &out.null_count));
  return out;
}

// Lists, and structs above them. Every entry is written, but only a slot moves the end on.
Result<AncestorColumn> Unraveling::MakeOuterLayer(int layer) const {
  const LayerRule rule = MakeRule(layer);
  const int64_t most_slots =
      levels_.num_entries - CountAtMost(levels_.rep, levels_.num_entries, rule.min_rep - 1);
  ARROW_ASSIGN_OR_RAISE(BufferPtr nulls, Allocate<uint16_t>(most_slots + 1));
  ARROW_ASSIGN_OR_RAISE(BufferPtr offsets, Allocate<int32_t>(most_slots + 1));
  auto* null_at = reinterpret_cast<uint16_t*>(nulls->mutable_data());
  auto* offset_at = reinterpret_cast<int32_t*>(offsets->mutable_data());
  int32_t num_inner = 0;
  for (int64_t i = 0; i < levels_.num_entries; ++i) {
    const uint16_t rep = levels_.rep[i];
    const uint8_t flags = rule.flags[levels_.def[i]];
    *null_at = flags & kIsNull;
    *offset_at = num_inner;
    const int is_slot = static_cast<int>(rep >= rule.min_rep) & flags;
    null_at += is_slot;
    offset_at += is_slot;
    num_inner += static_cast<int>(rep >= rule.inner_min_rep) & flags >> kHasInnerShift;
  }
  *offset_at = num_inner;
  const int64_t num_slots = offset_at - reinterpret_cast<const int32_t*>(offsets->data());
  AncestorColumn out;
  out.kind = shape_.ancestors[static_cast<size_t>(layer) - 1];
  out.length = num_slots;
  ARROW_ASSIGN_OR_RAISE(out.validity, MakeValidity(reinterpret_cast<const uint16_t*>(nulls->data()),
                                                   num_slots, 0, &out.null_count));
  if (out.kind == AncestorKind::kStruct) return out;
  out.offsets =
      arrow::SliceBuffer(offsets, 0, (num_slots + 1) * static_cast<int64_t>(sizeof(int32_t)));
  return out;
}

Status Unraveling::Run(LeafColumn* out) {
  ARROW_RETURN_NOT_OK(FindVisible());
  ARROW_RETURN_NOT_OK(AddLeaf(out));
  bool below_lists = true;
  for (int layer = 1; layer <= static_cast<int>(shape_.ancestors.size()); ++layer) {
    below_lists = below_lists && !IsList(layer);
    ARROW_ASSIGN_OR_RAISE(AncestorColumn ancestor,
                          below_lists ? MakeInnerStruct(layer) : MakeOuterLayer(layer));
    out->ancestors.push_back(std::move(ancestor));
  }
  return Status::OK();
}

}  // namespace

Status Unravel(const LeafShape& shape, const CanonicalLevels& canonical, const LevelView& levels,
               arrow::MemoryPool* pool, LeafColumn* out) {
  LANCE_REQUIRE(levels.num_entries < std::numeric_limits<int32_t>::max(),
                "a batch would hold more than 2^31 list items; ask for fewer rows per batch");
  return Unraveling(shape, canonical, levels, pool).Run(out);
}

}  // namespace lance::encoding::page
