#include "lance/encoding/codec/general/general.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "arrow/util/compression.h"
#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding {
namespace general {
namespace {

constexpr uint32_t kSchemeLz4 = 1;
constexpr uint32_t kSchemeZstd = 2;
constexpr uint32_t kZstdMagic = 0xFD2FB528;
constexpr uint64_t kLz4MaxRatio = 255;
constexpr uint64_t kZstdMaxRatio = 1 << 16;  // above what a block of one repeated byte reaches
constexpr int kZstdDefaultLevel = 3;
// A frame that claims more than this, and many times its own size, gets memory only as it fills it.
constexpr uint64_t kTrustedRawBytes = 1 << 20;
constexpr uint64_t kTrustedRatio = 64;
constexpr uint64_t kLargestBuffer = uint64_t{1} << 34;

using ArrowCodec = arrow::util::Codec;

Result<std::shared_ptr<ArrowCodec>> MakeArrowCodec(uint32_t scheme, std::optional<int32_t> level) {
  if (scheme == kSchemeLz4) {
    ARROW_ASSIGN_OR_RAISE(auto made, ArrowCodec::Create(arrow::Compression::LZ4));
    return std::shared_ptr<ArrowCodec>(std::move(made));
  }
  const int chosen = level.value_or(0) == 0 ? kZstdDefaultLevel : *level;
  ARROW_ASSIGN_OR_RAISE(auto made, ArrowCodec::Create(arrow::Compression::ZSTD, chosen));
  return std::shared_ptr<ArrowCodec>(std::move(made));
}

// Scratch memory that is not zeroed.
struct RawBytes {
  std::unique_ptr<uint8_t[]> memory;
  uint64_t size = 0;
  Bytes bytes() const { return {memory.get(), size}; }
};

RawBytes MakeRawBytes(uint64_t size) {
  return {std::unique_ptr<uint8_t[]>(new (std::nothrow) uint8_t[size + 64]), size};
}

class Decompressor {
 public:
  Decompressor(uint32_t scheme, std::shared_ptr<ArrowCodec> codec)
      : scheme_(scheme), codec_(std::move(codec)) {}

  // Parts of a compressed buffer.
  struct Frame {
    bool is_bare = false;   // without its size in front; `raw_size` is the limit
    bool is_dense = false;  // claims a size that is not to be believed
    uint64_t raw_size = 0;
    Bytes body;
  };

  Result<Frame> Parse(Bytes buffer, uint64_t limit) const {
    if (buffer.empty()) return Frame{};
    if (scheme_ == kSchemeZstd && IsBare(buffer)) return Frame{true, false, limit, buffer};
    ByteCursor cursor(buffer, "compressed buffer");
    Frame frame;
    if (scheme_ == kSchemeLz4) {
      ARROW_ASSIGN_OR_RAISE(frame.raw_size, cursor.Read<uint32_t>());
    } else {
      ARROW_ASSIGN_OR_RAISE(frame.raw_size, cursor.Read<uint64_t>());
    }
    frame.body = buffer.subspan(cursor.position());
    const uint64_t ratio = scheme_ == kSchemeLz4 ? kLz4MaxRatio : kZstdMaxRatio;
    LANCE_CHECK_BYTES(frame.raw_size <= limit && frame.raw_size / ratio <= frame.body.size(),
                      "a compressed buffer of ", frame.body.size(), " bytes claims to hold ",
                      frame.raw_size, " bytes; the limit is ", limit);
    frame.is_dense = scheme_ == kSchemeZstd && frame.raw_size > kTrustedRawBytes &&
                     frame.raw_size / kTrustedRatio > frame.body.size();
    return frame;
  }

