#include "lance/encoding/page_write/leaf_page.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lance/encoding/kernel/levels.h"

namespace lance::encoding::page_write {
namespace {

using arrow::ArrayData;

struct SlotRun {
  int64_t begin = 0;
  int64_t count = 0;
};

// Definition codes before it is known which layers of the page need a level: 1 = null leaf, then
// going outwards one code per struct and two per list (null, empty).
constexpr uint16_t kLeafNull = 1;
struct LayerCodes {
  uint16_t null_code = 0;
  uint16_t empty_code = 0;  // lists only
};

const uint8_t* ValidityOf(const ArrayData& data) {
  if (data.buffers.empty() || data.buffers[0] == nullptr || data.GetNullCount() == 0) {
    return nullptr;
  }
  return data.buffers[0]->data();
}

// Entries of one top-level array on their way from the root to the leaf. The entries that still
// have a slot in the array at hand own the slots of `runs_`, in order.
class LevelShredder {
 public:
  /// \param max_slot_code  entries with a larger definition code have no slot
  LevelShredder(int num_lists, uint16_t max_slot_code, int64_t offset, int64_t num_rows)
      : lists_inside_(num_lists), max_slot_code_(max_slot_code) {
    num_entries_ = num_rows;
    if (num_lists > 0) rep_.assign(num_rows, static_cast<uint16_t>(num_lists));
    if (num_rows > 0) runs_.push_back({offset, num_rows});
  }

  // Below all lists a null struct keeps its slot: the value stream has a placeholder there.
  void EnterStruct(const ArrayData& data, LayerCodes codes, bool keeps_slot) {
    const uint8_t* validity = ValidityOf(data);
    if (validity == nullptr) return;
    if (keeps_slot) return MarkNulls(validity, codes.null_code);
    NeedDef();
    std::vector<SlotRun> kept;
    ForEachSlot([&](int64_t entry, int64_t slot) {
      if (arrow::bit_util::GetBit(validity, slot)) return AddRun(slot, 1, &kept);
      Mark(entry, codes.null_code);
    });
    runs_ = std::move(kept);
  }

  template <typename Offset>
  void EnterList(const ArrayData& data, LayerCodes codes) {
    --lists_inside_;
    const Offset* offsets = data.buffers[1] == nullptr
                                ? nullptr
                                : reinterpret_cast<const Offset*>(data.buffers[1]->data());
    const uint8_t* validity = ValidityOf(data);
    std::vector<uint16_t> old_rep, old_def;
    old_rep.swap(rep_);
    old_def.swap(def_);
    std::vector<SlotRun> items;
    const int64_t old_entries = num_entries_;
    rep_.reserve(old_entries * 2);
    size_t run = 0;
    int64_t in_run = 0;
    for (int64_t entry = 0; entry < old_entries; ++entry) {
      if (!old_def.empty() && old_def[entry] != 0) {
        Append(old_rep[entry], old_def[entry]);
        continue;
      }
      const int64_t slot = runs_[run].begin + in_run;
      if (++in_run == runs_[run].count) ++run, in_run = 0;
      if (validity != nullptr && !arrow::bit_util::GetBit(validity, slot)) {
        Append(old_rep[entry], Seen(codes.null_code));
        continue;
      }
      const int64_t begin = offsets == nullptr ? 0 : offsets[slot];
      const int64_t end = offsets == nullptr ? 0 : offsets[slot + 1];
      if (begin >= end) {
        Append(old_rep[entry], Seen(codes.empty_code));
        continue;
      }
      Append(old_rep[entry], 0);
      rep_.insert(rep_.end(), end - begin - 1, static_cast<uint16_t>(lists_inside_));
      AddRun(begin, end - begin, &items);
    }
    num_entries_ = static_cast<int64_t>(rep_.size());
    if (!def_.empty()) def_.resize(num_entries_, 0);
    runs_ = std::move(items);
  }

  // Slots of a child count from the start of its buffers.
  void Shift(int64_t offset) {
    for (SlotRun& run : runs_) run.begin += offset;
  }

  void MarkNulls(const uint8_t* validity, uint16_t code) {
    NeedDef();
    if (runs_.size() == 1 && runs_[0].count == num_entries_) {
      return MarkFlatNulls(validity, code);
    }
    MarkIf(code, [&](int64_t slot) { return !arrow::bit_util::GetBit(validity, slot); });
  }
  /// Mark the slots for which `is_null` says so.
  template <typename IsNull>
  void MarkIf(uint16_t code, const IsNull& is_null) {
    NeedDef();
    ForEachSlot([&](int64_t entry, int64_t slot) {
      if (is_null(slot)) Mark(entry, code);
    });
  }

  bool is_seen(uint16_t code) const { return code < seen_.size() && seen_[code]; }
  const std::vector<uint16_t>& rep() const { return rep_; }
  const std::vector<uint16_t>& def() const { return def_; }
  const std::vector<SlotRun>& runs() const { return runs_; }
  int64_t num_entries() const { return num_entries_; }

