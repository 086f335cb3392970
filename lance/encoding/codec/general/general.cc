#include "lance/encoding/codec/general/general.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/codec/general/compression.h"

namespace lance::encoding {
namespace general {
namespace {

constexpr uint32_t kZstdMagic = 0xFD2FB528;
constexpr uint64_t kLz4MaxRatio = 255;
constexpr uint64_t kZstdMaxRatio = 1 << 16;  // above what a block of one repeated byte reaches
constexpr int kZstdDefaultLevel = 3;
// A frame that claims more than this, and many times its own size, gets memory only as it fills it.
constexpr uint64_t kTrustedRawBytes = 1 << 20;
constexpr uint64_t kTrustedRatio = 64;
constexpr uint64_t kLargestBuffer = uint64_t{1} << 34;
constexpr uint64_t kLongestPrefix = 8;

uint64_t PrefixBytes(Scheme scheme) { return scheme == Scheme::kLz4 ? 4 : 8; }

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
  explicit Decompressor(Scheme scheme) : scheme_(scheme) {}

  // Parts of a compressed buffer.
  struct Frame {
    bool is_bare = false;   // without its size in front; `raw_size` is the limit
    bool is_dense = false;  // claims a size that is not to be believed
    uint64_t raw_size = 0;
    Bytes body;
  };

  Result<Frame> Parse(Bytes buffer, uint64_t limit) const {
    if (buffer.empty()) return Frame{};
    if (scheme_ == Scheme::kZstd && IsBare(buffer)) return Frame{true, false, limit, buffer};
    ByteCursor cursor(buffer, "compressed buffer");
    Frame frame;
    if (scheme_ == Scheme::kLz4) {
      ARROW_ASSIGN_OR_RAISE(frame.raw_size, cursor.Read<uint32_t>());
    } else {
      ARROW_ASSIGN_OR_RAISE(frame.raw_size, cursor.Read<uint64_t>());
    }
    frame.body = buffer.subspan(cursor.position());
    const uint64_t ratio = scheme_ == Scheme::kLz4 ? kLz4MaxRatio : kZstdMaxRatio;
    LANCE_CHECK_BYTES(frame.raw_size <= limit && frame.raw_size / ratio <= frame.body.size(),
                      "a compressed buffer of ", frame.body.size(), " bytes claims to hold ",
                      frame.raw_size, " bytes; the limit is ", limit);
    frame.is_dense = scheme_ == Scheme::kZstd && frame.raw_size > kTrustedRawBytes &&
                     frame.raw_size / kTrustedRatio > frame.body.size();
    return frame;
  }

  // Decompress a frame that is neither bare nor dense into `to`, which has room for `raw_size`.
  Status Inflate(const Frame& frame, uint8_t* to) const {
    if (frame.raw_size == 0) return Status::OK();
    LANCE_CHECK_BYTES(DecompressBytes(scheme_, frame.body, to, frame.raw_size),
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
    ZstdStream stream(frame.body);
    uint64_t capacity = std::min(frame.raw_size, uint64_t{frame.body.size()} * 8 + 1024);
    RawBytes raw = MakeRawBytes(capacity);
    raw.size = 0;
    while (raw.memory != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const uint64_t added,
                            stream.Read(raw.memory.get() + raw.size, capacity - raw.size));
      raw.size += added;
      if (stream.is_finished()) return raw;
      const bool full = raw.size == capacity;
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

  Scheme scheme_;
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
  GeneralMiniBlockDecoder(Decompressor decompressor, ValueType type, bool inner_is_plain,
                          std::unique_ptr<MiniBlockDecoder> inner)
      : decompressor_(decompressor),
        type_(std::move(type)),
        inner_is_plain_(inner_is_plain),
        inner_(std::move(inner)) {}
  int num_buffers() const override { return inner_->num_buffers(); }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    if (inner_is_plain_ && buffers.size() == 1) {
      ARROW_ASSIGN_OR_RAISE(const Decompressor::Frame frame,
                            decompressor_.Parse(buffers[0], RawLimit(type_, num_values)));
      if (!frame.is_bare && !frame.is_dense) return InflateInto(frame, num_values, out);
    }
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

  // Plain values of whole bytes need no second copy.
  Status InflateInto(const Decompressor::Frame& frame, int64_t num_values,
                     ValueBuilder* out) const {
    uint64_t size = 0;
    LANCE_CHECK_BYTES(
        num_values >= 0 &&
            CheckedMultiply(static_cast<uint64_t>(num_values), type_.bytes(), &size) &&
            size == frame.raw_size,
        "plain values take ", frame.raw_size, " bytes, not those of ", num_values, " values of ",
        type_.bits, " bits");
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(num_values));
    return decompressor_.Inflate(frame, to);
  }

  Decompressor decompressor_;
  ValueType type_;
  bool inner_is_plain_;
  std::unique_ptr<MiniBlockDecoder> inner_;
};

class GeneralBlockDecoder final : public BlockDecoder {
 public:
  GeneralBlockDecoder(Decompressor decompressor, ValueType type,
                      std::unique_ptr<BlockDecoder> inner)
      : decompressor_(decompressor), type_(std::move(type)), inner_(std::move(inner)) {}
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
      : decompressor_(decompressor),
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
  LANCE_CHECK_BYTES(node.scheme == 1 || node.scheme == 2, "unknown compression scheme ",
                    node.scheme);
  LANCE_CHECK_BYTES(node.children[0].tag != kGeneral, "general compression inside of itself");
  return Decompressor(static_cast<Scheme>(node.scheme));
}

codec::MiniBlockOpened OpenGeneralMiniBlock(const EncodingNode& node, const ValueType& type,
                                            FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenMiniBlock(node.children[0], type, version));
  const bool inner_is_plain = node.children[0].tag == kFlat && type.bits % 8 == 0;
  return std::make_unique<GeneralMiniBlockDecoder>(decompressor, type, inner_is_plain,
                                                   std::move(inner));
}

codec::PerValueOpened OpenGeneralPerValue(const EncodingNode& node, const ValueType& type,
                                          FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenPerValue(node.children[0], type, version));
  return std::make_unique<GeneralPerValueDecoder>(decompressor, type, std::move(inner),
                                                  node.children[0].tag == kVariable);
}

codec::BlockOpened OpenGeneralBlock(const EncodingNode& node, const ValueType& type,
                                    FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Decompressor decompressor, OpenDecompressor(node));
  ARROW_ASSIGN_OR_RAISE(auto inner, OpenBlock(node.children[0], type, version));
  return std::make_unique<GeneralBlockDecoder>(decompressor, type, std::move(inner));
}