  // Decompress a frame that is neither bare nor dense into `to`, which has room for `raw_size`.
  Status Inflate(const Frame& frame, uint8_t* to) const {
    if (frame.raw_size == 0) return Status::OK();
    const auto size = codec_->Decompress(static_cast<int64_t>(frame.body.size()), frame.body.data(),
                                         static_cast<int64_t>(frame.raw_size), to);
    LANCE_CHECK_BYTES(size.ok() && *size == static_cast<int64_t>(frame.raw_size),
                      "cannot decompress ", frame.body.size(), " bytes into ", frame.raw_size);
    return Status::OK();
  }

  Result<RawBytes> Inflate(Bytes buffer, uint64_t limit) const {
    ARROW_ASSIGN_OR_RAISE(const Frame frame, Parse(buffer, limit));
    if (frame.is_bare) return InflateGrowing(frame);
    if (frame.is_dense) {
      ARROW_ASSIGN_OR_RAISE(RawBytes raw, InflateGrowing(frame));
      LANCE_CHECK_BYTES(raw.size == frame.raw_size, "a compressed buffer of ", frame.body.size(),
                        " bytes holds ", raw.size, " bytes instead of ", frame.raw_size);
      return raw;
    }
    RawBytes raw = MakeRawBytes(frame.raw_size);
    if (raw.memory == nullptr) return OutOfMemory(frame.raw_size);
    ARROW_RETURN_NOT_OK(Inflate(frame, raw.memory.get()));
    return raw;
  }

 private:
  static Status OutOfMemory(uint64_t size) {
    return Error(ErrorCode::OutOfMemory, "cannot hold ", size, " bytes");
  }
  static bool IsBare(Bytes buffer) {
    if (buffer.size() < 8) return true;
    return LoadUnaligned<uint32_t>(buffer.data()) == kZstdMagic && (buffer[4] & 0x10) == 0;
  }
  Result<RawBytes> InflateGrowing(const Frame& frame) const {
    ARROW_ASSIGN_OR_RAISE(auto stream, codec_->MakeDecompressor());
    uint64_t capacity = std::min(frame.raw_size, uint64_t{frame.body.size()} * 8 + 1024);
    RawBytes raw = MakeRawBytes(capacity);
    uint64_t consumed = 0;
    raw.size = 0;
    while (raw.memory != nullptr) {
      const auto step = stream->Decompress(
          static_cast<int64_t>(frame.body.size() - consumed), frame.body.data() + consumed,
          static_cast<int64_t>(capacity - raw.size), raw.memory.get() + raw.size);
      LANCE_CHECK_BYTES(step.ok(), "malformed ZSTD frame of ", frame.body.size(), " bytes");
      consumed += static_cast<uint64_t>(step->bytes_read);
      raw.size += static_cast<uint64_t>(step->bytes_written);
      if (stream->IsFinished()) return raw;
      const bool full = raw.size == capacity;
      LANCE_CHECK_BYTES(full || step->bytes_read + step->bytes_written > 0, "ZSTD frame of ",
                        frame.body.size(), " bytes ends early");
      LANCE_CHECK_BYTES(!full || capacity < frame.raw_size, "a ZSTD frame of ", frame.body.size(),
                        " bytes holds more than ", frame.raw_size, " bytes");
      if (!full) continue;
      capacity = std::min(frame.raw_size, capacity * 2);
      RawBytes larger = MakeRawBytes(capacity);
      if (larger.memory == nullptr) break;
      std::memcpy(larger.memory.get(), raw.memory.get(), raw.size);
      raw.memory = std::move(larger.memory);
    }
    return OutOfMemory(capacity);
  }

