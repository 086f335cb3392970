#include "lance/encoding/codec/fixed_size_list/fixed_size_list.h"

#include <algorithm>
#include <cstring>

#include "arrow/util/bit_util.h"
#include "arrow/util/bitmap_ops.h"
#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/codec/flat/flat.h"

namespace lance::encoding::fixed_size_list {
namespace {

// One layer whose items have validity.
struct NullableLayer {
  int index = 0;                // into ValueType::lists
  uint64_t bits_per_value = 0;  // items of this layer in one value
};

// The tree of list layers, flattened.
struct ListLayout {
  std::vector<NullableLayer> nullable;
  uint64_t bits = 0;  // of all items of one value
  bool all_items_null = false;

  uint64_t item_bytes() const { return all_items_null ? 0 : (bits + 7) / 8; }
  uint64_t value_bytes() const {
    uint64_t bytes = item_bytes();
    for (const NullableLayer& layer : nullable) bytes += (layer.bits_per_value + 7) / 8;
    return bytes;
  }
};

Result<ListLayout> MakeListLayout(const EncodingNode& root, const ValueType& type) {
  ListLayout out;
  out.bits = type.bits;
  LANCE_CHECK_BYTES(type.is_fixed() && !type.lists.empty(), ToString(root),
                    " where no fixed-size lists are expected");
  const EncodingNode* node = &root;
  uint64_t items = 1;
  for (size_t i = 0; i < type.lists.size(); ++i, node = &node->children[0]) {
    if (i > 0 && node->tag == kConstant) break;  // the lists inside are null, all of them
    const auto dimension = static_cast<uint64_t>(type.lists[i].dimension);
    LANCE_CHECK_BYTES(node->tag == kFixedSizeList && node->num_items == dimension && dimension > 0,
                      ToString(root), " where lists of ", dimension, " items are expected");
    ARROW_RETURN_NOT_OK(codec::CheckChildren(*node, 1));
    LANCE_CHECK_BYTES(CheckedMultiply(items, dimension, &items) && items <= type.bits,
                      ToString(root), " has too many items");
    if (node->has_validity) out.nullable.push_back({static_cast<int>(i), items});
  }
  out.all_items_null = node->tag == kConstant;
  LANCE_CHECK_BYTES(out.all_items_null || (node->tag == kFlat && node->bits == type.bits / items),
                    ToString(root), " where items of ", type.bits / items, " bits are expected");
  return out;
}

class ListMiniBlockDecoder final : public MiniBlockDecoder {
 public:
  explicit ListMiniBlockDecoder(ListLayout layout) : layout_(std::move(layout)) {}
  int num_buffers() const override { return static_cast<int>(layout_.nullable.size()) + 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    const RowRange all{0, static_cast<uint64_t>(num_values)};
    return DecodeSome(buffers, num_values, {&all, 1}, out);
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(buffers.size() == layout_.nullable.size() + 1, "a chunk of lists has ",
                      buffers.size(), " buffers instead of ", layout_.nullable.size() + 1);
    ARROW_RETURN_NOT_OK(flat::CheckPlainSize(buffers.back(), num_values, layout_.bits));
    for (size_t i = 0; i < layout_.nullable.size(); ++i) {
      // Cannot overflow: the values take at least as many bits.
      const uint64_t num_bits =
          layout_.nullable[i].bits_per_value * static_cast<uint64_t>(num_values);
      LANCE_CHECK_BYTES(buffers[i].size() >= (num_bits + 7) / 8, "validity of ", num_bits,
                        " items takes ", buffers[i].size(), " bytes");
    }
    for (const RowRange& range : wanted) ARROW_RETURN_NOT_OK(AppendRange(buffers, range, out));
    return Status::OK();
  }

 private:
  Status AppendRange(std::span<const Bytes> buffers, RowRange range, ValueBuilder* out) const {
    ARROW_RETURN_NOT_OK(flat::AppendPlainRange(buffers.back(), layout_.bits, range, out));
    for (size_t i = 0; i < layout_.nullable.size(); ++i) {
      const NullableLayer& layer = layout_.nullable[i];
      ARROW_RETURN_NOT_OK(out->AppendItemValidity(
          layer.index, buffers[i].data(), static_cast<int64_t>(range.begin * layer.bits_per_value),
          static_cast<int64_t>(range.size() * layer.bits_per_value)));
    }
    return Status::OK();
  }

