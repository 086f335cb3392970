#include "lance/encoding/policy.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/policy/sample.h"

namespace lance::encoding {
namespace {

// ---- goals -------------------------------------------------------------------------------------

// What a goal is ready to pay. A byte of the file is worth `ns_per_byte` of decoding: the inverse
// of the speed of the storage that the goal has in mind, for one core. An access to one value
// decodes its whole chunk; `accesses_per_value` of them happen for each value that a scan reads.
struct GoalPrices {
  Goal goal;
  std::string_view name;
  double ns_per_byte;
  double accesses_per_value;
  int zstd_level;
  uint64_t fixed_chunk_bytes;     // of compressed chunks, before compression
  uint64_t variable_chunk_bytes;  // likewise
};

constexpr GoalPrices kGoals[] = {
    {Goal::kBalanced, "balanced", 16, 0.0005, 3, 8 << 10, 8 << 10},
    {Goal::kSize, "size", 1000, 0, 9, 32 << 10, 32 << 10},
    {Goal::kScan, "scan", 1, 0, 1, 16 << 10, 16 << 10},
    {Goal::kRandomAccess, "random-access", 4, 0.02, 3, 4 << 10, 4 << 10},
};

const GoalPrices& PricesOf(Goal goal) {
  for (const GoalPrices& prices : kGoals) {
    if (prices.goal == goal) return prices;
  }
  return kGoals[0];
}

// ---- rules of the format and measured costs ----------------------------------------------------

constexpr uint64_t kMaxMiniBlockValueBytes = 256;
constexpr uint64_t kMaxSmallChunkLongest = 8 << 10;
constexpr uint64_t kMaxSmallChunkBytes = 16 << 10;  // before 2.2 a chunk ends at 32 KiB
constexpr uint64_t kMinFsstBytes = 32 << 10;
constexpr uint64_t kMinFsstLongest = 5;
constexpr uint64_t kMinCompressedPageBytes = 4 << 10;
constexpr uint64_t kMinDictionaryValues = 100;
constexpr uint64_t kMaxDictionaryItems = 100'000;
constexpr uint64_t kDictionaryDivisor = 2;
constexpr double kDictionarySizeRatio = 0.8;
constexpr double kChunkOverheadBytes = 16;  // word, header and padding

// Values that compress less than this are left alone, unless size is all that counts.
constexpr double kMostCompressed = 0.9;
constexpr double kMostEncoded = 0.98;

constexpr uint32_t kLz4Scheme = 1;
constexpr uint32_t kZstdScheme = 2;

// Nanoseconds to decompress a chunk, from chunks of 2 to 32 KiB of text, prices, keys and dates.
double DecompressNs(uint32_t scheme, double raw_bytes, double compressed_bytes) {
  if (scheme == kLz4Scheme) return 150 + 0.2 * raw_bytes + 0.2 * compressed_bytes;
  return 1500 + 0.25 * raw_bytes + 2 * compressed_bytes;
}

std::optional<uint32_t> SchemeOf(std::string_view name) {
  if (name == "lz4") return kLz4Scheme;
  if (name == "zstd") return kZstdScheme;
  return std::nullopt;
}

template <typename Offset>
uint64_t LongestOf(const Offset* offsets, int64_t count) {
  Offset longest = 0;
  for (int64_t i = 0; i < count; ++i) longest = std::max(longest, offsets[i + 1] - offsets[i]);
  return static_cast<uint64_t>(longest);
}

uint64_t LongestValue(const ValueView& values) {
  if (values.type.is_fixed()) return (values.type.bits + 7) / 8;
  if (values.type.bits == 32) {
    return LongestOf(static_cast<const int32_t*>(values.offsets), values.num_values);
  }
  return LongestOf(static_cast<const int64_t*>(values.offsets), values.num_values);
}

uint64_t TotalBytes(const MiniBlockValues& values) {
  uint64_t out = 0;
  for (const uint32_t size : values.sizes) out += size;
  return out;
}

bool MayUseFsst(const ValueView& values, const EncodeOptions& options) {
  if (values.type.is_fixed()) return false;
  const bool requested = options.compression == "fsst";
  if (!requested && !options.compression.empty()) return false;
  return values.plain_size_bytes() >= kMinFsstBytes && LongestValue(values) >= kMinFsstLongest;
}

// ---- mini-blocks -------------------------------------------------------------------------------

class MiniBlockChooser {
 public:
  MiniBlockChooser(const ValueView& page, const PageOptions& options)
      : page_(page),
        options_(options),
        prices_(PricesOf(options.goal)),
        requested_(SchemeOf(options.encode.compression)) {}