  uint32_t scheme_;
  std::shared_ptr<ArrowCodec> codec_;
};

// What `num_values` values may take before compression: any inner encoding of fixed values stays
// below twice their plain size, rounded up to a block.
uint64_t RawLimit(const ValueType& type, int64_t num_values) {
  if (!type.is_fixed()) return codec::kMaxBufferBytes;
  constexpr uint64_t kMaxValues = uint64_t{1} << 40;
  const uint64_t count = std::clamp<uint64_t>(static_cast<uint64_t>(num_values), 1024, kMaxValues);
  uint64_t limit = 0;
  if (!CheckedMultiply(count, 2 * (type.bits / 8 + 1), &limit)) return codec::kMaxBufferBytes;
  return std::min(limit + 64, uint64_t{std::numeric_limits<int32_t>::max()});
}

class GeneralMiniBlockDecoder final : public MiniBlockDecoder {
 public:
  GeneralMiniBlockDecoder(Decompressor decompressor, ValueType type,
                          std::unique_ptr<MiniBlockDecoder> inner)
      : decompressor_(std::move(decompressor)), type_(std::move(type)), inner_(std::move(inner)) {}
  int num_buffers() const override { return inner_->num_buffers(); }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    return WithRawBuffers(buffers, num_values, [&](std::span<const Bytes> raw) {
      return inner_->Decode(raw, num_values, out);
    });
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    return WithRawBuffers(buffers, num_values, [&](std::span<const Bytes> raw) {
      return inner_->DecodeSome(raw, num_values, wanted, out);
    });
  }

 private:
  // Buffer 0 of a chunk is compressed, the others lie as they are.
  template <typename Body>
  Status WithRawBuffers(std::span<const Bytes> buffers, int64_t num_values,
                        const Body& body) const {
    LANCE_CHECK_BYTES(!buffers.empty(), "a chunk without buffers");
    ARROW_ASSIGN_OR_RAISE(const RawBytes first,
                          decompressor_.Inflate(buffers[0], RawLimit(type_, num_values)));
    if (buffers.size() == 1) {
      const Bytes only = first.bytes();
      return body({&only, 1});
    }
    std::vector<Bytes> all(buffers.begin(), buffers.end());
    all[0] = first.bytes();
    return body(all);
  }

  Decompressor decompressor_;
  ValueType type_;
  std::unique_ptr<MiniBlockDecoder> inner_;
};

class GeneralBlockDecoder final : public BlockDecoder {
 public:
  GeneralBlockDecoder(Decompressor decompressor, ValueType type,
                      std::unique_ptr<BlockDecoder> inner)
      : decompressor_(std::move(decompressor)), type_(std::move(type)), inner_(std::move(inner)) {}
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(const RawBytes raw,
                          decompressor_.Inflate(block, RawLimit(type_, num_values)));
    return inner_->Decode(raw.bytes(), num_values, out);
  }

 private:
  Decompressor decompressor_;
  ValueType type_;
  std::unique_ptr<BlockDecoder> inner_;
};

class GeneralPerValueDecoder final : public PerValueDecoder {
 public:
  GeneralPerValueDecoder(Decompressor decompressor, ValueType type,
                         std::unique_ptr<PerValueDecoder> inner, bool inner_is_plain)
      : decompressor_(std::move(decompressor)),
        type_(std::move(type)),
        inner_(std::move(inner)),
        inner_is_plain_(inner_is_plain) {}
  Status Decode(Bytes value, ValueBuilder* out) const override {
    const uint64_t limit = RawLimit(type_, 1);
    if (inner_is_plain_) {
      ARROW_ASSIGN_OR_RAISE(const Decompressor::Frame frame, decompressor_.Parse(value, limit));
      if (!frame.is_bare && !frame.is_dense) return InflateInto(frame, out);
    }
    ARROW_ASSIGN_OR_RAISE(const RawBytes raw, decompressor_.Inflate(value, limit));
    return inner_->Decode(raw.bytes(), out);
  }

 private:
  // Variable values need no second copy.
  Status InflateInto(const Decompressor::Frame& frame, ValueBuilder* out) const {
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->ReserveData(frame.raw_size));
    ARROW_RETURN_NOT_OK(decompressor_.Inflate(frame, to));
    return out->CommitVariable(&frame.raw_size, 1);
  }

  Decompressor decompressor_;
  ValueType type_;
  std::unique_ptr<PerValueDecoder> inner_;
  bool inner_is_plain_;
};

