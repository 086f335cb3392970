#include "lance/encoding/policy.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/page_write/compress.h"

namespace lance::encoding {
namespace {

constexpr uint64_t kMaxMiniBlockValueBytes = 256;
constexpr uint64_t kMaxSmallChunkLongest = 8 << 10;
constexpr uint64_t kMinFsstBytes = 32 << 10;
constexpr uint64_t kMinFsstLongest = 5;
constexpr uint64_t kMinCompressedPageBytes = 32 << 10;
constexpr uint64_t kMinCompressedLongest = 32 << 10;
constexpr uint64_t kMinDictionaryValues = 100;
// A dictionary costs a look-up per value when reading.
constexpr double kDictionaryAdvantage = 0.8;
constexpr std::string_view kPrefix = "lance-encoding:";

// ---- field metadata
// ------------------------------------------------------------------------------

// The values of `lance-encoding:` keys.
class EncodingKeys {
 public:
  explicit EncodingKeys(const std::map<std::string, std::string>& metadata) : metadata_(metadata) {}

  std::optional<std::string_view> Find(std::string_view key) const {
    const auto found = metadata_.find(std::string(kPrefix) + std::string(key));
    if (found == metadata_.end()) return std::nullopt;
    return std::string_view(found->second);
  }

  template <typename Number>
  Status ReadNumber(std::string_view key, std::optional<Number>* out) const {
    const auto text = Find(key);
    if (!text) return Status::OK();
    Number value{};
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) {
      return BadValue(key, *text, "a number");
    }
    *out = value;
    return Status::OK();
  }

  Status ReadWord(std::string_view key, std::string_view allowed, std::string* out) const {
    const auto text = Find(key);
    if (!text) return Status::OK();
    const std::string wanted = "|" + std::string(*text) + "|";
    if (("|" + std::string(allowed) + "|").find(wanted) == std::string::npos) {
      return BadValue(key, *text, allowed);
    }
    *out = *text;
    return Status::OK();
  }

 private:
  static Status BadValue(std::string_view key, std::string_view value, std::string_view wanted) {
    return InvalidInput("field metadata '", kPrefix, key, "' must be ", wanted, ", not '", value,
                        "'");
  }

  const std::map<std::string, std::string>& metadata_;
};

Status ReadDictionaryKeys(const EncodingKeys& keys, PageOptions* out) {
  std::optional<uint64_t> divisor;
  std::optional<double> ratio;
  std::optional<uint64_t> max_items;
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-divisor", &divisor));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-size-ratio", &ratio));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-max-size", &max_items));
  LANCE_REQUIRE(!divisor || *divisor > 0,
                "field metadata 'lance-encoding:dict-divisor' must be "
                "above 0");
  LANCE_REQUIRE(!ratio || (*ratio >= 0 && *ratio <= 1),
                "field metadata "
                "'lance-encoding:dict-size-ratio' must be between 0 and 1, not ",
                *ratio);
  out->dictionary_divisor = divisor.value_or(out->dictionary_divisor);
  out->dictionary_size_ratio = ratio.value_or(out->dictionary_size_ratio);
  out->dictionary_max_items = max_items.value_or(out->dictionary_max_items);
  return keys.ReadWord("dict-values-compression", "none|lz4|zstd",
                       &out->encode.dictionary_compression);
}

// ---- choice of codecs
// ----------------------------------------------------------------------------

uint64_t LongestValue(const ValueView& values) {
  if (values.type.is_fixed()) return (values.type.bits + 7) / 8;
  int64_t longest = 0;
  for (int64_t i = 0; i < values.num_values; ++i) {
    longest = std::max(longest, values.offset(i + 1) - values.offset(i));
  }
  return static_cast<uint64_t>(longest);
}

bool MayUseFsst(const ValueView& values, const EncodeOptions& options) {
  if (values.type.is_fixed()) return false;
  const bool requested = options.compression == "fsst";
  if (!requested && (!options.compression.empty() || options.binary)) return false;
  return values.plain_size_bytes() >= kMinFsstBytes && LongestValue(values) >= kMinFsstLongest;
}

bool MayUseByteStreamSplit(const ValueView& values, const EncodeOptions& options) {
  return page_write::SchemeOf(options.compression).has_value() &&
         options.byte_stream_split != "off" && values.type.lists.empty() &&
         (values.type.bits == 32 || values.type.bits == 64);
}

// A codec in the running, with what it answered.
struct Candidate {
  const Codec* codec = nullptr;
  uint64_t bytes = 0;
};