  Result<Choice> Choose() {
    const policy::Sample sample = policy::Sample::Take(page_, {});
    ARROW_RETURN_NOT_OK(AskCodecs(sample));
    LANCE_REQUIRE(!out_.candidates.empty(), "no encoding takes ", page_.num_values, " values of ",
                  page_.type.bits, " bits in mini-blocks");
    ARROW_RETURN_NOT_OK(TryCompression());
    for (size_t i = 1; i < out_.candidates.size(); ++i) {
      if (out_.candidates[i].cost < out_.best().cost) out_.chosen = i;
    }
    return std::move(out_);
  }

 private:
  // Which codecs may be chosen for the values by themselves.
  std::vector<uint32_t> AllowedCodecs() const {
    if (!page_.type.is_fixed()) {
      if (options_.encode.compression == "fsst" && MayUseFsst(page_, options_.encode)) {
        return {kFsst};
      }
      return MayUseFsst(page_, options_.encode) ? std::vector<uint32_t>{kVariable, kFsst}
                                                : std::vector<uint32_t>{kVariable};
    }
    if (!page_.type.lists.empty()) return {kFixedSizeList};
    if (options_.encode.compression == "none") return {kFlat};
    if (requested_ && options_.encode.byte_stream_split == "on" && TakesSplit()) {
      return {kByteStreamSplit};
    }
    std::vector<uint32_t> out = {kFlat, kInlineBitpacking};
    if (MayUseRuns()) out.push_back(kRle);
    return out;
  }

  bool TakesSplit() const {
    return page_.type.is_fixed() && page_.type.lists.empty() &&
           (page_.type.bits == 32 || page_.type.bits == 64);
  }

  // The key allows runs up to a part of the number of values.
  bool MayUseRuns() const {
    if (!options_.encode.rle_threshold) return true;
    const double limit = *options_.encode.rle_threshold;
    if (limit <= 0 || limit >= 1) return limit > 0;
    const auto codec = FindCodec(kRle);
    const auto answer = codec.ok() ? (*codec)->estimate(page_, options_.encode) : std::nullopt;
    if (!answer) return false;
    const auto run_bytes = static_cast<double>(page_.type.bytes() + 1);
    return static_cast<double>(answer->encoded_bytes) / run_bytes <
           limit * static_cast<double>(page_.num_values);
  }

  Status AskCodecs(const policy::Sample& sample) {
    EncodeOptions encode = options_.encode;
    if (options_.chunk_bytes) encode.max_chunk_bytes = *options_.chunk_bytes;
    for (const uint32_t tag : AllowedCodecs()) {
      ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(tag));
      if (codec->encode_mini_block == nullptr || codec->estimate == nullptr) continue;
      const std::optional<Estimate> answer = codec->estimate(sample.view(), encode);
      if (!answer) continue;
      // What hardly gets smaller stays plain: that is the fastest to read.
      const auto plain_bytes = static_cast<double>(sample.view().plain_size_bytes());
      const bool helps = static_cast<double>(answer->encoded_bytes) <= kMostEncoded * plain_bytes;
      if (!helps && page_.type.is_fixed() && !out_.candidates.empty()) continue;
      Candidate candidate;
      candidate.tag = tag;
      candidate.encode = encode;
      candidate.name = codec->name;
      const double bytes = static_cast<double>(answer->encoded_bytes) * sample.scale();
      AddCandidate(std::move(candidate), bytes, answer->decode_ns_per_value,
                   answer->values_per_chunk);
    }
    return Status::OK();
  }

