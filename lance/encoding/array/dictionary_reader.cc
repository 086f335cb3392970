// Values by their number in a dictionary.
//
// The dictionaries that the official writer makes by itself count from 1, and 0 is null; those of
// Arrow count from 0, and a null names a null item. Source: Lance file format 2.0, Dictionary.
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/util/bit_util.h>

#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lance/encoding/array/array_reader.h"
#include "lance/encoding/page/scratch.h"

namespace lance::encoding::array {
namespace {

// Copy decoded items, which own no memory of a batch afterwards.
Status CopyItems(const LeafColumn& items, const ValueType& type, ValueBuilder* out) {
  const auto count = items.num_values;
  const Bytes data{items.values.data->data(), static_cast<size_t>(items.values.data->size())};
  if (!type.is_fixed()) return out->AppendVariable(items.values.offsets->data(), count, data);
  if (type.bits % 8 != 0) return out->AppendBits(data.data(), 0, count);
  ARROW_ASSIGN_OR_RAISE(uint8_t* const to, out->AppendFixed(count));
  if (!data.empty()) std::memcpy(to, data.data(), data.size());
  return Status::OK();
}

class DictionaryReader final : public PageReader {
 public:
  DictionaryReader(const ArrayContext& context, const ArrayNode& node)
      : PageReader(context.num_values),
        num_items_(node.num_items),
        first_index_(context.shape.role == LeafRole::kDictionary ? 0 : 1) {
    item_shape_.values = context.shape.values;
  }

  Status Open(const ArrayNode& node, const ArrayContext& context) {
    const ArrayNode& indices = WithoutNoNulls(node.children[0]);
    const ArrayNode& flat =
        indices.kind == ArrayKind::kSomeNulls ? WithoutNoNulls(indices.children[1]) : indices;
    LANCE_CHECK_BYTES(flat.kind == ArrayKind::kFlat &&
                          (flat.bits == 8 || flat.bits == 16 || flat.bits == 32 || flat.bits == 64),
                      "the indices of a dictionary are encoded as ", ToString(indices));
    const ArrayKind item_kind = WithoutNoNulls(node.children[1]).kind;
    LANCE_CHECK_BYTES(item_kind != ArrayKind::kDictionary, "a dictionary of dictionaries");
    index_shape_.values = ValueType::Fixed(flat.bits);
    LANCE_CHECK_BYTES(item_shape_.values.lists.empty() && num_items_ < UINT32_MAX,
                      "a dictionary of ", num_items_, " items encoded as ",
                      ToString(node.children[1]));
    ARROW_ASSIGN_OR_RAISE(
        indices_, MakeFixedReader(indices, {context.buffers, context.num_values, 0, index_shape_}));
    ARROW_ASSIGN_OR_RAISE(
        item_reader_, MakeReader(node.children[1], {context.buffers, num_items_, 0, item_shape_}));
    ARROW_RETURN_NOT_OK(CollectBuffers(node.children[1], context, &item_ranges_));
    SortRanges(0, &item_ranges_);
    return Status::OK();
  }

  uint64_t size_bytes() const override {
    const uint64_t items = values_ ? values_->View().plain_size_bytes() : 0;
    return sizeof(DictionaryReader) + items + item_valid_.size();
  }
  std::vector<ByteRange> InitialRanges() const override { return item_ranges_; }