Status AskCodec(uint32_t tag, const ValueView& values, const EncodeOptions& options,
                double advantage, Candidate* best) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(tag));
  if (codec->encode_mini_block == nullptr || codec->estimate == nullptr) return Status::OK();
  const std::optional<Estimate> answer = codec->estimate(values, options);
  if (!answer) return Status::OK();
  const auto weighted =
      static_cast<uint64_t>(static_cast<double>(answer->encoded_bytes) * advantage);
  if (best->codec == nullptr || weighted < best->bytes) *best = {codec, weighted};
  return Status::OK();
}

// Runs save bytes but cost time when they are short.
constexpr double kRunHandicap = 1.1;

Result<Candidate> ChooseFixed(const ValueView& values, const EncodeOptions& options) {
  Candidate best;
  if (!values.type.lists.empty()) {
    ARROW_RETURN_NOT_OK(AskCodec(kFixedSizeList, values, options, 1, &best));
    return best;
  }
  ARROW_RETURN_NOT_OK(AskCodec(kFlat, values, options, 1, &best));
  if (options.compression == "none") return best;
  if (MayUseByteStreamSplit(values, options)) {
    Candidate split;
    ARROW_RETURN_NOT_OK(AskCodec(kByteStreamSplit, values, options, 1, &split));
    if (split.codec != nullptr) return split;
  }
  ARROW_RETURN_NOT_OK(AskCodec(kInlineBitpacking, values, options, 1, &best));
  if (!options.rle_threshold || *options.rle_threshold > 0) {
    ARROW_RETURN_NOT_OK(AskCodec(kRle, values, options, kRunHandicap, &best));
  }
  return best;
}

Result<Candidate> ChooseVariable(const ValueView& values, const EncodeOptions& options) {
  Candidate best;
  ARROW_RETURN_NOT_OK(AskCodec(kVariable, values, options, 1, &best));
  if (MayUseFsst(values, options)) {
    ARROW_RETURN_NOT_OK(AskCodec(kFsst, values, options, 1, &best));
  }
  return best;
}

bool MayUseDictionary(const ValueType& type, const PageOptions& options) {
  if (!type.lists.empty() || options.encode.compression == "none") return false;
  if (options.structure == PageOptions::Structure::kFullZip) return false;
  if (!type.is_fixed() || type.bits == 128) return true;
  return type.bits == 64 && options.encode.version >= kVersion22;
}

Result<BlockValues> EncodeBlockAs(uint32_t tag, const ValueView& values,
                                  const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(tag));
  LANCE_REQUIRE(codec->encode_block != nullptr, "the encoding ", codec->name, " has no blocks");
  return codec->encode_block(values, options);
}

Result<PerValueValues> EncodePerValueAs(uint32_t tag, const ValueView& values,
                                        const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(tag));
  LANCE_REQUIRE(codec->encode_per_value != nullptr, "the encoding ", codec->name,
                " has no single values");
  return codec->encode_per_value(values, options);
}

}  // namespace

Result<PageOptions> ParsePageOptions(const std::map<std::string, std::string>& metadata) {
  PageOptions out;
  const EncodingKeys keys(metadata);
  std::string structure;
  std::optional<uint64_t> chunk_bytes;
  ARROW_RETURN_NOT_OK(keys.ReadWord("compression", "none|lz4|zstd|fsst", &out.encode.compression));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("compression-level", &out.encode.compression_level));
  ARROW_RETURN_NOT_OK(keys.ReadWord("bss", "off|on|auto", &out.encode.byte_stream_split));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("rle-threshold", &out.encode.rle_threshold));
  ARROW_RETURN_NOT_OK(keys.ReadWord("structural-encoding", "miniblock|fullzip", &structure));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("minichunk-size", &chunk_bytes));
  ARROW_RETURN_NOT_OK(ReadDictionaryKeys(keys, &out));
  if (structure == "miniblock") out.structure = PageOptions::Structure::kMiniBlock;
  if (structure == "fullzip") out.structure = PageOptions::Structure::kFullZip;
  LANCE_REQUIRE(!chunk_bytes || (*chunk_bytes >= 64 && *chunk_bytes < (32 << 10)),
                "field metadata 'lance-encoding:minichunk-size' must be from 64 to 32767, not ",
                chunk_bytes.value_or(0));
  out.encode.max_chunk_bytes = chunk_bytes.value_or(out.encode.max_chunk_bytes);
  return out;
}

