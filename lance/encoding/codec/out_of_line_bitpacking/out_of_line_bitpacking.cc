#include "lance/encoding/codec/out_of_line_bitpacking/out_of_line_bitpacking.h"

#include <bit>
#include <cstring>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/kernel/arrays.h"
#include "lance/encoding/kernel/bitpack.h"

namespace lance::encoding::out_of_line_bitpacking {
namespace {

using kernel::kBlockValues;

class OutOfLineDecoder final : public BlockDecoder {
 public:
  OutOfLineDecoder(uint64_t bits, uint64_t width) : bits_(bits), width_(width) {}
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(num_values >= 0 && num_values < (int64_t{1} << 48), "a block of ", num_values,
                      " values");
    const uint64_t block_bytes = width_ * (kBlockValues / 8);
    const uint64_t num_full = static_cast<uint64_t>(num_values) / kBlockValues;
    const uint64_t rest = static_cast<uint64_t>(num_values) % kBlockValues;
    const uint64_t full_bytes = num_full * block_bytes;
    const uint64_t rest_bytes = rest * bits_ / 8;
    // When both forms take the same bytes, writers have chosen the raw one.
    const bool is_raw = block.size() == full_bytes + rest_bytes;
    LANCE_CHECK_BYTES(is_raw || block.size() == full_bytes + block_bytes, "a bit-packed block of ",
                      num_values, " values of width ", width_, " has ", block.size(), " bytes");
    const auto unpack = kernel::Bitpack().unpack(static_cast<int>(bits_), static_cast<int>(width_));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(num_values));
    const uint8_t* from = block.data();
    for (uint64_t i = 0; i < num_full; ++i) {
      unpack(from, to);
      from += block_bytes;
      to += bits_ * (kBlockValues / 8);
    }
    if (rest == 0) return Status::OK();
    if (is_raw) {
      std::memcpy(to, from, rest_bytes);
      return Status::OK();
    }
    alignas(64) uint8_t all[kBlockValues * 8];
    unpack(from, all);
    std::memcpy(to, all, rest_bytes);
    return Status::OK();
  }

 private:
  uint64_t bits_;
  uint64_t width_;
};

codec::BlockOpened OpenOutOfLineBlock(const EncodingNode& node, const ValueType& type,
                                      FormatVersion) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  const EncodingNode& packed = node.children[0];
  LANCE_CHECK_BYTES(codec::IsIntegerWidth(node.bits) && type.is_fixed() && type.bits == node.bits,
                    ToString(node), " where values of ", type.bits, " bits are expected");
  LANCE_CHECK_BYTES(packed.tag == kFlat && packed.bits > 0 && packed.bits <= node.bits,
                    ToString(node), " has no proper width");
  return std::make_unique<OutOfLineDecoder>(node.bits, packed.bits);
}

Result<BlockValues> EncodeOutOfLineBlock(const ValueView& values, const EncodeOptions& options) {
  LANCE_REQUIRE(values.type.is_fixed() && codec::IsIntegerWidth(values.type.bits),
                "bit-packing takes integers only");
  const auto bits = static_cast<int>(values.type.bits);
  const uint64_t bytes = values.type.bytes();
  const int width = std::max<int>(
      1, std::bit_width(kernel::Arrays().or_values(values.data.data(), bits, values.num_values)));
  const uint64_t block_bytes = static_cast<uint64_t>(width) * (kBlockValues / 8);
  const int64_t num_full = values.num_values / kBlockValues;
  const int64_t rest = values.num_values % kBlockValues;
  const bool pack_rest = width * (kBlockValues - rest) < (bits - width) * rest;
  const uint64_t total =
      num_full * block_bytes + (pack_rest ? block_bytes : static_cast<uint64_t>(rest) * bytes);
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(total, options.pool));
  const auto pack = kernel::Bitpack().pack(bits, width);
  const uint8_t* from = values.data.data();
  uint8_t* to = data->mutable_data();
  for (int64_t i = 0; i < num_full; ++i) {
    pack(from, to);
    from += kBlockValues * bytes;
    to += block_bytes;
  }
  if (pack_rest) {
    alignas(64) uint8_t padded[kBlockValues * 8];
    std::memset(padded, 0, kBlockValues * bytes);
    std::memcpy(padded, from, rest * bytes);
    pack(padded, to);
  } else if (rest > 0) {
    std::memcpy(to, from, rest * bytes);
  }
  BlockValues out;
  out.encoding.tag = kOutOfLineBitpacking;
  out.encoding.bits = values.type.bits;
  out.encoding.children.push_back(codec::FlatNode(static_cast<uint64_t>(width)));
  out.data = std::move(data);
  return out;
}

}  // namespace

constinit const Codec kCodec = {
    .name = "out_of_line_bitpacking",
    .tag = kOutOfLineBitpacking,
    .open_block = OpenOutOfLineBlock,
    .encode_block = EncodeOutOfLineBlock,
};

}  // namespace lance::encoding::out_of_line_bitpacking
