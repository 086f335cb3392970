#include "lance/encoding/codec/variable/variable.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::variable {
namespace {

constexpr uint8_t kPadding = 0x48;
constexpr int64_t kMaxChunkStrings = 2048;
constexpr uint64_t kMaxSmallChunkBytes = 32 * 1024 - 64;  // what 2.1 can say, less levels

// Append values whose offsets may have another width than those of the stream.
Status AppendAnyWidth(const uint8_t* offsets, uint64_t offset_bits, int64_t count, Bytes data,
                      ValueBuilder* out) {
  if (out->type().bits == offset_bits) return out->AppendVariable(offsets, count, data);
  if (offset_bits == 32) {
    std::vector<int64_t> wide(count + 1);
    for (int64_t i = 0; i <= count; ++i) wide[i] = LoadUnaligned<uint32_t>(offsets + i * 4);
    return out->AppendVariable(wide.data(), count, data);
  }
  std::vector<uint32_t> narrow(count + 1);
  for (int64_t i = 0; i <= count; ++i) {
    const auto offset = LoadUnaligned<uint64_t>(offsets + i * 8);
    LANCE_CHECK_BYTES(offset <= data.size() && offset <= std::numeric_limits<uint32_t>::max(),
                      "offset ", offset, " leaves the data of ", data.size(), " bytes");
    narrow[i] = static_cast<uint32_t>(offset);
  }
  return out->AppendVariable(narrow.data(), count, data);
}

class VariableMiniBlockDecoder final : public MiniBlockDecoder {
 public:
  explicit VariableMiniBlockDecoder(uint64_t offset_bits) : offset_bits_(offset_bits) {}
  int num_buffers() const override { return 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    if (num_values == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, codec::OneBuffer(buffers));
    ARROW_ASSIGN_OR_RAISE(const VariableChunk chunk,
                          ParseVariableChunk(buffer, num_values, offset_bits_));
    return AppendAnyWidth(chunk.offsets, offset_bits_, num_values, chunk.buffer, out);
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, codec::OneBuffer(buffers));
    ARROW_ASSIGN_OR_RAISE(const VariableChunk chunk,
                          ParseVariableChunk(buffer, num_values, offset_bits_));
    for (const RowRange& range : wanted) {
      const uint8_t* offsets = chunk.offsets + range.begin * (offset_bits_ / 8);
      ARROW_RETURN_NOT_OK(AppendAnyWidth(offsets, offset_bits_, static_cast<int64_t>(range.size()),
                                         chunk.buffer, out));
    }
    return Status::OK();
  }

 private:
  uint64_t offset_bits_;
};

class VariableBlockDecoder final : public BlockDecoder {
 public:
  explicit VariableBlockDecoder(uint64_t offset_bits) : offset_bits_(offset_bits) {}
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    return offset_bits_ == 32 ? DecodeAs<uint32_t>(block, num_values, out)
                              : DecodeAs<uint64_t>(block, num_values, out);
  }

 private:
  template <typename T>
  Status DecodeAs(Bytes block, int64_t num_values, ValueBuilder* out) const {
    ByteCursor cursor(block, "variable block");
    ARROW_ASSIGN_OR_RAISE(const T bits, cursor.Read<T>());
    ARROW_ASSIGN_OR_RAISE(const T start, cursor.Read<T>());
    if (bits != offset_bits_) {
      return Unsupported("variable block with the header ", static_cast<uint64_t>(bits), ": only ",
                         offset_bits_, "-bit offsets are supported here");
    }
    LANCE_CHECK_BYTES(num_values >= 0 && static_cast<uint64_t>(num_values) < block.size(),
                      "variable block of ", block.size(), " bytes for ", num_values, " values");
    const uint64_t offset_bytes = (static_cast<uint64_t>(num_values) + 1) * sizeof(T);
    ARROW_ASSIGN_OR_RAISE(Bytes offsets, cursor.Take(offset_bytes));
    LANCE_CHECK_BYTES(start == cursor.position(), "variable block says that its data starts at ",
                      static_cast<uint64_t>(start), " instead of ", cursor.position());
    return AppendAnyWidth(offsets.data(), offset_bits_, num_values, block.subspan(start), out);
  }

  uint64_t offset_bits_;
};

class VariablePerValueDecoder final : public PerValueDecoder {
 public:
  Status Decode(Bytes value, ValueBuilder* out) const override { return out->AppendOne(value); }
};

codec::MiniBlockOpened OpenVariableMiniBlock(const EncodingNode& node, const ValueType& type,
                                             FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(const uint64_t bits, CheckVariable(node, type));
  return std::make_unique<VariableMiniBlockDecoder>(bits);
}

