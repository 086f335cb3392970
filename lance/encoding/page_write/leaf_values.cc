#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "lance/encoding/kernel/levels.h"
#include "lance/encoding/page_write/leaf_page.h"

namespace lance::encoding::page_write {
namespace {

using arrow::ArrayData;

Bytes BytesOf(const std::shared_ptr<arrow::Buffer>& buffer) {
  if (buffer == nullptr) return {};
  return {buffer->data(), static_cast<size_t>(buffer->size())};
}

// Where the values of a fixed leaf lie: a fixed-size list is followed down to its items.
struct FixedSource {
  const ArrayData* items = nullptr;
  int64_t first_item = 0;
  struct Layer {
    const uint8_t* validity = nullptr;  // null = all valid
    int64_t begin = 0;
    int64_t count = 0;
  };
  std::vector<Layer> layers;  // outermost first
};

FixedSource FindFixed(const ArrayData& leaf, int64_t begin, int64_t count) {
  FixedSource out;
  out.items = &leaf;
  out.first_item = begin;
  while (out.items->type->id() == arrow::Type::FIXED_SIZE_LIST ||
         out.items->type->id() == arrow::Type::EXTENSION) {
    const arrow::DataType* type = out.items->type.get();
    if (type->id() == arrow::Type::EXTENSION) {
      type = static_cast<const arrow::ExtensionType&>(*type).storage_type().get();
    }
    if (type->id() != arrow::Type::FIXED_SIZE_LIST) break;
    const int64_t dimension = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
    out.items = out.items->child_data[0].get();
    out.first_item = out.first_item * dimension + out.items->offset;
    count *= dimension;
    const bool has_nulls = out.items->buffers[0] != nullptr && out.items->GetNullCount() != 0;
    const uint8_t* validity = has_nulls ? out.items->buffers[0]->data() : nullptr;
    out.layers.push_back({validity, out.first_item, count});
  }
  return out;
}

int64_t ItemsPerValue(const ValueType& type) {
  int64_t out = 1;
  for (const ListLayer& layer : type.lists) out *= layer.dimension;
  return out;
}

bool HasItemNulls(const FixedSource& source) {
  return std::any_of(source.layers.begin(), source.layers.end(),
                     [](const FixedSource::Layer& layer) { return layer.validity != nullptr; });
}

// Copies runs into a builder, with placeholders for the values below nulls.
class ValueCopier {
 public:
  ValueCopier(const LeafPage& page, arrow::MemoryPool* pool)
      : page_(page), builder_(page.type, pool) {
    if (page.num_nulls > 0 && page.num_values == page.num_entries) {
      nulls_ = page.def;
    } else {
      own_nulls_ = NullMarks(page);
      nulls_ = own_nulls_;
    }
  }

  Result<ValueBuilder> Copy() {
    ARROW_RETURN_NOT_OK(builder_.Reserve(page_.num_values));
    for (const LeafRun& run : page_.runs) {
      ARROW_RETURN_NOT_OK(AppendRun(run));
      done_ += run.count;
    }
    return std::move(builder_);
  }

 private:
  Status AppendRun(const LeafRun& run) {
    const ArrayData& leaf = *run.leaf;
    switch (leaf.type->id()) {
      case arrow::Type::NA:
        return builder_.AppendPlaceholders(run.count);
      case arrow::Type::DICTIONARY:
        return AppendDictionary(leaf, run);
      case arrow::Type::STRING_VIEW:
      case arrow::Type::BINARY_VIEW:
        return AppendViews(leaf, run);
      default:
        return page_.type.is_fixed() ? AppendFixed(leaf, run) : AppendVariable(leaf, run);
    }
  }

  bool is_null(int64_t i) const { return !nulls_.empty() && nulls_[done_ + i] != 0; }

  // Visit the stretches of a run: body(begin, count, is_null).
  template <typename Body>
  Status ForEachStretch(const LeafRun& run, const Body& body) {
    for (int64_t i = 0; i < run.count;) {
      const bool null = is_null(i);
      int64_t end = i + 1;
      while (end < run.count && is_null(end) == null) ++end;
      ARROW_RETURN_NOT_OK(body(run.begin + i, end - i, null));
      i = end;
    }
    return Status::OK();
  }