Result<Decompressor> OpenDecompressor(const EncodingNode& node) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  LANCE_CHECK_BYTES(node.scheme == kSchemeLz4 || node.scheme == kSchemeZstd,
                    "unknown compression scheme ", node.scheme);
  LANCE_CHECK_BYTES(node.children[0].tag != kGeneral, "general compression inside of itself");
  ARROW_ASSIGN_OR_RAISE(auto arrow_codec, MakeArrowCodec(node.scheme, std::nullopt));
  return Decompressor(node.scheme, std::move(arrow_codec));
}

codec::MiniBlockOpened OpenGeneralMiniBlock(const EncodingNode& node, const ValueType& type,
                                            FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenMiniBlock(node.children[0], type, version));
  return std::make_unique<GeneralMiniBlockDecoder>(std::move(decompressor), type, std::move(inner));
}

codec::PerValueOpened OpenGeneralPerValue(const EncodingNode& node, const ValueType& type,
                                          FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenPerValue(node.children[0], type, version));
  return std::make_unique<GeneralPerValueDecoder>(std::move(decompressor), type, std::move(inner),
                                                  node.children[0].tag == kVariable);
}

codec::BlockOpened OpenGeneralBlock(const EncodingNode& node, const ValueType& type,
                                    FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenBlock(node.children[0], type, version));
  return std::make_unique<GeneralBlockDecoder>(std::move(decompressor), type, std::move(inner));
}

// ---------------------------------------------------------------------------------------------

class Compressor {
 public:
  static Result<Compressor> Make(const GeneralOptions& options) {
    LANCE_REQUIRE(options.scheme == kSchemeLz4 || options.scheme == kSchemeZstd,
                  "unknown compression scheme ", options.scheme);
    ARROW_ASSIGN_OR_RAISE(auto arrow_codec, MakeArrowCodec(options.scheme, options.level));
    return Compressor(options.scheme, std::move(arrow_codec));
  }
  uint64_t Bound(uint64_t size) const {
    return 8 + static_cast<uint64_t>(codec_->MaxCompressedLen(static_cast<int64_t>(size), nullptr));
  }
  // Write `raw` in the format's frame to `to`, which has room for `Bound`; return the size.
  Result<uint64_t> Deflate(Bytes raw, uint8_t* to) const {
    LANCE_REQUIRE(raw.size() <= std::numeric_limits<int32_t>::max(), "a buffer of ", raw.size(),
                  " bytes is too large to compress");
    uint64_t header = 4;
    if (scheme_ == kSchemeLz4) {
      StoreUnaligned<uint32_t>(to, static_cast<uint32_t>(raw.size()));
    } else {
      header = 8;
      StoreUnaligned<uint64_t>(to, raw.size());
    }
    ARROW_ASSIGN_OR_RAISE(
        const int64_t size,
        codec_->Compress(static_cast<int64_t>(raw.size()), raw.data(),
                         static_cast<int64_t>(Bound(raw.size()) - header), to + header));
    return header + static_cast<uint64_t>(size);
  }

 private:
  Compressor(uint32_t scheme, std::shared_ptr<ArrowCodec> codec)
      : scheme_(scheme), codec_(std::move(codec)) {}
  uint32_t scheme_;
  std::shared_ptr<ArrowCodec> codec_;
};

EncodingNode GeneralNode(const GeneralOptions& options, const EncodingNode& inner) {
  EncodingNode node;
  node.tag = kGeneral;
  node.scheme = options.scheme;
  node.level = options.level;
  node.children.push_back(inner);
  return node;
}