  // `decode_ns` per value; `bytes` of the page without what chunks need besides.
  void AddCandidate(Candidate candidate, double bytes, double decode_ns, double chunk_values) {
    const auto count = static_cast<double>(std::max<int64_t>(page_.num_values, 1));
    chunk_values = std::clamp(chunk_values, 1.0, count);
    candidate.encoded_bytes =
        static_cast<uint64_t>(bytes + kChunkOverheadBytes * std::ceil(count / chunk_values));
    candidate.decode_ns_per_value = decode_ns;
    candidate.access_ns = decode_ns * chunk_values;
    candidate.cost = static_cast<double>(candidate.encoded_bytes) / count * prices_.ns_per_byte +
                     decode_ns + prices_.accesses_per_value * candidate.access_ns;
    out_.candidates.push_back(std::move(candidate));
  }

  // True when saving all bytes of `plain` would not pay for the cheapest decompression.
  bool IsCheapEnough(const Candidate& plain) const {
    const auto count = static_cast<double>(std::max<int64_t>(page_.num_values, 1));
    const double worth = static_cast<double>(plain.encoded_bytes) / count * prices_.ns_per_byte;
    return worth < 1;
  }

  Status TryCompression() {
    const bool forbidden =
        options_.encode.compression == "none" || options_.encode.compression == "fsst";
    if (forbidden || page_.plain_size_bytes() < kMinCompressedPageBytes) return Status::OK();
    if (!page_.item_validity.empty() && !requested_) return Status::OK();
    const auto cheapest =
        std::min_element(out_.candidates.begin(), out_.candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
    if (!requested_ && IsCheapEnough(*cheapest)) return Status::OK();
    const policy::Sample trial =
        policy::Sample::Take(page_, {.num_stripes = 4, .stripe_values = 1024});
    std::vector<Candidate> inner = out_.candidates;
    const bool may_split = TakesSplit() && options_.encode.byte_stream_split != "off";
    if (may_split && inner.front().tag != kByteStreamSplit) {
      inner.push_back(SplitCandidate());
    }
    // A user who asks for compression gets it, around whatever is smallest.
    if (requested_) out_.candidates.clear();
    for (const Candidate& candidate : inner) ARROW_RETURN_NOT_OK(TryAround(candidate, trial));
    return Status::OK();
  }

  // Split bytes are as many as before: they are of use to compression only.
  Candidate SplitCandidate() const {
    Candidate out;
    out.tag = kByteStreamSplit;
    out.encode = options_.encode;
    out.name = "byte_stream_split";
    out.encoded_bytes = page_.plain_size_bytes();
    out.decode_ns_per_value = 0.1 * static_cast<double>(page_.type.bytes());
    return out;
  }

  Status TryAround(const Candidate& plain, const policy::Sample& trial) {
    EncodeOptions encode = options_.encode;
    const bool small = encode.version < kVersion22;
    encode.max_fixed_chunk_bytes = prices_.fixed_chunk_bytes;
    encode.max_chunk_bytes = options_.chunk_bytes.value_or(prices_.variable_chunk_bytes);
    if (small) {
      encode.max_fixed_chunk_bytes = std::min(encode.max_fixed_chunk_bytes, kMaxSmallChunkBytes);
      encode.max_chunk_bytes = std::min(encode.max_chunk_bytes, kMaxSmallChunkBytes);
    }
    ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(plain.tag));
    // Wide values may fit into plain chunks and not into these smaller ones.
    if (!codec->estimate(trial.view(), encode)) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const MiniBlockValues inner,
                          codec->encode_mini_block(trial.view(), encode));
    const auto raw = static_cast<double>(TotalBytes(inner));
    for (const uint32_t scheme : {kLz4Scheme, kZstdScheme}) {
      if (requested_ && *requested_ != scheme) continue;
      Candidate candidate;
      candidate.tag = plain.tag;
      candidate.encode = encode;
      candidate.general = MakeGeneral(scheme);
      candidate.name = std::string(scheme == kLz4Scheme ? "lz4" : "zstd") + " around " + plain.name;
      ARROW_ASSIGN_OR_RAISE(const MiniBlockValues outer, WrapGeneral(inner, *candidate.general));
      const auto compressed = static_cast<double>(TotalBytes(outer));
      const double most = options_.goal == Goal::kSize ? kMostEncoded : kMostCompressed;
      const bool helps = compressed <= most * raw;
      if (!helps && !requested_) continue;
      const auto values = static_cast<double>(trial.view().num_values);
      const auto chunks = static_cast<double>(inner.chunk_num_values.size());
      const double ns = DecompressNs(scheme, raw / chunks, compressed / chunks) * chunks / values;
      AddCandidate(std::move(candidate), compressed * trial.scale(), plain.decode_ns_per_value + ns,
                   values / chunks);
    }
    return Status::OK();
  }