  Status AppendFixed(const ArrayData& leaf, const LeafRun& run) {
    const FixedSource source = FindFixed(leaf, run.begin, run.count);
    const int64_t items = ItemsPerValue(page_.type);
    const uint64_t item_bits = page_.type.bits / static_cast<uint64_t>(items);
    const uint8_t* data = BytesOf(source.items->buffers[1]).data();
    if (page_.type.bits % 8 != 0 || item_bits % 8 != 0) {
      ARROW_RETURN_NOT_OK(AppendFixedBits(source, data, items, run));
    } else {
      ARROW_ASSIGN_OR_RAISE(uint8_t* target, builder_.AppendFixed(run.count));
      const uint64_t width = page_.type.bytes();
      std::memcpy(target, data + source.first_item * (item_bits / 8), run.count * width);
      if (!nulls_.empty()) kernel::ClearNulls(nulls_.data() + done_, run.count, width, target);
    }
    for (size_t layer = 0; layer < source.layers.size(); ++layer) {
      const FixedSource::Layer& bits = source.layers[layer];
      if (bits.validity == nullptr) continue;
      ARROW_RETURN_NOT_OK(builder_.AppendItemValidity(static_cast<int>(layer), bits.validity,
                                                      bits.begin, bits.count));
    }
    return Status::OK();
  }

  Status AppendFixedBits(const FixedSource& source, const uint8_t* data, int64_t items,
                         const LeafRun& run) {
    return ForEachStretch(run, [&](int64_t begin, int64_t count, bool null) {
      if (null) return builder_.AppendPlaceholders(count);
      return builder_.AppendBits(data, source.first_item + (begin - run.begin) * items, count);
    });
  }

  Status AppendVariable(const ArrayData& leaf, const LeafRun& run) {
    const Bytes data = BytesOf(leaf.buffers[2]);
    if (leaf.buffers[1] == nullptr) return builder_.AppendPlaceholders(run.count);
    const uint8_t* offsets = leaf.buffers[1]->data();
    const auto width = static_cast<int64_t>(page_.type.bytes());
    return ForEachStretch(run, [&](int64_t begin, int64_t count, bool null) {
      if (null) return builder_.AppendPlaceholders(count);
      return builder_.AppendVariable(offsets + begin * width, count, data);
    });
  }

  Status AppendViews(const ArrayData& leaf, const LeafRun& run) {
    const auto* views =
        reinterpret_cast<const arrow::BinaryViewType::c_type*>(leaf.buffers[1]->data());
    for (int64_t i = 0; i < run.count; ++i) {
      std::string_view value;
      if (!is_null(i)) {
        value = arrow::util::FromBinaryView(views[run.begin + i], leaf.buffers.data() + 2);
      }
      ARROW_RETURN_NOT_OK(builder_.AppendOne(AsBytes(value)));
    }
    return Status::OK();
  }

  // The items of the dictionary become a builder of their own, and are gathered from it.
  Status AppendDictionary(const ArrayData& leaf, const LeafRun& run) {
    ARROW_RETURN_NOT_OK(LoadDictionary(leaf));
    std::vector<uint32_t> indices;
    return ForEachStretch(run, [&](int64_t begin, int64_t count, bool null) -> Status {
      if (null) return builder_.AppendPlaceholders(count);
      indices.clear();
      for (int64_t i = begin; i < begin + count; ++i) {
        const uint64_t index = DictionaryIndex(leaf, i);
        LANCE_REQUIRE(index < static_cast<uint64_t>(leaf.dictionary->length), "dictionary index ",
                      index, " is not below the ", leaf.dictionary->length, " items");
        indices.push_back(static_cast<uint32_t>(index));
      }
      return builder_.AppendGather(*items_, indices.data(), count);
    });
  }

  Status LoadDictionary(const ArrayData& leaf) {
    if (dictionary_ == leaf.dictionary) return Status::OK();
    dictionary_ = leaf.dictionary;
    LeafPage items;
    items.type = page_.type;
    items.num_values = items.num_entries = dictionary_->length;
    items.runs.push_back({dictionary_, dictionary_->offset, dictionary_->length});
    ARROW_ASSIGN_OR_RAISE(ValueBuilder copy, ValueCopier(items, nullptr).Copy());
    items_.emplace(std::move(copy));
    return Status::OK();
  }

