#include "lance/encoding/codec/flat/flat.h"

#include <algorithm>
#include <cstring>

#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::flat {
namespace {

// Copy `count` values that lie `stride` bytes apart.
template <size_t width>
void CopyStrided(const uint8_t* from, uint64_t stride, int64_t count, uint8_t* to) {
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * width, from + i * stride, width);
  }
}

class FlatDecoder final : public MiniBlockDecoder, public BlockDecoder {
 public:
  explicit FlatDecoder(uint64_t bits) : bits_(bits) {}
  int num_buffers() const override { return 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes values, codec::OneBuffer(buffers));
    return Decode(values, num_values, out);
  }
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    ARROW_RETURN_NOT_OK(CheckPlainSize(block, num_values, bits_));
    return AppendPlainRange(block, bits_, {0, static_cast<uint64_t>(num_values)}, out);
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes values, codec::OneBuffer(buffers));
    ARROW_RETURN_NOT_OK(CheckPlainSize(values, num_values, bits_));
    for (const RowRange& range : wanted) {
      ARROW_RETURN_NOT_OK(AppendPlainRange(values, bits_, range, out));
    }
    return Status::OK();
  }

 private:
  uint64_t bits_;
};

// Whole bytes; booleans take one byte each, of which the lowest bit counts.
class FlatPerValueDecoder final : public PerValueDecoder {
 public:
  explicit FlatPerValueDecoder(const ValueType& type)
      : is_boolean_(type.is_boolean()), width_(is_boolean_ ? 1 : type.bytes()) {}
  uint64_t value_bytes() const override { return width_; }
  Status Decode(Bytes value, ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(value.size() == width_, "a value has ", value.size(), " bytes instead of ",
                      width_);
    return DecodeStrided(value.data(), width_, 1, out);
  }
  Status DecodeStrided(const uint8_t* first, uint64_t stride, int64_t count,
                       ValueBuilder* out) const override {
    if (is_boolean_) return AppendBooleans(first, stride, count, out);
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(count));
    if (stride == width_) {
      std::memcpy(to, first, width_ * count);
      return Status::OK();
    }
    Copy(first, stride, count, to);
    return Status::OK();
  }

 private:
  void Copy(const uint8_t* first, uint64_t stride, int64_t count, uint8_t* to) const {
    switch (width_) {
      case 1:
        return CopyStrided<1>(first, stride, count, to);
      case 2:
        return CopyStrided<2>(first, stride, count, to);
      case 4:
        return CopyStrided<4>(first, stride, count, to);
      case 8:
        return CopyStrided<8>(first, stride, count, to);
      case 16:
        return CopyStrided<16>(first, stride, count, to);
      default:
        for (int64_t i = 0; i < count; ++i)
          std::memcpy(to + i * width_, first + i * stride, width_);
    }
  }
  static Status AppendBooleans(const uint8_t* first, uint64_t stride, int64_t count,
                               ValueBuilder* out) {
    for (int64_t done = 0; done < count; done += 64) {
      const int64_t now = std::min<int64_t>(64, count - done);
      uint64_t bits = 0;
      for (int64_t i = 0; i < now; ++i) {
        bits |= static_cast<uint64_t>(first[(done + i) * stride] & 1) << i;
      }
      ARROW_RETURN_NOT_OK(out->AppendBits(reinterpret_cast<const uint8_t*>(&bits), 0, now));
    }
    return Status::OK();
  }

  bool is_boolean_;
  uint64_t width_;
};

Status CheckFlat(const EncodingNode& node, const ValueType& type) {
  LANCE_CHECK_BYTES(type.is_fixed() && node.bits == type.bits && node.bits > 0, "Flat values of ",
                    node.bits, " bits where ", type.bits,
                    type.is_fixed() ? " bits" : "-bit offsets", " are expected");
  return Status::OK();
}

codec::MiniBlockOpened OpenFlatMiniBlock(const EncodingNode& node, const ValueType& type,
                                         FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckFlat(node, type));
  return std::make_unique<FlatDecoder>(node.bits);
}

codec::BlockOpened OpenFlatBlock(const EncodingNode& node, const ValueType& type, FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckFlat(node, type));
  return std::make_unique<FlatDecoder>(node.bits);
}

codec::PerValueOpened OpenFlatPerValue(const EncodingNode& node, const ValueType& type,
                                       FormatVersion) {
  const bool boolean_as_byte = type.is_boolean() && node.bits == 8;
  if (!boolean_as_byte) ARROW_RETURN_NOT_OK(CheckFlat(node, type));
  if (!type.is_boolean() && type.bits % 8 != 0) {
    return Unsupported("values of ", type.bits, " bits by themselves");
  }
  return std::make_unique<FlatPerValueDecoder>(type);
}