  ListLayout layout_;
};

class ListPerValueDecoder final : public PerValueDecoder {
 public:
  explicit ListPerValueDecoder(ListLayout layout) : layout_(std::move(layout)) {}
  uint64_t value_bytes() const override { return layout_.value_bytes(); }
  Status Decode(Bytes value, ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(value.size() == layout_.value_bytes(), "a list value has ", value.size(),
                      " bytes instead of ", layout_.value_bytes());
    return DecodeStrided(value.data(), value.size(), 1, out);
  }
  Status DecodeStrided(const uint8_t* first, uint64_t stride, int64_t count,
                       ValueBuilder* out) const override {
    const uint64_t validity_bytes = layout_.value_bytes() - layout_.item_bytes();
    if (layout_.nullable.empty() && !layout_.all_items_null && layout_.bits % 8 == 0) {
      return AppendItems(first, stride, count, out);
    }
    for (int64_t i = 0; i < count; ++i) {
      const uint8_t* value = first + static_cast<uint64_t>(i) * stride;
      if (layout_.all_items_null) {
        ARROW_RETURN_NOT_OK(out->AppendPlaceholders(1));
      } else if (layout_.bits % 8 != 0) {
        ARROW_RETURN_NOT_OK(out->AppendBits(value + validity_bytes, 0, 1));
      } else {
        ARROW_RETURN_NOT_OK(AppendItems(value + validity_bytes, stride, 1, out));
      }
      ARROW_RETURN_NOT_OK(AppendValidity(value, out));
    }
    return Status::OK();
  }

 private:
  Status AppendItems(const uint8_t* first, uint64_t stride, int64_t count,
                     ValueBuilder* out) const {
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(count));
    const uint64_t width = layout_.bits / 8;
    if (stride == width) {
      std::memcpy(to, first, width * static_cast<uint64_t>(count));
      return Status::OK();
    }
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * width, first + i * stride, width);
    return Status::OK();
  }
  Status AppendValidity(const uint8_t* at, ValueBuilder* out) const {
    for (const NullableLayer& layer : layout_.nullable) {
      ARROW_RETURN_NOT_OK(
          out->AppendItemValidity(layer.index, at, 0, static_cast<int64_t>(layer.bits_per_value)));
      at += (layer.bits_per_value + 7) / 8;
    }
    return Status::OK();
  }

  ListLayout layout_;
};

codec::MiniBlockOpened OpenListMiniBlock(const EncodingNode& node, const ValueType& type,
                                         FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(ListLayout layout, MakeListLayout(node, type));
  LANCE_CHECK_BYTES(!layout.all_items_null, ToString(node), " is not allowed in chunks");
  return std::make_unique<ListMiniBlockDecoder>(std::move(layout));
}

codec::PerValueOpened OpenListPerValue(const EncodingNode& node, const ValueType& type,
                                       FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(ListLayout layout, MakeListLayout(node, type));
  return std::make_unique<ListPerValueDecoder>(std::move(layout));
}

// ---------------------------------------------------------------------------------------------

EncodingNode ListNode(const ValueType& type) {
  uint64_t items = 1;
  for (const ListLayer& layer : type.lists) items *= static_cast<uint64_t>(layer.dimension);
  EncodingNode node = codec::FlatNode(type.bits / items);
  for (size_t i = type.lists.size(); i-- > 0;) {
    EncodingNode list;
    list.tag = kFixedSizeList;
    list.num_items = static_cast<uint64_t>(type.lists[i].dimension);
    list.has_validity = type.lists[i].has_validity;
    list.children.push_back(std::move(node));
    node = std::move(list);
  }
  return node;
}

// Layers with validity, in the order of `values.item_validity`.
Result<std::vector<NullableLayer>> NullableLayers(const ValueView& values) {
  LANCE_REQUIRE(values.type.is_fixed() && !values.type.lists.empty(),
                "the values are no fixed-size lists");
  std::vector<NullableLayer> out;
  uint64_t items = 1;
  for (size_t i = 0; i < values.type.lists.size(); ++i) {
    items *= static_cast<uint64_t>(values.type.lists[i].dimension);
    if (values.type.lists[i].has_validity) out.push_back({static_cast<int>(i), items});
  }
  LANCE_REQUIRE(items > 0 && out.size() == values.item_validity.size(), "item validity of ",
                values.item_validity.size(), " layers instead of ", out.size());
  return out;
}