  Status Initialize(const FetchedBytes& bytes) override {
    arrow::MemoryPool* const pool = arrow::default_memory_pool();
    const auto count = static_cast<int64_t>(num_items_);
    ARROW_RETURN_NOT_OK(CheckItems());
    ARROW_ASSIGN_OR_RAISE(auto decoded, LeafAccumulator::Make(item_shape_, count, {}, pool));
    const RowRange all{0, num_items_};
    DecodeScratch scratch;
    ARROW_RETURN_NOT_OK(item_reader_->Decode({&all, 1}, bytes, &scratch, &decoded));
    ARROW_ASSIGN_OR_RAISE(LeafColumn items, decoded.Finish());
    values_.emplace(item_shape_.values, pool);
    ARROW_RETURN_NOT_OK(CopyItems(items, item_shape_.values, &*values_));
    // What nulls name.
    ARROW_RETURN_NOT_OK(values_->AppendPlaceholders(1));
    item_valid_.assign(num_items_ + 1, 1);
    item_valid_.back() = 0;
    has_null_items_ = items.null_count > 0;
    for (uint64_t i = 0; items.validity != nullptr && i < num_items_; ++i) {
      item_valid_[i] = arrow::bit_util::GetBit(items.validity->data(), static_cast<int64_t>(i));
    }
    return Status::OK();
  }

  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    return indices_->AddRanges(rows, out);
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    int64_t count = 0;
    for (const RowRange& range : rows) count += static_cast<int64_t>(range.size());
    ARROW_ASSIGN_OR_RAISE(auto decoded,
                          LeafAccumulator::Make(index_shape_, count, {}, out->pool()));
    ARROW_RETURN_NOT_OK(indices_->Decode(rows, bytes, scratch, &decoded));
    ARROW_ASSIGN_OR_RAISE(const LeafColumn indices, decoded.Finish());
    DecodeScratch::Impl& memory = scratch->impl();
    memory.indices.resize(static_cast<size_t>(count));
    ARROW_ASSIGN_OR_RAISE(const bool any_null, Number(indices, memory.indices.data()));
    if (!any_null && !has_null_items_) {
      ARROW_RETURN_NOT_OK(out->AppendValid(count));
      return out->values().AppendGather(*values_, memory.indices.data(), count);
    }
    memory.bits.assign(static_cast<size_t>(count + 7) / 8, 0);
    for (int64_t i = 0; i < count; ++i) {
      memory.bits[i / 8] |= static_cast<uint8_t>(item_valid_[memory.indices[i]] << (i % 8));
    }
    ARROW_RETURN_NOT_OK(out->AppendBitmap(memory.bits.data(), 0, count));
    return out->values().AppendGather(*values_, memory.indices.data(), count);
  }

 private:
  // A dictionary cannot have more items than its page has bytes for, unless they are all null.
  Status CheckItems() const {
    uint64_t num_bytes = 0;
    for (const ByteRange& range : item_ranges_) num_bytes += range.length;
    LANCE_CHECK_BYTES(num_items_ <= 1024 + num_bytes * 8 * 65536, "a dictionary of ", num_bytes,
                      " bytes claims ", num_items_, " items");
    return Status::OK();
  }

  // Numbers of items; the one behind the last for nulls. Return whether there are any.
  Result<bool> Number(const LeafColumn& indices, uint32_t* out) const {
    switch (index_shape_.values.bits) {
      case 8:
        return NumberAs<uint8_t>(indices, out);
      case 16:
        return NumberAs<uint16_t>(indices, out);
      case 32:
        return NumberAs<uint32_t>(indices, out);
      default:
        return NumberAs<uint64_t>(indices, out);
    }
  }

  template <typename T>
  Result<bool> NumberAs(const LeafColumn& indices, uint32_t* out) const {
    const uint8_t* from = indices.values.data->data();
    const auto null_item = static_cast<uint32_t>(num_items_);
    uint64_t largest = 0;
    bool any_null = false;
    for (int64_t i = 0; i < indices.num_values; ++i) {
      // An index of 0 wraps when items count from 1: it is null.
      const uint64_t raw = LoadUnaligned<T>(from + i * static_cast<int64_t>(sizeof(T)));
      const uint64_t item = raw - first_index_;
      const bool is_null =
          item == ~uint64_t{0} ||
          (indices.validity != nullptr && !arrow::bit_util::GetBit(indices.validity->data(), i));
      any_null |= is_null;
      out[i] = is_null ? null_item : static_cast<uint32_t>(item);
      largest = std::max(largest, is_null ? 0 : item + 1);
    }
    LANCE_CHECK_BYTES(largest <= num_items_, "index ", largest - 1, " in a dictionary of ",
                      num_items_, " items");
    return any_null;
  }

  uint64_t num_items_;
  uint64_t first_index_;
  LeafShape index_shape_;
  LeafShape item_shape_;
  std::unique_ptr<PageReader> indices_;
  std::unique_ptr<PageReader> item_reader_;
  std::vector<ByteRange> item_ranges_;
  std::optional<ValueBuilder> values_;  // the items, and a placeholder
  std::vector<uint8_t> item_valid_;
  bool has_null_items_ = false;
};

}  // namespace

Result<std::unique_ptr<PageReader>> MakeDictionaryReader(const ArrayNode& node,
                                                         const ArrayContext& context) {
  auto out = std::make_unique<DictionaryReader>(context, node);
  ARROW_RETURN_NOT_OK(out->Open(node, context));
  return out;
}

}  // namespace lance::encoding::array