bool PrefersFullZip(const ValueView& values, const PageOptions& options) {
  const bool whole_bytes =
      !values.type.is_fixed() || values.type.is_boolean() || values.type.bits % 8 == 0;
  switch (options.structure) {
    case PageOptions::Structure::kMiniBlock:
      if (values.type.is_fixed()) return !codec::PlainChunkValues(values.type.bits).ok();
      // Before 2.2 a chunk, of at least two values, ends at 32 KiB.
      return options.encode.version < kVersion22 && LongestValue(values) > kMaxSmallChunkLongest;
    case PageOptions::Structure::kFullZip:
      return whole_bytes;
    case PageOptions::Structure::kAutomatic:
      break;
  }
  return LongestValue(values) >= kMaxMiniBlockValueBytes;
}

std::optional<DictionaryLimits> LimitDictionary(const ValueView& values,
                                                const PageOptions& options) {
  const ValueType& type = values.type;
  const auto count = static_cast<uint64_t>(values.num_values);
  if (count < kMinDictionaryValues || !MayUseDictionary(type, options)) return std::nullopt;
  DictionaryLimits out;
  out.max_items = std::min(options.dictionary_max_items, count / options.dictionary_divisor);
  const auto plain_bytes = static_cast<double>(values.plain_size_bytes());
  out.max_bytes = static_cast<uint64_t>(plain_bytes * options.dictionary_size_ratio);
  if (type.is_fixed() && type.bits <= 64) {
    // Here the indices compete with bit-packing of the values themselves.
    const auto rival = ChooseFixed(values, options.encode);
    if (!rival.ok() || rival->codec == nullptr) return std::nullopt;
    const double wanted = static_cast<double>(rival->bytes) * kDictionaryAdvantage;
    const auto index_bits = static_cast<uint64_t>(wanted * 8 / static_cast<double>(count));
    if (index_bits == 0) return std::nullopt;
    const uint64_t indexed = index_bits >= 32 ? UINT32_MAX : (uint64_t{1} << index_bits) - 1;
    out.max_items =
        std::min({out.max_items, indexed, static_cast<uint64_t>(wanted / 2) / type.bytes()});
  }
  if (out.max_items == 0) return std::nullopt;
  return out;
}

Result<MiniBlockValues> EncodeMiniBlockValues(const ValueView& values,
                                              const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Candidate chosen, values.type.is_fixed()
                                                    ? ChooseFixed(values, options)
                                                    : ChooseVariable(values, options));
  LANCE_REQUIRE(chosen.codec != nullptr, "no encoding takes ", values.num_values, " values of ",
                values.type.bits, " bits in mini-blocks");
  ARROW_ASSIGN_OR_RAISE(MiniBlockValues encoded, chosen.codec->encode_mini_block(values, options));
  const auto scheme = page_write::SchemeOf(options.compression);
  if (!scheme) return encoded;
  return page_write::CompressChunks(std::move(encoded), *scheme, options);
}

Result<PerValueValues> EncodePerValues(const ValueView& values, const EncodeOptions& options) {
  if (values.type.is_fixed()) {
    return EncodePerValueAs(values.type.lists.empty() ? kFlat : kFixedSizeList, values, options);
  }
  const bool wants_compression = page_write::SchemeOf(options.compression).has_value();
  const bool may_compress = options.compression.empty() || wants_compression;
  if (may_compress && values.plain_size_bytes() >= kMinCompressedPageBytes &&
      (wants_compression || LongestValue(values) > kMinCompressedLongest)) {
    ARROW_ASSIGN_OR_RAISE(PerValueValues plain, EncodePerValueAs(kVariable, values, options));
    return page_write::CompressValues(std::move(plain), page_write::Scheme::kZstd, options);
  }
  return EncodePerValueAs(MayUseFsst(values, options) ? kFsst : kVariable, values, options);
}

Result<BlockValues> EncodeDictionaryBlock(const ValueView& values, const EncodeOptions& options) {
  const uint32_t tag = values.type.is_fixed() ? kFlat : kVariable;
  ARROW_ASSIGN_OR_RAISE(BlockValues block, EncodeBlockAs(tag, values, options));
  if (tag == kFlat) {  // borrowed so far
    ARROW_ASSIGN_OR_RAISE(
        block.data, block.data->CopySlice(
                        0, block.data->size(),
                        options.pool != nullptr ? options.pool : arrow::default_memory_pool()));
  }
  // Blocks of files before 2.2 are never compressed.
  if (options.version < kVersion22 || options.dictionary_compression == "none") return block;
  const auto scheme =
      page_write::SchemeOf(options.dictionary_compression).value_or(page_write::Scheme::kLz4);
  return page_write::CompressBlock(std::move(block), scheme, options);
}

}  // namespace lance::encoding