  GeneralOptions MakeGeneral(uint32_t scheme) const {
    GeneralOptions out;
    out.scheme = scheme;
    out.pool = options_.encode.pool;
    if (scheme == kZstdScheme) {
      out.level = options_.encode.compression_level.value_or(prices_.zstd_level);
    }
    return out;
  }

  const ValueView& page_;
  const PageOptions& options_;
  const GoalPrices& prices_;
  std::optional<uint32_t> requested_;
  Choice out_;
};

// ---- values one by one -------------------------------------------------------------------------

Candidate PerValueCandidate(uint32_t tag, std::string_view name, const PageOptions& options) {
  Candidate out;
  out.tag = tag;
  out.name = name;
  out.encode = options.encode;
  return out;
}

// Prices a candidate that takes `ratio` of the bytes of the values; they are `count`.
void PriceValues(const ValueView& values, const PageOptions& options, double ratio, double ns,
                 Candidate* out) {
  const GoalPrices& prices = PricesOf(options.goal);
  const auto count = static_cast<double>(std::max<int64_t>(values.num_values, 1));
  out->encoded_bytes =
      static_cast<uint64_t>(static_cast<double>(values.plain_size_bytes()) * ratio);
  out->decode_ns_per_value = ns;
  out->access_ns = ns;
  out->cost = static_cast<double>(out->encoded_bytes) / count * prices.ns_per_byte + ns;
}

Result<Choice> ChooseVariablePerValue(const ValueView& values, const PageOptions& options) {
  Choice out;
  const auto requested = SchemeOf(options.encode.compression);
  const auto count = static_cast<double>(std::max<int64_t>(values.num_values, 1));
  const double average = static_cast<double>(values.plain_size_bytes()) / count;
  Candidate plain = PerValueCandidate(kVariable, "variable", options);
  PriceValues(values, options, 1, 20 + 0.05 * average, &plain);
  out.candidates.push_back(plain);
  if (MayUseFsst(values, options.encode)) {
    ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(kFsst));
    const policy::Sample sample = policy::Sample::Take(values, {});
    if (const auto answer = codec->estimate(sample.view(), options.encode)) {
      Candidate fsst = PerValueCandidate(kFsst, "fsst", options);
      const double ratio = static_cast<double>(answer->encoded_bytes) /
                           static_cast<double>(sample.view().plain_size_bytes());
      PriceValues(values, options, ratio, 20 + 0.6 * average, &fsst);
      if (options.encode.compression == "fsst") out.candidates.clear();
      out.candidates.push_back(std::move(fsst));
    }
  }
  const bool may_compress = options.encode.compression.empty() || requested;
  if (may_compress && values.plain_size_bytes() >= kMinCompressedPageBytes) {
    const policy::Sample trial = policy::Sample::Take(values, {.num_stripes = 8});
    ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(kVariable));
    ARROW_ASSIGN_OR_RAISE(const PerValueValues inner,
                          codec->encode_per_value(trial.view(), options.encode));
    Candidate zstd = PerValueCandidate(kVariable, "zstd around variable", options);
    zstd.general = GeneralOptions{
        kZstdScheme, options.encode.compression_level.value_or(PricesOf(options.goal).zstd_level),
        options.encode.pool};
    ARROW_ASSIGN_OR_RAISE(const PerValueValues outer, WrapGeneral(inner, *zstd.general));
    const double ratio = static_cast<double>(outer.data->size()) /
                         static_cast<double>(std::max<int64_t>(inner.data->size(), 1));
    PriceValues(values, options, ratio, DecompressNs(kZstdScheme, average, average * ratio), &zstd);
    if (requested) out.candidates.clear();
    out.candidates.push_back(std::move(zstd));
  }
  for (size_t i = 1; i < out.candidates.size(); ++i) {
    if (out.candidates[i].cost < out.best().cost) out.chosen = i;
  }
  return out;
}