Result<MiniBlockValues> EncodeListMiniBlock(const ValueView& values, const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<NullableLayer> layers, NullableLayers(values));
  uint64_t bits_per_value = values.type.bits;
  for (const NullableLayer& layer : layers) bits_per_value += layer.bits_per_value;
  ARROW_ASSIGN_OR_RAISE(int64_t step,
                        codec::PlainChunkValues(bits_per_value, options.max_fixed_chunk_bytes));
  MiniBlockValues out;
  out.encoding = ListNode(values.type);
  out.num_buffers = static_cast<int>(layers.size()) + 1;
  const bool whole_bytes = values.type.bits % 8 == 0;
  // The validity of a chunk begins at a byte of its own: bits move unless chunks end at bytes.
  for (const NullableLayer& layer : layers) {
    const auto num_chunks = static_cast<uint64_t>((values.num_values + step - 1) / step);
    const uint64_t bytes = (layer.bits_per_value * static_cast<uint64_t>(step) + 7) / 8;
    ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(bytes * num_chunks, options.pool));
    out.data.push_back(std::move(data));
  }
  LANCE_REQUIRE(whole_bytes || step % 8 == 0, "lists of ", values.type.bits, " bits per value");
  out.data.push_back(std::make_shared<arrow::Buffer>(
      values.data.data(), static_cast<int64_t>(values.plain_size_bytes())));
  std::vector<uint64_t> ends(layers.size(), 0);
  for (int64_t begin = 0; begin < values.num_values; begin += step) {
    const int64_t count = std::min(step, values.num_values - begin);
    out.chunk_num_values.push_back(static_cast<uint32_t>(count));
    for (size_t i = 0; i < layers.size(); ++i) {
      const auto per_value = static_cast<int64_t>(layers[i].bits_per_value);
      const auto size = static_cast<uint64_t>(per_value * count + 7) / 8;
      uint8_t* to = out.data[i]->mutable_data() + ends[i];
      std::memset(to, 0, size);
      arrow::internal::CopyBitmap(values.item_validity[i].data(), begin * per_value,
                                  per_value * count, to, 0);
      ends[i] += size;
      out.sizes.push_back(static_cast<uint32_t>(size));
    }
    out.sizes.push_back(
        static_cast<uint32_t>((static_cast<uint64_t>(count) * values.type.bits + 7) / 8));
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    out.data[i] = arrow::SliceBuffer(out.data[i], 0, static_cast<int64_t>(ends[i]));
  }
  return out;
}

Result<PerValueValues> EncodeListPerValue(const ValueView& values, const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<NullableLayer> layers, NullableLayers(values));
  ListLayout layout;
  layout.bits = values.type.bits;
  layout.nullable = layers;
  PerValueValues out;
  out.encoding = ListNode(values.type);
  out.num_values = values.num_values;
  out.bits_per_value = layout.value_bytes() * 8;
  if (layers.empty() && layout.bits % 8 == 0) {
    out.data = std::make_shared<arrow::Buffer>(values.data.data(),
                                               static_cast<int64_t>(values.plain_size_bytes()));
    return out;
  }
  ARROW_ASSIGN_OR_RAISE(
      auto data, codec::AllocateBytes(layout.value_bytes() * static_cast<uint64_t>(out.num_values),
                                      options.pool));
  uint8_t* to = data->mutable_data();
  std::memset(to, 0, static_cast<size_t>(data->size()));
  for (int64_t row = 0; row < values.num_values; ++row) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const auto per_value = static_cast<int64_t>(layers[i].bits_per_value);
      arrow::internal::CopyBitmap(values.item_validity[i].data(), row * per_value, per_value, to,
                                  0);
      to += (per_value + 7) / 8;
    }
    const auto bits = static_cast<int64_t>(layout.bits);
    arrow::internal::CopyBitmap(values.data.data(), row * bits, bits, to, 0);
    to += layout.item_bytes();
  }
  out.data = std::move(data);
  return out;
}

std::optional<Estimate> EstimateList(const ValueView& values, const EncodeOptions& options) {
  if (!values.type.is_fixed() || values.type.lists.empty()) return std::nullopt;
  uint64_t bytes = values.plain_size_bytes();
  for (const Bytes& bits : values.item_validity) bytes += bits.size();
  const double count = static_cast<double>(std::max<int64_t>(values.num_values, 1));
  const auto step = codec::PlainChunkValues(
      static_cast<uint64_t>(static_cast<double>(bytes) * 8 / count), options.max_fixed_chunk_bytes);
  if (!step.ok()) return std::nullopt;
  return Estimate{bytes, 0.08 * static_cast<double>(bytes) / count, static_cast<double>(*step)};
}

}  // namespace

constinit const Codec kCodec = {
    .name = "fixed_size_list",
    .tag = kFixedSizeList,
    .open_mini_block = OpenListMiniBlock,
    .open_per_value = OpenListPerValue,
    .encode_mini_block = EncodeListMiniBlock,
    .encode_per_value = EncodeListPerValue,
    .estimate = EstimateList,
};

}  // namespace lance::encoding::fixed_size_list
