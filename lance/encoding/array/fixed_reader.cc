// Values of fixed width, with the validity of rows and of the items of fixed-size lists.
//
// Bytes:   [validity: 1 bit per row]? [validity: 1 bit per item]? ... [values: bits x num_values]
// Source:  Lance file format 2.0, Nullable, FixedSizeList, Flat and PackedStruct.
#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "lance/encoding/array/array_reader.h"
#include "lance/encoding/page/scratch.h"

namespace lance::encoding::array {
namespace {

// Validity of rows (layer 0) or of the items of a list layer.
struct ValidityLayer {
  uint64_t items_per_row = 1;
  std::optional<PageBuffer> bits;
  bool all_null = false;
};

struct FixedParts {
  std::vector<ValidityLayer> layers;
  std::optional<PageBuffer> values;  // nothing when all items are null
};

class FixedReader final : public PageReader {
 public:
  FixedReader(const ArrayContext& context, FixedParts parts)
      : PageReader(context.num_values),
        bits_(context.shape.values.bits),
        parts_(std::move(parts)) {}

  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    const size_t first = out->size();
    for (const RowRange& range : rows) {
      for (const ValidityLayer& layer : parts_.layers) {
        if (!layer.bits) continue;
        layer.bits->AddRange(BytesOfBits(Multiply(range, layer.items_per_row), 1), out);
      }
      if (parts_.values) parts_.values->AddRange(BytesOfBits(range, bits_), out);
    }
    SortRanges(first, out);
    return Status::OK();
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    ARROW_ASSIGN_OR_RAISE(const bool taken, TakeOver(rows, bytes, out));
    for (const RowRange& range : rows) {
      ARROW_RETURN_NOT_OK(DecodeRowValidity(range, bytes, scratch, out));
      if (taken) continue;
      ARROW_RETURN_NOT_OK(DecodeValues(range, bytes, scratch, &out->values()));
      for (size_t layer = 1; layer < parts_.layers.size(); ++layer) {
        ARROW_RETURN_NOT_OK(DecodeItemValidity(layer, range, bytes, scratch, &out->values()));
      }
    }
    return Status::OK();
  }

 private:
  bool HasItemValidity() const {
    return std::any_of(
        parts_.layers.begin() + 1, parts_.layers.end(),
        [](const ValidityLayer& layer) { return layer.bits.has_value() || layer.all_null; });
  }

  // The values as they lie in the file, when they are all that is asked for.
  Result<bool> TakeOver(std::span<const RowRange> rows, const FetchedBytes& bytes,
                        LeafAccumulator* out) const {
    const bool possible = rows.size() == 1 && bits_ % 8 == 0 && parts_.values &&
                          !parts_.values->is_compressed() && !HasItemValidity();
    if (!possible || rows[0].size() == 0) return false;
    const ByteRange part = BytesOfBits(rows[0], bits_);
    ARROW_ASSIGN_OR_RAISE(auto slice,
                          bytes.Slice({parts_.values->range().offset + part.offset, part.length}));
    return out->TakeOver(slice, static_cast<int64_t>(rows[0].size()));
  }

  Status DecodeRowValidity(RowRange range, const FetchedBytes& bytes, DecodeScratch* scratch,
                           LeafAccumulator* out) const {
    const auto count = static_cast<int64_t>(range.size());
    const ValidityLayer& layer = parts_.layers.front();
    if (!layer.bits) return out->AppendValid(count);
    ARROW_ASSIGN_OR_RAISE(const Bytes bitmap,
                          layer.bits->Find(BytesOfBits(range, 1), bytes, scratch));
    return out->AppendBitmap(bitmap.data(), static_cast<int64_t>(range.begin % 8), count);
  }

