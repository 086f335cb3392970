#include "lance/encoding/codec/inline_bitpacking/inline_bitpacking.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/kernel/arrays.h"
#include "lance/encoding/kernel/bitpack.h"

namespace lance::encoding::inline_bitpacking {
namespace {

using kernel::kBlockValues;

uint64_t LoadWidth(const uint8_t* at, uint64_t bits) {
  uint64_t width = 0;
  std::memcpy(&width, at, bits / 8);
  return width;
}

class InlineDecoder final : public MiniBlockDecoder, public BlockDecoder {
 public:
  explicit InlineDecoder(uint64_t bits) : bits_(bits) {}
  int num_buffers() const override { return 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, codec::OneBuffer(buffers));
    return Decode(buffer, num_values, out);
  }
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    if (num_values == 0 && block.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const uint64_t width, CheckedWidth(block, num_values));
    const uint64_t header = bits_ / 8;
    const auto unpack = kernel::Bitpack().unpack(static_cast<int>(bits_), static_cast<int>(width));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(num_values));
    if (num_values == kBlockValues) {
      unpack(block.data() + header, to);
      return Status::OK();
    }
    alignas(64) uint8_t all[kBlockValues * 8];
    unpack(block.data() + header, all);
    std::memcpy(to, all, num_values * header);
    return Status::OK();
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    const int64_t count = codec::CountValues(wanted);
    if (count > kMostSingleValues) {
      return MiniBlockDecoder::DecodeSome(buffers, num_values, wanted, out);
    }
    ARROW_ASSIGN_OR_RAISE(Bytes block, codec::OneBuffer(buffers));
    ARROW_ASSIGN_OR_RAISE(const uint64_t width, CheckedWidth(block, num_values));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(count));
    const uint64_t bytes = bits_ / 8;
    for (const RowRange& range : wanted) {
      for (uint64_t i = range.begin; i < range.end; ++i, to += bytes) {
        const uint64_t value = kernel::UnpackOne(block.data() + bytes, static_cast<int>(bits_),
                                                 static_cast<int>(width), static_cast<int>(i));
        std::memcpy(to, &value, bytes);
      }
    }
    return Status::OK();
  }

 private:
  // One by one they cost about as much as the whole block.
  static constexpr int64_t kMostSingleValues = 32;

  Result<uint64_t> CheckedWidth(Bytes block, int64_t num_values) const {
    LANCE_CHECK_BYTES(num_values >= 0 && num_values <= kBlockValues, "a bit-packed chunk of ",
                      num_values, " values");
    const uint64_t header = bits_ / 8;
    LANCE_CHECK_BYTES(block.size() >= header, "a bit-packed chunk of ", block.size(), " bytes");
    const uint64_t width = LoadWidth(block.data(), bits_);
    LANCE_CHECK_BYTES(width <= bits_, "bit width ", width, " of integers of ", bits_, " bits");
    LANCE_CHECK_BYTES(block.size() == header + width * (kBlockValues / 8),
                      "a bit-packed chunk of width ", width, " has ", block.size(), " bytes");
    return width;
  }

  uint64_t bits_;
};

Status CheckInline(const EncodingNode& node, const ValueType& type) {
  LANCE_CHECK_BYTES(codec::IsIntegerWidth(node.bits) && type.is_fixed() && type.bits == node.bits,
                    ToString(node), " where values of ", type.bits, " bits are expected");
  return Status::OK();
}

codec::MiniBlockOpened OpenInlineMiniBlock(const EncodingNode& node, const ValueType& type,
                                           FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckInline(node, type));
  return std::make_unique<InlineDecoder>(node.bits);
}

codec::BlockOpened OpenInlineBlock(const EncodingNode& node, const ValueType& type, FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckInline(node, type));
  return std::make_unique<InlineDecoder>(node.bits);
}

bool TakesValues(const ValueView& values) {
  return values.type.is_fixed() && codec::IsIntegerWidth(values.type.bits) &&
         values.type.lists.empty();
}

int64_t ValuesOfBlock(const ValueView& values, int64_t begin) {
  return std::min<int64_t>(kBlockValues, values.num_values - begin);
}