codec::BlockOpened OpenVariableBlock(const EncodingNode& node, const ValueType& type,
                                     FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(const uint64_t bits, CheckVariable(node, type));
  return std::make_unique<VariableBlockDecoder>(bits);
}

codec::PerValueOpened OpenVariablePerValue(const EncodingNode& node, const ValueType& type,
                                           FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckVariable(node, type).status());
  return std::make_unique<VariablePerValueDecoder>();
}

// Values of the chunk that begins at value `begin`: the largest power of two that keeps it near
// `target` bytes, or all that is left.
int64_t ChunkValues(const ValueView& values, int64_t begin, uint64_t target) {
  const uint64_t width = values.type.bytes();
  const int64_t left = values.num_values - begin;
  const auto bytes = [&](int64_t count) {
    return static_cast<uint64_t>(values.offset(begin + count) - values.offset(begin)) +
           static_cast<uint64_t>(count + 1) * width;
  };
  int64_t count = 2;
  while (2 * count < left && 2 * count <= kMaxChunkStrings && bytes(2 * count) <= target)
    count *= 2;
  const bool rest_fits =
      left <= 2 || (left < 2 * kMaxChunkStrings && 2 * count >= left && bytes(left) <= target);
  return rest_fits ? left : count;
}

template <typename T>
void WriteChunk(const ValueView& values, int64_t begin, int64_t count, uint8_t* to) {
  const T* offsets = static_cast<const T*>(values.offsets) + begin;
  const T shift = static_cast<T>((count + 1) * sizeof(T)) - offsets[0];
  for (int64_t i = 0; i <= count; ++i) StoreUnaligned<T>(to + i * sizeof(T), offsets[i] + shift);
  const auto length = static_cast<size_t>(offsets[count] - offsets[0]);
  uint8_t* at = to + (count + 1) * sizeof(T);
  if (length != 0) std::memcpy(at, values.data.data() + offsets[0], length);
  const uint64_t end = (count + 1) * sizeof(T) + length;
  std::memset(to + end, kPadding, AlignUp(end, sizeof(T)) - end);
}

Result<MiniBlockValues> EncodeVariableMiniBlock(const ValueView& values,
                                                const EncodeOptions& options) {
  LANCE_REQUIRE(!values.type.is_fixed(), "Variable takes variable-width values only");
  const uint64_t width = values.type.bytes();
  MiniBlockValues out;
  out.encoding = codec::VariableNode(values.type.bits);
  uint64_t total = 0;
  for (int64_t begin = 0; begin < values.num_values;) {
    const int64_t count = ChunkValues(values, begin, options.max_chunk_bytes);
    const uint64_t size =
        AlignUp(static_cast<uint64_t>(values.offset(begin + count) - values.offset(begin)) +
                    static_cast<uint64_t>(count + 1) * width,
                width);
    LANCE_REQUIRE(size <= (options.version >= kVersion22 ? uint64_t{codec::kMaxBufferBytes}
                                                         : kMaxSmallChunkBytes),
                  "values are too long for chunks: ", size, " bytes");
    out.chunk_num_values.push_back(static_cast<uint32_t>(count));
    out.sizes.push_back(static_cast<uint32_t>(size));
    total += size;
    begin += count;
  }
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(total, options.pool));
  uint8_t* to = data->mutable_data();
  int64_t begin = 0;
  for (size_t i = 0; i < out.sizes.size(); ++i) {
    if (values.type.bits == 32) {
      WriteChunk<int32_t>(values, begin, out.chunk_num_values[i], to);
    } else {
      WriteChunk<int64_t>(values, begin, out.chunk_num_values[i], to);
    }
    begin += out.chunk_num_values[i];
    to += out.sizes[i];
  }
  out.data.push_back(std::move(data));
  return out;
}

Result<PerValueValues> EncodeVariablePerValue(const ValueView& values,
                                              const EncodeOptions& options) {
  LANCE_REQUIRE(!values.type.is_fixed(), "Variable takes variable-width values only");
  PerValueValues out;
  out.encoding = codec::VariableNode(values.type.bits);
  out.fixed = false;
  out.num_values = values.num_values;
  ARROW_ASSIGN_OR_RAISE(auto offsets,
                        codec::AllocateBytes((values.num_values + 1) * 8, options.pool));
  auto* ends = reinterpret_cast<uint64_t*>(offsets->mutable_data());
  ends[0] = 0;
  const int64_t first = values.num_values > 0 ? values.offset(0) : 0;
  for (int64_t i = 1; i <= values.num_values; ++i) {
    ends[i] = static_cast<uint64_t>(values.offset(i) - first);
  }
  out.data = std::make_shared<arrow::Buffer>(values.data.data() + first,
                                             static_cast<int64_t>(ends[values.num_values]));
  out.offsets = std::move(offsets);
  return out;
}