// ---------------------------------------------------------------------------------------------

class Compressor {
 public:
  static Result<Compressor> Make(const GeneralOptions& options) {
    LANCE_REQUIRE(options.scheme == 1 || options.scheme == 2, "unknown compression scheme ",
                  options.scheme);
    Compressor out;
    out.scheme_ = static_cast<Scheme>(options.scheme);
    if (options.level.value_or(0) != 0) out.level_ = *options.level;
    return out;
  }
  uint64_t Bound(uint64_t size) const { return kLongestPrefix + CompressedBound(scheme_, size); }
  // Write `raw` in the format's frame to `to`, which has room for `Bound`; return the size.
  Result<uint64_t> Deflate(Bytes raw, uint8_t* to) const {
    if (raw.empty()) return 0;
    const uint64_t prefix = PrefixBytes(scheme_);
    const uint64_t length = raw.size();
    std::memcpy(to, &length, prefix);
    ARROW_ASSIGN_OR_RAISE(const uint64_t size, CompressBytes(scheme_, level_, raw, to + prefix));
    return prefix + size;
  }

 private:
  Scheme scheme_ = Scheme::kZstd;
  int level_ = kZstdDefaultLevel;
};

EncodingNode GeneralNode(const GeneralOptions& options, const EncodingNode& inner) {
  EncodingNode node;
  node.tag = kGeneral;
  node.scheme = options.scheme;
  if (options.scheme == 2) node.level = options.level.value_or(0);
  node.children.push_back(inner);
  return node;
}

// Compress runs of `from` with the given sizes one by one; call `done` with each new size.
template <typename Sizes, typename Done>
Result<std::shared_ptr<arrow::Buffer>> DeflateRuns(const Sizes& sizes, const uint8_t* from,
                                                   const GeneralOptions& options,
                                                   const Done& done) {
  ARROW_ASSIGN_OR_RAISE(const Compressor compressor, Compressor::Make(options));
  uint64_t raw = 0;
  uint64_t longest = 0;
  for (uint64_t size : sizes) {
    raw += size;
    longest = std::max(longest, size);
  }
  // Half of it is the usual result; more memory comes when it is needed.
  const uint64_t expected = options.expected_bytes > 0 ? options.expected_bytes : raw / 2;
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(std::min(expected + expected / 16, raw) +
                                                            compressor.Bound(longest),
                                                        options.pool));
  uint64_t total = 0;
  for (uint64_t size : sizes) {
    const uint64_t wanted = total + compressor.Bound(size);
    if (wanted > static_cast<uint64_t>(data->size())) {
      ARROW_RETURN_NOT_OK(data->Resize(static_cast<int64_t>(wanted + wanted / 16)));
    }
    ARROW_ASSIGN_OR_RAISE(const uint64_t compressed,
                          compressor.Deflate({from, size}, data->mutable_data() + total));
    done(compressed);
    from += size;
    total += compressed;
  }
  return codec::CutBytes(std::move(data), total);
}

}  // namespace

Result<std::shared_ptr<arrow::Buffer>> Decompress(uint32_t scheme, Bytes buffer,
                                                  uint64_t max_raw_bytes) {
  const Decompressor decompressor(static_cast<Scheme>(scheme));
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