 private:
  template <typename Body>
  void ForEachSlot(const Body& body) {
    int64_t entry = 0;
    for (const SlotRun& run : runs_) {
      for (int64_t i = 0; i < run.count; ++i, ++entry) {
        while (!def_.empty() && def_[entry] > max_slot_code_) ++entry;
        body(entry, run.begin + i);
      }
    }
  }

  void MarkFlatNulls(const uint8_t* validity, uint16_t code) {
    const int64_t marked =
        kernel::MarkNullLevels(validity, runs_[0].begin, num_entries_, code, def_.data());
    if (marked > 0) Seen(code);
  }

  void NeedDef() {
    if (def_.empty()) def_.assign(num_entries_, 0);
  }
  void Mark(int64_t entry, uint16_t code) {
    if (def_[entry] == 0) def_[entry] = Seen(code);
  }
  uint16_t Seen(uint16_t code) {
    if (code >= seen_.size()) seen_.resize(code + 1, false);
    seen_[code] = true;
    return code;
  }
  void Append(uint16_t rep, uint16_t def) {
    if (def != 0 || !def_.empty()) {
      def_.resize(rep_.size(), 0);
      def_.push_back(def);
    }
    rep_.push_back(rep);
  }
  static void AddRun(int64_t begin, int64_t count, std::vector<SlotRun>* runs) {
    if (!runs->empty() && runs->back().begin + runs->back().count == begin) {
      runs->back().count += count;
    } else {
      runs->push_back({begin, count});
    }
  }

  int lists_inside_;
  uint16_t max_slot_code_;
  int64_t num_entries_ = 0;
  std::vector<uint16_t> rep_;
  std::vector<uint16_t> def_;  // empty = all zero
  std::vector<SlotRun> runs_;
  std::vector<bool> seen_;
};

std::shared_ptr<ArrayData> StorageOf(const std::shared_ptr<ArrayData>& data) {
  if (data->type->id() != arrow::Type::EXTENSION) return data;
  auto out = data->Copy();
  out->type = static_cast<const arrow::ExtensionType&>(*data->type).storage_type();
  return StorageOf(out);
}

class PageShredder {
 public:
  explicit PageShredder(const LeafPath& path) : path_(path) {
    uint16_t code = kLeafNull;
    max_slot_code_ = code;
    bool below_lists = true;
    for (const AncestorKind kind : path.shape.ancestors) {
      LayerCodes codes;
      codes.null_code = ++code;
      if (kind == AncestorKind::kList) {
        codes.empty_code = ++code;
        below_lists = false;
      }
      if (below_lists) max_slot_code_ = code;
      ancestor_codes_.push_back(codes);
    }
    seen_.resize(code + 1, false);
    page_.type = path.shape.values;
    page_.num_lists = path.shape.num_lists();
  }

  Status Add(const arrow::Array& column) {
    std::shared_ptr<ArrayData> data = StorageOf(column.data());
    LevelShredder shredder(page_.num_lists, max_slot_code_, data->offset, data->length);
    const auto& ancestors = path_.shape.ancestors;
    for (size_t depth = 0; depth < ancestors.size(); ++depth) {
      const size_t layer = ancestors.size() - 1 - depth;
      const LayerCodes codes = ancestor_codes_[layer];
      if (ancestors[layer] == AncestorKind::kStruct) {
        shredder.EnterStruct(*data, codes, codes.null_code <= max_slot_code_);
      } else if (data->type->id() == arrow::Type::LARGE_LIST) {
        shredder.EnterList<int64_t>(*data, codes);
      } else {
        shredder.EnterList<int32_t>(*data, codes);
      }
      data = StorageOf(data->child_data[path_.children[depth]]);
      shredder.Shift(data->offset);
    }
    if (data->type->id() == arrow::Type::NA) {
      shredder.MarkIf(kLeafNull, [](int64_t) { return true; });
    } else if (const uint8_t* validity = ValidityOf(*data)) {
      shredder.MarkNulls(validity, kLeafNull);
    }
    if (data->type->id() == arrow::Type::DICTIONARY) {
      ARROW_RETURN_NOT_OK(MarkDictionaryNulls(*data, &shredder));
    }
    Append(shredder, data, column.length());
    return Status::OK();
  }

  LeafPage Finish() {
    PushNullsDown();
    Renumber();
    page_.num_nulls = CountLevels(page_.max_visible);
    return std::move(page_);
  }

