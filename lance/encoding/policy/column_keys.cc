// Reads what a column's `lance-encoding:*` metadata asks for.
#include <charconv>
#include <optional>
#include <string_view>

#include "lance/encoding/policy.h"

namespace lance::encoding {
namespace {

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
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-divisor", &out->dictionary_divisor));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-size-ratio", &out->dictionary_size_ratio));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("dict-max-size", &out->dictionary_max_items));
  ARROW_RETURN_NOT_OK(
      keys.ReadNumber("dict-values-compression-level", &out->encode.dictionary_compression_level));
  LANCE_REQUIRE(out->dictionary_divisor.value_or(1) > 0,
                "field metadata 'lance-encoding:dict-divisor' must be above 0");
  const double ratio = out->dictionary_size_ratio.value_or(0);
  LANCE_REQUIRE(ratio >= 0 && ratio <= 1,
                "field metadata 'lance-encoding:dict-size-ratio' must be between 0 and 1, not ",
                ratio);
  return keys.ReadWord("dict-values-compression", "none|lz4|zstd",
                       &out->encode.dictionary_compression);
}

}  // namespace

Result<PageOptions> ParsePageOptions(const std::map<std::string, std::string>& metadata) {
  PageOptions out;
  const EncodingKeys keys(metadata);
  std::string structure;
  ARROW_RETURN_NOT_OK(keys.ReadWord("compression", "none|lz4|zstd|fsst", &out.encode.compression));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("compression-level", &out.encode.compression_level));
  ARROW_RETURN_NOT_OK(keys.ReadWord("bss", "off|on|auto", &out.encode.byte_stream_split));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("rle-threshold", &out.encode.rle_threshold));
  ARROW_RETURN_NOT_OK(keys.ReadWord("structural-encoding", "miniblock|fullzip", &structure));
  ARROW_RETURN_NOT_OK(keys.ReadNumber("minichunk-size", &out.chunk_bytes));
  ARROW_RETURN_NOT_OK(ReadDictionaryKeys(keys, &out));
  if (structure == "miniblock") out.structure = PageOptions::Structure::kMiniBlock;
  if (structure == "fullzip") out.structure = PageOptions::Structure::kFullZip;
  const uint64_t chunk_bytes = out.chunk_bytes.value_or(64);
  LANCE_REQUIRE(chunk_bytes >= 64 && chunk_bytes < (32 << 10),
                "field metadata 'lance-encoding:minichunk-size' must be from 64 to 32767, not ",
                chunk_bytes);
  return out;
}

}  // namespace lance::encoding