template <typename T>
void WriteBlock(const ValueView& values, uint8_t* to) {
  const int64_t count = values.num_values;
  const T first = count > 0 ? static_cast<T>(values.offset(0)) : 0;
  StoreUnaligned<T>(to, sizeof(T) * 8);
  StoreUnaligned<T>(to + sizeof(T), static_cast<T>((count + 3) * sizeof(T)));
  uint8_t* at = to + 2 * sizeof(T);
  StoreUnaligned<T>(at, 0);
  for (int64_t i = 1; i <= count; ++i) {
    StoreUnaligned<T>(at + i * sizeof(T), static_cast<T>(values.offset(i)) - first);
  }
  const auto length = count > 0 ? static_cast<size_t>(values.offset(count) - first) : 0;
  if (length != 0) std::memcpy(at + (count + 1) * sizeof(T), values.data.data() + first, length);
}

Result<BlockValues> EncodeVariableBlock(const ValueView& values, const EncodeOptions& options) {
  LANCE_REQUIRE(!values.type.is_fixed(), "Variable takes variable-width values only");
  const uint64_t width = values.type.bytes();
  BlockValues out;
  out.encoding = codec::VariableNode(values.type.bits);
  const uint64_t length =
      values.num_values > 0
          ? static_cast<uint64_t>(values.offset(values.num_values) - values.offset(0))
          : 0;
  const uint64_t total = (static_cast<uint64_t>(values.num_values) + 3) * width + length;
  LANCE_REQUIRE(width == 8 || total <= std::numeric_limits<int32_t>::max(), "a block of ", total,
                " bytes is too large for 32-bit offsets");
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(total, options.pool));
  if (width == 4) {
    WriteBlock<int32_t>(values, data->mutable_data());
  } else {
    WriteBlock<int64_t>(values, data->mutable_data());
  }
  out.data = std::move(data);
  return out;
}

std::optional<Estimate> EstimateVariable(const ValueView& values, const EncodeOptions& options) {
  if (values.type.is_fixed()) return std::nullopt;
  const uint64_t bytes = values.plain_size_bytes();
  const double average =
      static_cast<double>(bytes) / static_cast<double>(std::max<int64_t>(values.num_values, 1));
  return Estimate{bytes, 1 + 0.1 * average, ValuesPerChunk(average, options)};
}

}  // namespace

double ValuesPerChunk(double average_bytes, const EncodeOptions& options) {
  const double fitting =
      static_cast<double>(options.max_chunk_bytes) / std::max(average_bytes, 0.1);
  return std::clamp(fitting, 2.0, static_cast<double>(kMaxChunkStrings));
}

Result<uint64_t> CheckVariable(const EncodingNode& node, const ValueType& type) {
  LANCE_CHECK_BYTES(node.tag == kVariable, "expected the encoding Variable, not ", ToString(node));
  LANCE_CHECK_BYTES(!type.is_fixed(), "Variable values where ", type.bits, " bits are expected");
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  const EncodingNode& offsets = node.children[0];
  LANCE_CHECK_BYTES(offsets.tag == kFlat && (offsets.bits == 32 || offsets.bits == 64),
                    "offsets must be Flat(32) or Flat(64), not ", ToString(offsets));
  return offsets.bits;
}

Result<VariableChunk> ParseVariableChunk(Bytes buffer, int64_t num_values, uint64_t offset_bits) {
  const uint64_t width = offset_bits / 8;
  LANCE_CHECK_BYTES(num_values > 0 && static_cast<uint64_t>(num_values) < buffer.size() / width,
                    "a chunk of ", buffer.size(), " bytes cannot hold ", num_values, " offsets");
  const uint64_t data_begin = (static_cast<uint64_t>(num_values) + 1) * width;
  const uint64_t first = offset_bits == 32 ? LoadUnaligned<uint32_t>(buffer.data())
                                           : LoadUnaligned<uint64_t>(buffer.data());
  LANCE_CHECK_BYTES(first >= data_begin, "the first of ", num_values + 1, " offsets is ", first,
                    ", inside of the offsets");
  return VariableChunk{buffer.data(), buffer};
}

constinit const Codec kCodec = {
    .name = "variable",
    .tag = kVariable,
    .open_mini_block = OpenVariableMiniBlock,
    .open_per_value = OpenVariablePerValue,
    .open_block = OpenVariableBlock,
    .encode_mini_block = EncodeVariableMiniBlock,
    .encode_per_value = EncodeVariablePerValue,
    .encode_block = EncodeVariableBlock,
    .estimate = EstimateVariable,
};

}  // namespace lance::encoding::variable