// Lists have an encoding of their own, for the validity of their items.
Status CheckTakes(const ValueView& values) {
  LANCE_REQUIRE(values.type.is_fixed() && values.type.lists.empty(),
                "Flat takes fixed-width values other than lists only");
  return Status::OK();
}

Result<MiniBlockValues> EncodeFlatMiniBlock(const ValueView& values, const EncodeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckTakes(values));
  const uint64_t bits = values.type.bits;
  ARROW_ASSIGN_OR_RAISE(const int64_t step,
                        codec::PlainChunkValues(bits, options.max_fixed_chunk_bytes));
  MiniBlockValues out;
  out.encoding = codec::FlatNode(bits);
  out.data.push_back(std::make_shared<arrow::Buffer>(
      values.data.data(), static_cast<int64_t>(values.plain_size_bytes())));
  codec::AddPlainChunks(values, step, &out);
  return out;
}

Result<PerValueValues> EncodeFlatPerValue(const ValueView& values, const EncodeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckTakes(values));
  PerValueValues out;
  out.num_values = values.num_values;
  if (!values.type.is_boolean()) {
    LANCE_REQUIRE(values.type.bits % 8 == 0, "values of ", values.type.bits, " bits by themselves");
    out.encoding = codec::FlatNode(values.type.bits);
    out.bits_per_value = values.type.bits;
    out.data = std::make_shared<arrow::Buffer>(values.data.data(),
                                               static_cast<int64_t>(values.plain_size_bytes()));
    return out;
  }
  out.encoding = codec::FlatNode(8);
  out.bits_per_value = 8;
  ARROW_ASSIGN_OR_RAISE(auto bytes, codec::AllocateBytes(values.num_values, options.pool));
  uint8_t* to = bytes->mutable_data();
  for (int64_t i = 0; i < values.num_values; ++i) to[i] = values.data[i / 8] >> i % 8 & 1;
  out.data = std::move(bytes);
  return out;
}

Result<BlockValues> EncodeFlatBlock(const ValueView& values, const EncodeOptions&) {
  ARROW_RETURN_NOT_OK(CheckTakes(values));
  BlockValues out;
  out.encoding = codec::FlatNode(values.type.bits);
  out.data = std::make_shared<arrow::Buffer>(values.data.data(),
                                             static_cast<int64_t>(values.plain_size_bytes()));
  return out;
}

std::optional<Estimate> EstimateFlat(const ValueView& values, const EncodeOptions& options) {
  if (!CheckTakes(values).ok()) return std::nullopt;
  const auto step = codec::PlainChunkValues(values.type.bits, options.max_fixed_chunk_bytes);
  if (!step.ok()) return std::nullopt;
  return Estimate{values.plain_size_bytes(), 0.08 * static_cast<double>(values.type.bits) / 8,
                  static_cast<double>(*step)};
}

}  // namespace

Status CheckPlainSize(Bytes bytes, int64_t num_values, uint64_t bits) {
  uint64_t num_bits = 0;
  LANCE_CHECK_BYTES(num_values >= 0 &&
                        CheckedMultiply(static_cast<uint64_t>(num_values), bits, &num_bits) &&
                        bytes.size() == num_bits / 8 + (num_bits % 8 != 0),
                    "plain values take ", bytes.size(), " bytes, not those of ", num_values,
                    " values of ", bits, " bits");
  return Status::OK();
}

Status AppendPlainRange(Bytes bytes, uint64_t bits, RowRange range, ValueBuilder* out) {
  const auto count = static_cast<int64_t>(range.size());
  if (bits % 8 != 0) {
    return out->AppendBits(bytes.data(), static_cast<int64_t>(range.begin * bits), count);
  }
  ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(count));
  if (count > 0) std::memcpy(to, bytes.data() + range.begin * (bits / 8), count * (bits / 8));
  return Status::OK();
}

constinit const Codec kCodec = {
    .name = "flat",
    .tag = kFlat,
    .open_mini_block = OpenFlatMiniBlock,
    .open_per_value = OpenFlatPerValue,
    .open_block = OpenFlatBlock,
    .encode_mini_block = EncodeFlatMiniBlock,
    .encode_per_value = EncodeFlatPerValue,
    .encode_block = EncodeFlatBlock,
    .estimate = EstimateFlat,
};

}  // namespace lance::encoding::flat