// Compress runs of `from` with the given sizes one by one; call `done` with each new size.
template <typename Sizes, typename Done>
Result<std::shared_ptr<arrow::Buffer>> DeflateRuns(const Sizes& sizes, const uint8_t* from,
                                                   const GeneralOptions& options,
                                                   const Done& done) {
  ARROW_ASSIGN_OR_RAISE(const Compressor compressor, Compressor::Make(options));
  uint64_t bound = 0;
  for (uint64_t size : sizes) bound += compressor.Bound(size);
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(bound, options.pool));
  uint8_t* to = data->mutable_data();
  for (uint64_t size : sizes) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t compressed, compressor.Deflate({from, size}, to));
    done(compressed);
    from += size;
    to += compressed;
  }
  const auto total = static_cast<uint64_t>(to - data->data());
  return codec::CutBytes(std::move(data), total);
}

}  // namespace

Result<std::shared_ptr<arrow::Buffer>> Decompress(uint32_t scheme, Bytes buffer,
                                                  uint64_t max_raw_bytes) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_codec, MakeArrowCodec(scheme, std::nullopt));
  const Decompressor decompressor(scheme, std::move(arrow_codec));
  ARROW_ASSIGN_OR_RAISE(RawBytes raw,
                        decompressor.Inflate(buffer, std::min(max_raw_bytes, kLargestBuffer)));
  const auto size = static_cast<int64_t>(raw.size);
  const uint8_t* const data = raw.memory.get();
  return std::shared_ptr<arrow::Buffer>(
      new arrow::Buffer(data, size), [memory = std::shared_ptr<uint8_t[]>(std::move(raw.memory))](
                                         arrow::Buffer* made) { delete made; });
}

constinit const Codec kCodec = {
    .name = "general",
    .tag = kGeneral,
    .open_mini_block = OpenGeneralMiniBlock,
    .open_per_value = OpenGeneralPerValue,
    .open_block = OpenGeneralBlock,
};

}  // namespace general

Result<MiniBlockValues> WrapGeneral(const MiniBlockValues& inner, const GeneralOptions& options) {
  MiniBlockValues out = inner;
  out.encoding = general::GeneralNode(options, inner.encoding);
  std::vector<uint64_t> sizes;
  for (size_t i = 0; i < inner.sizes.size(); i += inner.num_buffers) {
    sizes.push_back(inner.sizes[i]);
  }
  size_t chunk = 0;
  ARROW_ASSIGN_OR_RAISE(
      out.data[0], general::DeflateRuns(sizes, inner.data[0]->data(), options, [&](uint64_t size) {
        out.sizes[chunk++ * inner.num_buffers] = static_cast<uint32_t>(size);
      }));
  return out;
}

Result<PerValueValues> WrapGeneral(const PerValueValues& inner, const GeneralOptions& options) {
  LANCE_REQUIRE(!inner.fixed, "general compression of single values takes variable width only");
  const auto* ends = reinterpret_cast<const uint64_t*>(inner.offsets->data());
  std::vector<uint64_t> sizes;
  sizes.reserve(static_cast<size_t>(inner.num_values));
  for (int64_t i = 0; i < inner.num_values; ++i) sizes.push_back(ends[i + 1] - ends[i]);
  PerValueValues out = inner;
  out.encoding = general::GeneralNode(options, inner.encoding);
  ARROW_ASSIGN_OR_RAISE(auto offsets, codec::AllocateBytes((sizes.size() + 1) * 8, options.pool));
  auto* next = reinterpret_cast<uint64_t*>(offsets->mutable_data());
  *next = 0;
  ARROW_ASSIGN_OR_RAISE(
      out.data, general::DeflateRuns(sizes, inner.data->data(), options, [&next](uint64_t size) {
        next[1] = next[0] + size;
        ++next;
      }));
  out.offsets = std::move(offsets);
  return out;
}

Result<BlockValues> WrapGeneral(const BlockValues& inner, const GeneralOptions& options) {
  BlockValues out;
  out.encoding = general::GeneralNode(options, inner.encoding);
  const std::vector<uint64_t> sizes{static_cast<uint64_t>(inner.data->size())};
  ARROW_ASSIGN_OR_RAISE(out.data,
                        general::DeflateRuns(sizes, inner.data->data(), options, [](uint64_t) {}));
  return out;
}

}  // namespace lance::encoding