  Status DecodeValues(RowRange range, const FetchedBytes& bytes, DecodeScratch* scratch,
                      ValueBuilder* out) const {
    const auto count = static_cast<int64_t>(range.size());
    if (!parts_.values) return out->AppendPlaceholders(count);
    ARROW_ASSIGN_OR_RAISE(const Bytes found,
                          parts_.values->Find(BytesOfBits(range, bits_), bytes, scratch));
    if (bits_ % 8 != 0) {
      return out->AppendBits(found.data(), static_cast<int64_t>(range.begin * bits_ % 8), count);
    }
    ARROW_ASSIGN_OR_RAISE(uint8_t* const to, out->AppendFixed(count));
    if (!found.empty()) std::memcpy(to, found.data(), found.size());
    return Status::OK();
  }

  Status DecodeItemValidity(size_t index, RowRange range, const FetchedBytes& bytes,
                            DecodeScratch* scratch, ValueBuilder* out) const {
    const ValidityLayer& layer = parts_.layers[index];
    const RowRange items = Multiply(range, layer.items_per_row);
    const auto count = static_cast<int64_t>(items.size());
    const int list = static_cast<int>(index) - 1;
    if (layer.all_null) {
      scratch->impl().bits.assign(static_cast<size_t>(count + 7) / 8, 0);
      return out->AppendItemValidity(list, scratch->impl().bits.data(), 0, count);
    }
    if (!layer.bits) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Bytes bitmap,
                          layer.bits->Find(BytesOfBits(items, 1), bytes, scratch));
    return out->AppendItemValidity(list, bitmap.data(), static_cast<int64_t>(items.begin % 8),
                                   count);
  }

  uint64_t bits_;
  FixedParts parts_;
};

// Walks the encoding and the layers of the value type at the same time.
class FixedResolver {
 public:
  explicit FixedResolver(const ArrayContext& context) : context_(context) {
    const ValueType& type = context.shape.values;
    uint64_t items = 1;
    parts_.layers.emplace_back();
    for (const ListLayer& list : type.lists) {
      items *= static_cast<uint64_t>(list.dimension);
      parts_.layers.push_back({items, std::nullopt, false});
    }
  }

  Result<FixedParts> Resolve(const ArrayNode& node) {
    ARROW_RETURN_NOT_OK(Visit(node));
    return std::move(parts_);
  }

 private:
  Status Visit(const ArrayNode& node) {
    switch (node.kind) {
      case ArrayKind::kNoNulls:
        return Visit(node.children[0]);
      case ArrayKind::kSomeNulls:
        ARROW_RETURN_NOT_OK(AddValidity(WithoutNoNulls(node.children[0])));
        return Visit(node.children[1]);
      case ArrayKind::kAllNulls:
        LANCE_CHECK_BYTES(layer_ > 0 && lists_seen_ == layer_,
                          "an array of nulls inside of fixed values");
        parts_.layers[layer_].all_null = true;
        return Status::OK();
      case ArrayKind::kFixedSizeList:
        return VisitList(node);
      default:
        return AddValues(node);
    }
  }

  Status AddValidity(const ArrayNode& node) {
    ValidityLayer& layer = parts_.layers[layer_];
    LANCE_CHECK_BYTES(!layer.bits && lists_seen_ == layer_, "the validity of an array is nullable");
    ArrayContext inner = context_;
    LANCE_CHECK_BYTES(CheckedMultiply(context_.num_values, layer.items_per_row, &inner.num_values),
                      "a page claims ", context_.num_values, " values of ", layer.items_per_row,
                      " items");
    ARROW_ASSIGN_OR_RAISE(layer.bits, PageBuffer::OfFlat(node, 1, inner));
    return Status::OK();
  }

  // A list layer of the type, or the bytes of fixed-size binary values.
  Status VisitList(const ArrayNode& node) {
    const std::vector<ListLayer>& lists = context_.shape.values.lists;
    LANCE_CHECK_BYTES(node.num_items > 0, "a fixed-size list without items");
    ++lists_seen_;
    if (layer_ < lists.size()) {
      LANCE_CHECK_BYTES(node.num_items == static_cast<uint64_t>(lists[layer_].dimension),
                        "fixed-size lists of ", node.num_items, " items in a column of ",
                        lists[layer_].dimension);
      ++layer_;
    } else {
      LANCE_CHECK_BYTES(CheckedMultiply(bytes_per_item_, node.num_items, &bytes_per_item_),
                        "a fixed-size list of ", node.num_items, " items");
    }
    return Visit(node.children[0]);
  }