// ---- dictionaries ------------------------------------------------------------------------------

// Nanoseconds to put the item of an index in its place.
double GatherNs(const ValueView& values) {
  if (values.type.is_fixed()) return 0.5 + 0.05 * static_cast<double>(values.type.bits) / 8;
  const auto count = static_cast<double>(std::max<int64_t>(values.num_values, 1));
  return 3 + 0.1 * static_cast<double>(values.plain_size_bytes()) / count;
}

bool MayUseDictionary(const ValueType& type, const PageOptions& options) {
  if (!type.lists.empty() || options.encode.compression == "none") return false;
  if (options.structure == PageOptions::Structure::kFullZip) return false;
  return !type.is_fixed() || type.bits % 8 == 0;
}

// The most items of `item_bytes` each that fit into `max_bytes` with an index for each value.
uint64_t MostItems(double max_bytes, double item_bytes, double count) {
  double most = 0;
  for (int bits = 1; bits <= 31; ++bits) {
    const double left = max_bytes - count * bits / 8;
    if (left <= 0) break;
    most = std::max(most, std::min(left / item_bytes, std::ldexp(1, bits)));
  }
  return static_cast<uint64_t>(most);
}

// True when a chunk can hold fixed values, their item validity included.
bool FitsMiniBlock(const ValueView& values) {
  uint64_t bits = values.type.bits;
  int64_t items = 1;
  for (const ListLayer& layer : values.type.lists) {
    items *= layer.dimension;
    if (layer.has_validity) bits += static_cast<uint64_t>(items);
  }
  return codec::PlainChunkValues(bits).ok();
}

}  // namespace

Result<Goal> ParseGoal(std::string_view name) {
  std::string known;
  for (const GoalPrices& prices : kGoals) {
    if (prices.name == name) return prices.goal;
    known += (known.empty() ? "" : ", ") + std::string(prices.name);
  }
  return InvalidInput("cannot optimize for '", name, "'; known are ", known);
}

std::string_view ToString(Goal goal) { return PricesOf(goal).name; }

bool PrefersFullZip(const ValueView& values, const PageOptions& options) {
  const bool whole_bytes =
      !values.type.is_fixed() || values.type.is_boolean() || values.type.bits % 8 == 0;
  switch (options.structure) {
    case PageOptions::Structure::kMiniBlock:
      if (values.type.is_fixed()) return !FitsMiniBlock(values);
      // Before 2.2 a chunk, of at least two values, ends at 32 KiB.
      return options.encode.version < kVersion22 && LongestValue(values) > kMaxSmallChunkLongest;
    case PageOptions::Structure::kFullZip:
      return whole_bytes;
    case PageOptions::Structure::kAutomatic:
      break;
  }
  // The official reader takes no zipped values that end inside of a byte.
  if (!whole_bytes && FitsMiniBlock(values)) return false;
  return LongestValue(values) >= kMaxMiniBlockValueBytes;
}

Result<Choice> ChooseMiniBlock(const ValueView& values, const PageOptions& options) {
  return MiniBlockChooser(values, options).Choose();
}

Result<MiniBlockValues> EncodeMiniBlockValues(const ValueView& values, const Candidate& chosen) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(chosen.tag));
  ARROW_ASSIGN_OR_RAISE(MiniBlockValues plain, codec->encode_mini_block(values, chosen.encode));
  if (!chosen.general) return plain;
  GeneralOptions general = *chosen.general;
  general.expected_bytes = chosen.encoded_bytes;
  ARROW_ASSIGN_OR_RAISE(MiniBlockValues compressed, WrapGeneral(plain, general));
  return TotalBytes(compressed) < TotalBytes(plain) ? std::move(compressed) : std::move(plain);
}