  const LeafPage& page_;
  std::vector<uint16_t> own_nulls_;
  std::span<const uint16_t> nulls_;  // as `NullMarks`
  ValueBuilder builder_;
  int64_t done_ = 0;
  std::shared_ptr<ArrayData> dictionary_;
  std::optional<ValueBuilder> items_;
};

template <typename Offset>
bool NullsAreEmpty(const LeafPage& page, const Offset* offsets) {
  if (page.num_values != page.num_entries) return false;
  bool empty = true;
  for (int64_t i = 0; i < page.num_values; ++i) {
    empty &= page.def[i] == 0 || offsets[i] == offsets[i + 1];
  }
  return empty;
}

// View of the only run, if its values can be encoded as they lie in memory.
std::optional<ValueView> BorrowRun(const LeafPage& page) {
  const LeafRun& run = page.runs[0];
  const ArrayData& leaf = *run.leaf;
  ValueView view;
  view.type = page.type;
  view.num_values = page.num_values;
  if (!page.type.is_fixed()) {
    if (leaf.buffers.size() != 3 || leaf.buffers[1] == nullptr) return std::nullopt;
    view.data = BytesOf(leaf.buffers[2]);
    view.offsets = leaf.buffers[1]->data() + run.begin * static_cast<int64_t>(page.type.bytes());
    const bool usable =
        page.num_nulls == 0 ||
        (page.type.bits == 32 ? NullsAreEmpty(page, static_cast<const int32_t*>(view.offsets))
                              : NullsAreEmpty(page, static_cast<const int64_t*>(view.offsets)));
    return usable ? std::optional(view) : std::nullopt;
  }
  if (page.num_nulls > 0) return std::nullopt;
  const FixedSource source = FindFixed(leaf, run.begin, run.count);
  if (HasItemNulls(source) || source.items->buffers[1] == nullptr) return std::nullopt;
  const int64_t items = ItemsPerValue(page.type);
  const uint64_t first_bit = source.first_item * (page.type.bits / static_cast<uint64_t>(items));
  if (first_bit % 8 != 0) return std::nullopt;
  view.data = {source.items->buffers[1]->data() + first_bit / 8,
               static_cast<size_t>((view.num_values * page.type.bits + 7) / 8)};
  return view;
}

bool IsPlainLeaf(const LeafRun& run) {
  switch (run.leaf->type->id()) {
    case arrow::Type::NA:
    case arrow::Type::DICTIONARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::vector<uint16_t> NullMarks(const LeafPage& page) {
  std::vector<uint16_t> out;
  if (page.num_nulls == 0) return out;
  if (page.num_values == page.num_entries) return page.def;
  out.reserve(page.num_values);
  for (const uint16_t level : page.def) {
    if (level <= page.max_visible) out.push_back(level);
  }
  return out;
}

uint64_t DictionaryIndex(const ArrayData& leaf, int64_t slot) {
  const uint8_t* indices = leaf.buffers[1]->data();
  switch (static_cast<const arrow::DictionaryType&>(*leaf.type).index_type()->id()) {
    case arrow::Type::INT8:
      return static_cast<uint64_t>(static_cast<int64_t>(LoadUnaligned<int8_t>(indices + slot)));
    case arrow::Type::UINT8:
      return indices[slot];
    case arrow::Type::INT16:
      return static_cast<uint64_t>(
          static_cast<int64_t>(LoadUnaligned<int16_t>(indices + slot * 2)));
    case arrow::Type::UINT16:
      return LoadUnaligned<uint16_t>(indices + slot * 2);
    case arrow::Type::INT32:
      return static_cast<uint64_t>(
          static_cast<int64_t>(LoadUnaligned<int32_t>(indices + slot * 4)));
    case arrow::Type::UINT32:
      return LoadUnaligned<uint32_t>(indices + slot * 4);
    default:
      return LoadUnaligned<uint64_t>(indices + slot * 8);
  }
}

Result<FlatValues> Flatten(const LeafPage& page, arrow::MemoryPool* pool) {
  FlatValues out;
  out.alive = page.runs;
  if (page.runs.size() == 1 && IsPlainLeaf(page.runs[0])) {
    if (const auto view = BorrowRun(page)) {
      out.view = *view;
      return out;
    }
  }
  ARROW_ASSIGN_OR_RAISE(ValueBuilder copy, ValueCopier(page, pool).Copy());
  out.owner.emplace(std::move(copy));
  out.view = out.owner->View();
  return out;
}

std::vector<std::shared_ptr<arrow::Buffer>> PlainPieces(const LeafPage& page) {
  std::vector<std::shared_ptr<arrow::Buffer>> out;
  if (!page.type.is_fixed() || page.type.bits % 8 != 0 || page.num_nulls > 0) return out;
  const int64_t items = ItemsPerValue(page.type);
  const uint64_t item_bits = page.type.bits / static_cast<uint64_t>(items);
  for (const LeafRun& run : page.runs) {
    if (!IsPlainLeaf(run)) return {};
    const FixedSource source = FindFixed(*run.leaf, run.begin, run.count);
    const std::shared_ptr<arrow::Buffer>& data = source.items->buffers[1];
    if (HasItemNulls(source) || data == nullptr || item_bits % 8 != 0) return {};
    out.push_back(arrow::SliceBuffer(data, source.first_item * static_cast<int64_t>(item_bits / 8),
                                     run.count * static_cast<int64_t>(page.type.bytes())));
  }
  return out;
}

}  // namespace lance::encoding::page_write