  Status AddValues(const ArrayNode& node) {
    const ValueType& type = context_.shape.values;
    LANCE_CHECK_BYTES(layer_ == type.lists.size(), "an array is encoded as ", ToString(node),
                      ", but its column holds fixed-size lists");
    uint64_t bits = 0;
    LANCE_CHECK_BYTES(
        node.kind == ArrayKind::kFlat && CheckedMultiply(node.bits, bytes_per_item_, &bits) &&
            CheckedMultiply(bits, parts_.layers.back().items_per_row, &bits) && bits == type.bits,
        "an array is encoded as ", ToString(node), ", but the values of its column have ",
        type.bits, " bits");
    ArrayNode whole = node;
    whole.bits = bits;
    ARROW_ASSIGN_OR_RAISE(parts_.values, PageBuffer::OfFlat(whole, bits, context_));
    return Status::OK();
  }

  ArrayContext context_;
  FixedParts parts_;
  size_t layer_ = 0;             // list layers of the type passed so far
  size_t lists_seen_ = 0;        // fixed-size lists of the encoding passed so far
  uint64_t bytes_per_item_ = 1;  // flat items that make one fixed-size binary value
};

// Bits of one child of a packed struct.
Result<uint64_t> PackedBits(const ArrayNode& wrapped) {
  const ArrayNode& node = WithoutNoNulls(wrapped);
  if (node.kind == ArrayKind::kFlat) return node.bits;
  LANCE_CHECK_BYTES(node.kind == ArrayKind::kFixedSizeList, "a packed struct holds a child of ",
                    ToString(node));
  ARROW_ASSIGN_OR_RAISE(const uint64_t item, PackedBits(node.children[0]));
  uint64_t bits = 0;
  LANCE_CHECK_BYTES(CheckedMultiply(item, node.num_items, &bits), "a packed struct holds lists of ",
                    node.num_items, " items");
  return bits;
}

}  // namespace

Result<std::unique_ptr<PageReader>> MakeFixedReader(const ArrayNode& node,
                                                    const ArrayContext& context) {
  LANCE_CHECK_BYTES(context.shape.values.is_fixed(), "a page is encoded as ", ToString(node),
                    ", but its column holds values of variable width");
  ARROW_ASSIGN_OR_RAISE(FixedParts parts, FixedResolver(context).Resolve(node));
  return std::make_unique<FixedReader>(context, std::move(parts));
}

Result<std::unique_ptr<PageReader>> MakePackedReader(const ArrayNode& node,
                                                     const ArrayContext& context) {
  uint64_t bits = 0;
  for (const ArrayNode& child : node.children) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t more, PackedBits(child));
    LANCE_CHECK_BYTES(CheckedAdd(bits, more, &bits), "a packed struct of too many bits");
  }
  LANCE_CHECK_BYTES(context.shape.values.is_fixed() && context.shape.values.lists.empty() &&
                        context.shape.values.bits == bits,
                    "a page packs ", bits, " bits per row as ", ToString(node),
                    ", which is not what its column holds");
  ArrayNode flat;
  flat.kind = ArrayKind::kFlat;
  flat.bits = bits;
  flat.buffer = node.buffer;
  FixedParts parts;
  parts.layers.emplace_back();
  ARROW_ASSIGN_OR_RAISE(parts.values, PageBuffer::OfFlat(flat, bits, context));
  auto out = std::make_unique<FixedReader>(context, std::move(parts));
  if (context.shape.role != LeafRole::kBlobPlaces) return out;
  LANCE_CHECK_BYTES(bits == 128, "places of blobs have ", bits, " bits, expected 128");
  return MakeBlobPlaceReader(std::move(out));
}

}  // namespace lance::encoding::array
