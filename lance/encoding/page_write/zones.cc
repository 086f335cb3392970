#include "lance/encoding/page_write/zones.h"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "lance/encoding/kernel/levels.h"
#include "lance/encoding/kernel/min_max.h"

namespace lance::encoding::page_write {
namespace {

using arrow::ArrayData;
using Marks = std::span<const uint16_t>;

// Slots of a leaf that belong to one zone.
struct Stretch {
  const ArrayData& leaf;
  int64_t begin;  // slot, from the start of the leaf's buffers
  int64_t count;
  Marks nulls;  // one per slot, not 0 = null; empty when all are valid

  bool is_valid(int64_t i) const { return nulls.empty() || nulls[i] == 0; }
};

template <typename T>
std::string BytesOfNumber(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <typename T>
void SetBounds(const T& low, const T& high, ZoneStatistics* out) {
  out->min = BytesOfNumber(low);
  out->max = BytesOfNumber(high);
}

template <typename T>
void AddNumbers(const Stretch& stretch, ZoneStatistics* out) {
  const uint8_t* values =
      stretch.leaf.buffers[1]->data() + stretch.begin * static_cast<int64_t>(sizeof(T));
  kernel::MinMax<T> found;
  if (stretch.nulls.empty()) {
    found = kernel::FindMinMax<T>(values, stretch.count);
  } else {
    found = kernel::FindMinMax<T>(values, stretch.count, stretch.nulls.data());
  }
  out->num_nans = static_cast<uint32_t>(found.num_nans);
  if (out->has_values()) SetBounds(found.low, found.high, out);
}

// Numbers that are too wide for a register.
template <typename T>
void AddWideNumbers(const Stretch& stretch, ZoneStatistics* out) {
  if (!out->has_values()) return;
  const uint8_t* values =
      stretch.leaf.buffers[1]->data() + stretch.begin * static_cast<int64_t>(sizeof(T));
  const auto load = [&](int64_t i) {
    if constexpr (std::is_same_v<T, arrow::Decimal256>) {
      return T(values + i * static_cast<int64_t>(sizeof(T)));
    } else {
      return LoadUnaligned<T>(values + i * static_cast<int64_t>(sizeof(T)));
    }
  };
  int64_t first = 0;
  while (!stretch.is_valid(first)) ++first;
  T low = load(first);
  T high = low;
  for (int64_t i = first + 1; i < stretch.count; ++i) {
    if (!stretch.is_valid(i)) continue;
    const T value = load(i);
    if (value < low) low = value;
    if (high < value) high = value;
  }
  SetBounds(low, high, out);
}

void AddBits(const Stretch& stretch, ZoneStatistics* out) {
  if (!out->has_values()) return;
  const uint8_t* bits = stretch.leaf.buffers[1]->data();
  int64_t num_true = 0;
  if (stretch.nulls.empty()) {
    num_true = arrow::internal::CountSetBits(bits, stretch.begin, stretch.count);
  } else {
    for (int64_t i = 0; i < stretch.count; ++i) {
      num_true += stretch.nulls[i] == 0 && arrow::bit_util::GetBit(bits, stretch.begin + i);
    }
  }
  const int64_t num_values = out->num_rows - out->num_nulls;
  SetBounds<uint8_t>(num_true == num_values ? 1 : 0, num_true > 0 ? 1 : 0, out);
}

// First eight bytes, so that numbers compare like the texts; shorter texts end with zeros.
/// \param room  bytes that may be read at `text`
uint64_t PrefixOf(std::string_view text, size_t room) {
  uint64_t word = 0;
  if (room >= 8) {
    word = __builtin_bswap64(LoadUnaligned<uint64_t>(text.data()));
    return text.size() >= 8 ? word
           : text.empty()   ? 0
                            : word & ~uint64_t{0} << 8 * (8 - text.size());
  }
  if (!text.empty()) std::memcpy(&word, text.data(), std::min<size_t>(text.size(), 8));
  return __builtin_bswap64(word);
}

class TextBounds {
 public:
  void Add(std::string_view text, size_t room) {
    const uint64_t prefix = PrefixOf(text, room);
    if (prefix > low_prefix_ && prefix < high_prefix_) return;
    AddBorder(text, prefix);
  }

  void Finish(ZoneStatistics* out) const {
    out->min = std::string(low_.substr(0, kMaxBoundBytes));
    if (high_.size() <= kMaxBoundBytes) {
      out->max = std::string(high_);
      return;
    }
    // The next larger text of that length, if there is one.
    std::string bound(high_.substr(0, kMaxBoundBytes));
    while (!bound.empty() && static_cast<uint8_t>(bound.back()) == 0xFF) bound.pop_back();
    if (bound.empty()) return;
    bound.back() = static_cast<char>(static_cast<uint8_t>(bound.back()) + 1);
    out->max = std::move(bound);
  }

 private:
  void AddBorder(std::string_view text, uint64_t prefix) {
    if (!any_) {
      low_ = high_ = text;
      low_prefix_ = high_prefix_ = prefix;
      any_ = true;
      return;
    }
    // Few distinct texts meet the bounds all the time.
    if (prefix == low_prefix_ && IsSame(text, low_)) return;
    if (prefix == high_prefix_ && IsSame(text, high_)) return;
    if (prefix < low_prefix_ || (prefix == low_prefix_ && text < low_)) {
      low_ = text;
      low_prefix_ = prefix;
    }
    if (prefix > high_prefix_ || (prefix == high_prefix_ && high_ < text)) {
      high_ = text;
      high_prefix_ = prefix;
    }
  }

  // Whether texts of the same prefix are equal.
  static bool IsSame(std::string_view text, std::string_view bound) {
    if (text.size() != bound.size()) return false;
    if (text.size() <= 8) return true;
    const size_t last = text.size() - 8;
    if (LoadUnaligned<uint64_t>(text.data() + last) !=
        LoadUnaligned<uint64_t>(bound.data() + last)) {
      return false;
    }
    return text.size() <= 16 || text == bound;
  }

  bool any_ = false;
  std::string_view low_, high_;
  uint64_t low_prefix_ = ~uint64_t{0};
  uint64_t high_prefix_ = 0;
};

template <typename Offset, typename SlotOf>
void AddOffsetTexts(const Stretch& stretch, const ArrayData& texts, const SlotOf& slot_of,
                    ZoneStatistics* out) {
  const auto* offsets = reinterpret_cast<const Offset*>(texts.buffers[1]->data());
  const auto& buffer = texts.buffers[2];
  const auto* data = buffer == nullptr ? "" : reinterpret_cast<const char*>(buffer->data());
  const auto size = static_cast<size_t>(buffer == nullptr ? 0 : buffer->size());
  TextBounds bounds;
  for (int64_t i = 0; i < stretch.count; ++i) {
    if (!stretch.is_valid(i)) continue;
    const int64_t slot = slot_of(stretch.begin + i);
    const auto begin = static_cast<size_t>(offsets[slot]);
    const auto length = static_cast<size_t>(offsets[slot + 1]) - begin;
    bounds.Add({data + begin, length}, size - begin);
  }
  bounds.Finish(out);
}

template <typename SlotOf>
void AddViews(const Stretch& stretch, const ArrayData& texts, const SlotOf& slot_of,
              ZoneStatistics* out) {
  const auto* views =
      reinterpret_cast<const arrow::BinaryViewType::c_type*>(texts.buffers[1]->data());
  TextBounds bounds;
  for (int64_t i = 0; i < stretch.count; ++i) {
    if (!stretch.is_valid(i)) continue;
    const std::string_view text =
        arrow::util::FromBinaryView(views[slot_of(stretch.begin + i)], texts.buffers.data() + 2);
    bounds.Add(text, text.size());
  }
  bounds.Finish(out);
}

template <typename SlotOf>
void AddTexts(const Stretch& stretch, const ArrayData& texts, const SlotOf& slot_of,
              ZoneStatistics* out) {
  switch (texts.type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AddOffsetTexts<int32_t>(stretch, texts, slot_of, out);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return AddOffsetTexts<int64_t>(stretch, texts, slot_of, out);
    default:
      return AddViews(stretch, texts, slot_of, out);
  }
}

void AddAnyTexts(const Stretch& stretch, ZoneStatistics* out) {
  if (!out->has_values()) return;
  const ArrayData& leaf = stretch.leaf;
  if (leaf.type->id() != arrow::Type::DICTIONARY) {
    return AddTexts(stretch, leaf, [](int64_t slot) { return slot; }, out);
  }
  const ArrayData& items = *leaf.dictionary;
  const auto slot_of = [&](int64_t slot) {
    return items.offset + static_cast<int64_t>(DictionaryIndex(leaf, slot));
  };
  AddTexts(stretch, items, slot_of, out);
}

void AddSigned(const Stretch& stretch, uint16_t bytes, ZoneStatistics* out) {
  switch (bytes) {
    case 1:
      return AddNumbers<int8_t>(stretch, out);
    case 2:
      return AddNumbers<int16_t>(stretch, out);
    case 4:
      return AddNumbers<int32_t>(stretch, out);
    case 8:
      return AddNumbers<int64_t>(stretch, out);
    case 16:
      return AddWideNumbers<__int128>(stretch, out);
    default:
      return AddWideNumbers<arrow::Decimal256>(stretch, out);
  }
}

void AddUnsigned(const Stretch& stretch, uint16_t bytes, ZoneStatistics* out) {
  if (stretch.leaf.type->id() == arrow::Type::BOOL) return AddBits(stretch, out);
  switch (bytes) {
    case 1:
      return AddNumbers<uint8_t>(stretch, out);
    case 2:
      return AddNumbers<uint16_t>(stretch, out);
    case 4:
      return AddNumbers<uint32_t>(stretch, out);
    default:
      return AddNumbers<uint64_t>(stretch, out);
  }
}

ZoneStatistics LookAt(const Stretch& stretch, BoundType type) {
  ZoneStatistics out;
  out.num_rows = static_cast<uint32_t>(stretch.count);
  out.num_nulls = static_cast<uint32_t>(kernel::CountLevels(
      stretch.nulls.data(), static_cast<int64_t>(stretch.nulls.size()), UINT16_MAX));
  if (!out.has_values()) return out;
  switch (type.order) {
    case ValueOrder::kSigned:
      AddSigned(stretch, type.value_bytes, &out);
      break;
    case ValueOrder::kUnsigned:
      AddUnsigned(stretch, type.value_bytes, &out);
      break;
    case ValueOrder::kFloat:
      type.value_bytes == 4 ? AddNumbers<float>(stretch, &out) : AddNumbers<double>(stretch, &out);
      break;
    case ValueOrder::kBytes:
      AddAnyTexts(stretch, &out);
      break;
    case ValueOrder::kNone:
      break;
  }
  return out;
}

}  // namespace

void CollectZones(const LeafPage& page, BoundType type, uint64_t first_row,
                  std::vector<ZoneStatistics>* zones) {
  uint64_t row = first_row;
  int64_t entry = 0;
  for (const LeafRun& run : page.runs) {
    for (int64_t done = 0; done < run.count;) {
      const auto room = static_cast<int64_t>(kZoneRows - row % kZoneRows);
      const int64_t count = std::min(room, run.count - done);
      Marks nulls;
      if (!page.def.empty()) nulls = Marks(page.def).subspan(entry, count);
      const Stretch stretch{*run.leaf, run.begin + done, count, nulls};
      if (row % kZoneRows == 0 || zones->empty()) zones->emplace_back();
      MergeZone(type, LookAt(stretch, type), &zones->back());
      done += count;
      entry += count;
      row += static_cast<uint64_t>(count);
    }
  }
}

}  // namespace lance::encoding::page_write
