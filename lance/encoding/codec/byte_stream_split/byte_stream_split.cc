#include "lance/encoding/codec/byte_stream_split/byte_stream_split.h"

#include <algorithm>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/kernel/arrays.h"

namespace lance::encoding::byte_stream_split {
namespace {

class SplitDecoder final : public MiniBlockDecoder {
 public:
  explicit SplitDecoder(uint64_t width) : width_(width) {}
  int num_buffers() const override { return 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes streams, CheckedStreams(buffers, num_values));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(num_values));
    const kernel::ArrayKernels& arrays = kernel::Arrays();
    (width_ == 4 ? arrays.join4 : arrays.join8)(streams.data(), num_values, to);
    return Status::OK();
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes streams, CheckedStreams(buffers, num_values));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(codec::CountValues(wanted)));
    for (const RowRange& range : wanted) {
      for (uint64_t i = range.begin; i < range.end; ++i) {
        for (uint64_t stream = 0; stream < width_; ++stream) {
          *to++ = streams[stream * static_cast<uint64_t>(num_values) + i];
        }
      }
    }
    return Status::OK();
  }

 private:
  Result<Bytes> CheckedStreams(std::span<const Bytes> buffers, int64_t num_values) const {
    ARROW_ASSIGN_OR_RAISE(Bytes streams, codec::OneBuffer(buffers));
    LANCE_CHECK_BYTES(streams.size() % width_ == 0 &&
                          streams.size() / width_ == static_cast<uint64_t>(num_values),
                      "split bytes of ", num_values, " values take ", streams.size(), " bytes");
    return streams;
  }

  uint64_t width_;
};

codec::MiniBlockOpened OpenSplitMiniBlock(const EncodingNode& node, const ValueType& type,
                                          FormatVersion) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  const EncodingNode& values = node.children[0];
  LANCE_CHECK_BYTES(values.tag == kFlat && (values.bits == 32 || values.bits == 64) &&
                        type.is_fixed() && type.bits == values.bits,
                    ToString(node), " where values of ", type.bits, " bits are expected");
  return std::make_unique<SplitDecoder>(values.bits / 8);
}

bool TakesSplit(const ValueView& values) {
  return values.type.is_fixed() && (values.type.bits == 32 || values.type.bits == 64) &&
         values.type.lists.empty();
}

Result<MiniBlockValues> EncodeSplitMiniBlock(const ValueView& values,
                                             const EncodeOptions& options) {
  LANCE_REQUIRE(TakesSplit(values), "byte stream split takes values of 32 or 64 bits only");
  const auto width = static_cast<int>(values.type.bytes());
  ARROW_ASSIGN_OR_RAISE(const int64_t step,
                        codec::PlainChunkValues(values.type.bits, options.max_fixed_chunk_bytes));
  const auto split = width == 4 ? kernel::Arrays().split4 : kernel::Arrays().split8;
  MiniBlockValues out;
  out.encoding.tag = kByteStreamSplit;
  out.encoding.children.push_back(codec::FlatNode(values.type.bits));
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(values.plain_size_bytes(), options.pool));
  codec::AddPlainChunks(values, step, &out);
  int64_t begin = 0;
  for (const int64_t count : out.chunk_num_values) {
    split(values.data.data() + begin * width, count, data->mutable_data() + begin * width);
    begin += count;
  }
  out.data.push_back(std::move(data));
  return out;
}

std::optional<Estimate> EstimateSplit(const ValueView& values, const EncodeOptions& options) {
  if (!TakesSplit(values)) return std::nullopt;
  const auto step = codec::PlainChunkValues(values.type.bits, options.max_fixed_chunk_bytes);
  if (!step.ok()) return std::nullopt;
  return Estimate{values.plain_size_bytes(), 0.1 * static_cast<double>(values.type.bytes()),
                  static_cast<double>(*step)};
}

}  // namespace

constinit const Codec kCodec = {
    .name = "byte_stream_split",
    .tag = kByteStreamSplit,
    .open_mini_block = OpenSplitMiniBlock,
    .encode_mini_block = EncodeSplitMiniBlock,
    .estimate = EstimateSplit,
};

}  // namespace lance::encoding::byte_stream_split