 private:
  // The nulls of a dictionary array lie in its indices or, rarely, in its values.
  static Status MarkDictionaryNulls(const ArrayData& leaf, LevelShredder* shredder) {
    const ArrayData& items = *leaf.dictionary;
    const uint8_t* validity = ValidityOf(items);
    const uint8_t* index_validity = ValidityOf(leaf);
    bool in_bounds = true;
    const auto is_valid = [&](int64_t slot) {
      return index_validity == nullptr || arrow::bit_util::GetBit(index_validity, slot);
    };
    const auto is_null_item = [&](int64_t slot) {
      if (!is_valid(slot)) return true;
      const uint64_t index = DictionaryIndex(leaf, slot);
      in_bounds &= index < static_cast<uint64_t>(items.length);
      return in_bounds && validity != nullptr &&
             !arrow::bit_util::GetBit(validity, items.offset + static_cast<int64_t>(index));
    };
    if (validity != nullptr) {
      shredder->MarkIf(kLeafNull, is_null_item);
    }
    LANCE_REQUIRE(in_bounds, "a dictionary index is not below the ", items.length,
                  " items of its dictionary");
    return Status::OK();
  }

  void Append(const LevelShredder& shredder, const std::shared_ptr<ArrayData>& leaf,
              int64_t num_rows) {
    for (uint16_t code = 1; code < seen_.size(); ++code) {
      if (shredder.is_seen(code)) seen_[code] = true;
    }
    page_.rep.insert(page_.rep.end(), shredder.rep().begin(), shredder.rep().end());
    if (!shredder.def().empty() || !page_.def.empty()) {
      page_.def.resize(page_.num_entries, 0);
      page_.def.insert(page_.def.end(), shredder.def().begin(), shredder.def().end());
      page_.def.resize(page_.num_entries + shredder.num_entries(), 0);
    }
    page_.num_entries += shredder.num_entries();
    page_.num_rows += num_rows;
    for (const SlotRun& run : shredder.runs()) {
      page_.runs.push_back({leaf, run.begin, run.count});
      page_.num_values += run.count;
    }
  }

  static Layer ListKind(bool has_null, bool has_empty) {
    if (has_null) return has_empty ? Layer::kNullAndEmptyList : Layer::kNullableList;
    return has_empty ? Layer::kEmptyableList : Layer::kAllValidList;
  }

  int64_t CountLevels(uint16_t highest) const {
    return kernel::CountLevels(page_.def.data(), static_cast<int64_t>(page_.def.size()), highest);
  }

  bool HasNoValue() const { return CountLevels(max_slot_code_) == page_.num_values; }

  // The official writer hands the nulls of a struct down to its children, and its reader relies on
  // it: it takes a struct or list below a null struct that is declared all valid for valid, and
  // then finds nulls where its children have none; and in a page without values everything below a
  // null struct must be nullable. No entry uses these levels.
  void PushNullsDown() {
    const bool has_no_value = HasNoValue();
    for (size_t i = ancestor_codes_.size(); i-- > 0;) {
      const bool is_struct = path_.shape.ancestors[i] == AncestorKind::kStruct;
      if (!is_struct || !seen_[ancestor_codes_[i].null_code]) continue;
      if (i == 0 && !has_no_value) continue;
      seen_[i == 0 ? kLeafNull : ancestor_codes_[i - 1].null_code] = true;
    }
  }

  // Give levels only to what occurs in this page.
  void Renumber() {
    std::vector<uint16_t> numbers(seen_.size(), 0);
    uint16_t next = 0;
    const auto number = [&](uint16_t code) {
      if (seen_[code]) numbers[code] = ++next;
      return static_cast<bool>(seen_[code]);
    };
    page_.layers.push_back(number(kLeafNull) ? Layer::kNullableItem : Layer::kAllValidItem);
    for (size_t i = 0; i < ancestor_codes_.size(); ++i) {
      const LayerCodes codes = ancestor_codes_[i];
      if (path_.shape.ancestors[i] == AncestorKind::kStruct) {
        page_.layers.push_back(number(codes.null_code) ? Layer::kNullableItem
                                                       : Layer::kAllValidItem);
      } else {
        const bool has_null = number(codes.null_code);
        page_.layers.push_back(ListKind(has_null, number(codes.empty_code)));
      }
    }
    for (uint16_t code = 1; code <= max_slot_code_; ++code) {
      page_.max_visible = std::max(page_.max_visible, numbers[code]);
    }
    page_.max_def = next;
    if (next == 0) page_.def.clear();
    bool changes = false;
    for (uint16_t code = 1; code < numbers.size(); ++code) {
      changes |= seen_[code] && numbers[code] != code;
    }
    if (!changes) return;
    for (uint16_t& level : page_.def) level = numbers[level];
  }

  const LeafPath& path_;
  std::vector<LayerCodes> ancestor_codes_;
  uint16_t max_slot_code_ = 0;
  std::vector<bool> seen_;
  LeafPage page_;
};

}  // namespace

Result<LeafPage> TakeApart(const LeafPath& path,
                           const std::vector<std::shared_ptr<arrow::Array>>& columns) {
  PageShredder shredder(path);
  for (const auto& column : columns) ARROW_RETURN_NOT_OK(shredder.Add(*column));
  return shredder.Finish();
}

}  // namespace lance::encoding::page_write
