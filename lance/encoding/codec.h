// What a codec is, and the registry of all codecs.
//
// A codec turns values into buffers in up to three contexts of the format:
//   mini-block  a page is cut into chunks of a few KiB; every chunk is decoded as a whole
//   per value   each value is encoded by itself, so that it can be fetched alone (full-zip pages)
//   block       one buffer with a known number of values (levels, dictionaries)
// A page's `EncodingNode` is a tree: general compression wraps bit-packing, FSST wraps variable,
// ... Source: Lance file format 2.1/2.2, compressive encodings. Registration: `codecs.inc`, no
// static constructors. Decoders are immutable after opening: they may be shared by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

/// How bytes were made: the wire's CompressiveEncoding as plain data. `tag` is the field number of
/// the wire's oneof; which other members count depends on it.
struct EncodingNode {
  uint32_t tag = 0;
  uint64_t bits = 0;                       // flat: bits per value; bit-packing: uncompressed bits
  uint32_t scheme = 0;                     // general: 1 LZ4, 2 ZSTD
  std::optional<int32_t> level;            // general
  std::shared_ptr<arrow::Buffer> payload;  // fsst: symbol table; constant: value
  uint64_t num_items = 0;                  // fixed-size list: items per value; dictionary: items
  bool has_validity = false;               // fixed-size list
  std::vector<uint64_t> field_bits;        // packed struct: bits (or bits per length) per field
  std::vector<bool> field_is_variable;     // variable packed struct
  std::vector<EncodingNode> children;      // inner encodings in wire order
};

/// Wire tags of the codecs.
enum Tag : uint32_t {
  kFlat = 1,
  kVariable = 2,
  kConstant = 3,
  kOutOfLineBitpacking = 4,
  kInlineBitpacking = 5,
  kFsst = 6,
  kDictionary = 7,
  kRle = 8,
  kByteStreamSplit = 9,
  kGeneral = 10,
  kFixedSizeList = 11,
  kPackedStruct = 12,
  kVariablePackedStruct = 13,
};

/// Parse a serialized CompressiveEncoding (bounded depth); Corruption when it is malformed.
Result<EncodingNode> ParseEncoding(Bytes message);
/// Serialize `node` as CompressiveEncoding.
Result<std::string> SerializeEncoding(const EncodingNode& node);
/// One line for people, such as "General(zstd, InlineBitpacking(32))".
std::string ToString(const EncodingNode& node);

class MiniBlockDecoder {
 public:
  virtual ~MiniBlockDecoder() = default;
  /// Number of buffers of each chunk.
  virtual int num_buffers() const = 0;
  /// Append the `num_values` values of one chunk to `out`. Corruption when the buffers do not hold
  /// exactly that many. The buffers are borrowed for the call.
  virtual Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                        ValueBuilder* out) const = 0;
  /// Append only the values of the chunk at `wanted` (sorted, disjoint, inside of the chunk), as
  /// `Decode` would give them. What only concerns other values may go unchecked.
  virtual Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                            std::span<const RowRange> wanted, ValueBuilder* out) const;
};

class PerValueDecoder {
 public:
  virtual ~PerValueDecoder() = default;
  /// Bytes of every value when all have the same width, else 0. `DecodeStrided` reads as many.
  virtual uint64_t value_bytes() const { return 0; }
  /// Append one value from its bytes as they lie in the page (without control word and length).
  virtual Status Decode(Bytes value, ValueBuilder* out) const = 0;
  /// Append `count` values whose bytes lie back to back, `stride` bytes apart; fixed width only.
  virtual Status DecodeStrided(const uint8_t* first, uint64_t stride, int64_t count,
                               ValueBuilder* out) const;
};

class BlockDecoder {
 public:
  virtual ~BlockDecoder() = default;
  /// Append the `num_values` values of the block to `out`; the block is used up exactly.
  virtual Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const = 0;
};

/// What the file says about itself, for rules that differ by version.
struct FormatVersion {
  uint16_t major = 2;
  uint16_t minor = 2;
  auto operator<=>(const FormatVersion&) const = default;
};
inline constexpr FormatVersion kVersion20{2, 0};
inline constexpr FormatVersion kVersion21{2, 1};
inline constexpr FormatVersion kVersion22{2, 2};

/// Field metadata of the official writer that steers the choice, parsed (`lance-encoding:*`).
struct EncodeOptions {
  FormatVersion version = kVersion22;
  std::string compression;  // "", "none", "lz4", "zstd", "fsst"
  std::optional<int32_t> compression_level;
  std::string byte_stream_split;  // "", "off", "on", "auto"
  std::optional<double> rle_threshold;
  std::string dictionary_compression;  // "", "none", "lz4", "zstd"
  std::optional<int32_t> dictionary_compression_level;
  uint64_t max_chunk_bytes = 4096;        // target of a variable chunk
  uint64_t max_fixed_chunk_bytes = 8186;  // limit of a chunk of plain fixed values
  arrow::MemoryPool* pool = nullptr;
};