Result<Choice> ChoosePerValue(const ValueView& values, const PageOptions& options) {
  if (!values.type.is_fixed()) return ChooseVariablePerValue(values, options);
  Choice out;
  out.candidates.push_back(values.type.lists.empty()
                               ? PerValueCandidate(kFlat, "flat", options)
                               : PerValueCandidate(kFixedSizeList, "fixed_size_list", options));
  PriceValues(values, options, 1, 2 + 0.05 * static_cast<double>(values.type.bits) / 8,
              &out.candidates.back());
  return out;
}

Result<PerValueValues> EncodePerValues(const ValueView& values, const Candidate& chosen) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(chosen.tag));
  LANCE_REQUIRE(codec->encode_per_value != nullptr, "the encoding ", codec->name,
                " has no single values");
  ARROW_ASSIGN_OR_RAISE(PerValueValues plain, codec->encode_per_value(values, chosen.encode));
  if (!chosen.general) return plain;
  return WrapGeneral(plain, *chosen.general);
}

bool WantsDictionary(const PageOptions& options) {
  return options.dictionary_divisor || options.dictionary_size_ratio;
}

std::optional<DictionaryLimits> LimitDictionary(const ValueView& values, const PageOptions& options,
                                                const Candidate& rival) {
  const auto count = static_cast<uint64_t>(values.num_values);
  if (count < kMinDictionaryValues || !MayUseDictionary(values.type, options)) return std::nullopt;
  DictionaryLimits out;
  out.max_items = std::min(options.dictionary_max_items.value_or(kMaxDictionaryItems),
                           count / options.dictionary_divisor.value_or(kDictionaryDivisor));
  const auto plain_bytes = static_cast<double>(values.plain_size_bytes());
  out.max_bytes = static_cast<uint64_t>(
      plain_bytes * options.dictionary_size_ratio.value_or(kDictionarySizeRatio));
  if (!WantsDictionary(options)) {
    const double worth = (rival.cost - GatherNs(values)) / PricesOf(options.goal).ns_per_byte;
    if (worth <= 0) return std::nullopt;
    const auto max_bytes = worth * static_cast<double>(count);
    out.max_bytes = std::min(out.max_bytes, static_cast<uint64_t>(max_bytes));
    const double item_bytes = std::max(plain_bytes / static_cast<double>(count), 1.0);
    out.max_items =
        std::min(out.max_items, MostItems(max_bytes, item_bytes, static_cast<double>(count)));
  }
  if (out.max_items == 0) return std::nullopt;
  return out;
}

Candidate DictionaryCandidate(const ValueView& values, const PageOptions& options,
                              uint64_t item_bytes, const Candidate& indices) {
  const GoalPrices& prices = PricesOf(options.goal);
  const auto count = static_cast<double>(std::max<int64_t>(values.num_values, 1));
  Candidate out;
  out.name = "dictionary, indices by " + indices.name;
  out.encoded_bytes = item_bytes + indices.encoded_bytes;
  out.decode_ns_per_value = indices.decode_ns_per_value + GatherNs(values);
  out.access_ns = indices.access_ns;
  out.cost = static_cast<double>(out.encoded_bytes) / count * prices.ns_per_byte +
             out.decode_ns_per_value + prices.accesses_per_value * out.access_ns;
  return out;
}

Result<BlockValues> EncodeDictionaryBlock(const ValueView& values, const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(values.type.is_fixed() ? kFlat : kVariable));
  ARROW_ASSIGN_OR_RAISE(BlockValues block, codec->encode_block(values, options));
  if (values.type.is_fixed()) {  // borrowed so far
    ARROW_ASSIGN_OR_RAISE(
        block.data, block.data->CopySlice(
                        0, block.data->size(),
                        options.pool != nullptr ? options.pool : arrow::default_memory_pool()));
  }
  // Blocks of files before 2.2 are never compressed.
  if (options.version < kVersion22 || options.dictionary_compression == "none") return block;
  GeneralOptions general;
  general.scheme = SchemeOf(options.dictionary_compression).value_or(kLz4Scheme);
  general.level = options.dictionary_compression_level;
  general.pool = options.pool;
  ARROW_ASSIGN_OR_RAISE(BlockValues compressed, WrapGeneral(block, general));
  return compressed.data->size() < block.data->size() ? std::move(compressed) : std::move(block);
}

}  // namespace lance::encoding