int WidthOfBlock(const ValueView& values, int64_t begin) {
  const auto bits = static_cast<int>(values.type.bits);
  return std::bit_width(kernel::Arrays().or_values(values.data.data() + begin * bits / 8, bits,
                                                   ValuesOfBlock(values, begin)));
}

// Write width and words of one block of at most 1024 values.
void WriteInlineBlock(const ValueView& values, int64_t begin, int width, uint8_t* to) {
  const auto bits = static_cast<int>(values.type.bits);
  const uint64_t header = bits / 8;
  const auto width_word = static_cast<uint64_t>(width);
  std::memcpy(to, &width_word, header);
  const uint8_t* from = values.data.data() + begin * static_cast<int64_t>(header);
  const int64_t count = ValuesOfBlock(values, begin);
  const auto pack = kernel::Bitpack().pack(bits, width);
  if (count == kBlockValues) return pack(from, to + header);
  alignas(64) uint8_t padded[kBlockValues * 8];
  std::memset(padded, 0, kBlockValues * header);
  std::memcpy(padded, from, count * header);
  pack(padded, to + header);
}

EncodingNode InlineNode(uint64_t bits) {
  EncodingNode node;
  node.tag = kInlineBitpacking;
  node.bits = bits;
  return node;
}

Result<MiniBlockValues> EncodeInlineMiniBlock(const ValueView& values,
                                              const EncodeOptions& options) {
  LANCE_REQUIRE(TakesValues(values), "bit-packing takes integers only");
  const uint64_t header = values.type.bytes();
  MiniBlockValues out;
  out.encoding = InlineNode(values.type.bits);
  uint64_t total = 0;
  std::vector<uint8_t> widths;
  for (int64_t begin = 0; begin < values.num_values; begin += kBlockValues) {
    widths.push_back(static_cast<uint8_t>(WidthOfBlock(values, begin)));
    const uint64_t size = header + widths.back() * uint64_t{kBlockValues / 8};
    out.chunk_num_values.push_back(static_cast<uint32_t>(ValuesOfBlock(values, begin)));
    out.sizes.push_back(static_cast<uint32_t>(size));
    total += size;
  }
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(total, options.pool));
  uint8_t* to = data->mutable_data();
  for (size_t i = 0; i < widths.size(); ++i) {
    WriteInlineBlock(values, static_cast<int64_t>(i) * kBlockValues, widths[i], to);
    to += out.sizes[i];
  }
  out.data.push_back(std::move(data));
  return out;
}

Result<BlockValues> EncodeInlineBlock(const ValueView& values, const EncodeOptions& options) {
  LANCE_REQUIRE(TakesValues(values) && values.num_values <= kBlockValues,
                "a bit-packed block takes at most ", kBlockValues, " integers");
  BlockValues out;
  out.encoding = InlineNode(values.type.bits);
  if (values.num_values == 0) {
    out.data = std::make_shared<arrow::Buffer>(nullptr, 0);
    return out;
  }
  const int width = WidthOfBlock(values, 0);
  ARROW_ASSIGN_OR_RAISE(
      auto data,
      codec::AllocateBytes(values.type.bytes() + width * uint64_t{kBlockValues / 8}, options.pool));
  WriteInlineBlock(values, 0, width, data->mutable_data());
  out.data = std::move(data);
  return out;
}

std::optional<Estimate> EstimateInline(const ValueView& values, const EncodeOptions&) {
  if (!TakesValues(values)) return std::nullopt;
  Estimate out;
  for (int64_t begin = 0; begin < values.num_values; begin += kBlockValues) {
    out.encoded_bytes += values.type.bytes() + WidthOfBlock(values, begin) * (kBlockValues / 8);
  }
  out.decode_ns_per_value = 0.1 * static_cast<double>(values.type.bytes());
  out.values_per_chunk = kBlockValues;
  return out;
}

}  // namespace

constinit const Codec kCodec = {
    .name = "inline_bitpacking",
    .tag = kInlineBitpacking,
    .open_mini_block = OpenInlineMiniBlock,
    .open_block = OpenInlineBlock,
    .encode_mini_block = EncodeInlineMiniBlock,
    .encode_block = EncodeInlineBlock,
    .estimate = EstimateInline,
};

}  // namespace lance::encoding::inline_bitpacking