/// Chunks of one page, encoded. `data` may borrow the memory of the values. Chunk i owns buffers [i
/// * num_buffers, (i + 1) * num_buffers) of `sizes`; the bytes of buffer b of all chunks lie back
/// to back in `data[b]`.
struct MiniBlockValues {
  EncodingNode encoding;
  int num_buffers = 1;
  std::vector<uint32_t> chunk_num_values;            // all but the last are powers of two >= 2
  std::vector<uint32_t> sizes;                       // chunk-major
  std::vector<std::shared_ptr<arrow::Buffer>> data;  // one per buffer
};

/// Values of a full-zip page: fixed width, or one run of bytes per value. `data` may borrow.
struct PerValueValues {
  EncodingNode encoding;
  bool fixed = true;
  uint64_t bits_per_value = 0;  // fixed
  int64_t num_values = 0;
  std::shared_ptr<arrow::Buffer> data;
  std::shared_ptr<arrow::Buffer> offsets;  // variable: uint64 (num_values + 1)
};

/// One block; `data` may borrow the memory of the values.
struct BlockValues {
  EncodingNode encoding;
  std::shared_ptr<arrow::Buffer> data;
};

/// Compression of whole buffers.
struct GeneralOptions {
  uint32_t scheme = 2;  // 1 LZ4, 2 ZSTD
  std::optional<int32_t> level = std::nullopt;
  arrow::MemoryPool* pool = nullptr;
  uint64_t expected_bytes = 0;  // what will come out, if that is known: memory is taken for as much
};
/// Put general compression around what another codec made: around buffer 0 of each chunk, each
/// value by itself, or the whole block. The caller compares sizes and keeps the better one. Without
/// a level, or with level 0, ZSTD takes its default.
Result<MiniBlockValues> WrapGeneral(const MiniBlockValues& inner, const GeneralOptions& options);
Result<PerValueValues> WrapGeneral(const PerValueValues& inner, const GeneralOptions& options);
Result<BlockValues> WrapGeneral(const BlockValues& inner, const GeneralOptions& options);

/// A codec's answer to "how large, how fast?", for the selection policy.
struct Estimate {
  uint64_t encoded_bytes = 0;
  double decode_ns_per_value = 0;  // when all values of a chunk are wanted
  double values_per_chunk = 1;
};

/// One codec. A null slot means that the format does not allow it there.
struct Codec {
  std::string_view name;
  uint32_t tag = 0;

  Result<std::unique_ptr<MiniBlockDecoder>> (*open_mini_block)(const EncodingNode&,
                                                               const ValueType&,
                                                               FormatVersion) = nullptr;
  Result<std::unique_ptr<PerValueDecoder>> (*open_per_value)(const EncodingNode&, const ValueType&,
                                                             FormatVersion) = nullptr;
  Result<std::unique_ptr<BlockDecoder>> (*open_block)(const EncodingNode&, const ValueType&,
                                                      FormatVersion) = nullptr;

  /// Encode all values of a page; Invalid is a bug of the policy, which asks `estimate` first.
  Result<MiniBlockValues> (*encode_mini_block)(const ValueView&, const EncodeOptions&) = nullptr;
  Result<PerValueValues> (*encode_per_value)(const ValueView&, const EncodeOptions&) = nullptr;
  Result<BlockValues> (*encode_block)(const ValueView&, const EncodeOptions&) = nullptr;

  /// Size and decode cost of the page in mini-block context, from a sample; nullopt when the codec
  /// does not take such values.
  std::optional<Estimate> (*estimate)(const ValueView&, const EncodeOptions&) = nullptr;
};

/// All codecs, in the order of `codecs.inc`.
std::span<const Codec* const> AllCodecs();
/// Find a codec by wire tag; Corruption when there is none.
Result<const Codec*> FindCodec(uint32_t tag);

/// Open a decoder for a tree of encodings in the given context. Corruption when the tree is not
/// allowed there, or does not produce values of `type`.
Result<std::unique_ptr<MiniBlockDecoder>> OpenMiniBlock(const EncodingNode& node,
                                                        const ValueType& type,
                                                        FormatVersion version);
Result<std::unique_ptr<PerValueDecoder>> OpenPerValue(const EncodingNode& node,
                                                      const ValueType& type, FormatVersion version);
Result<std::unique_ptr<BlockDecoder>> OpenBlock(const EncodingNode& node, const ValueType& type,
                                                FormatVersion version);

}  // namespace lance::encoding
