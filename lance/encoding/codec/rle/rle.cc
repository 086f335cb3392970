#include "lance/encoding/codec/rle/rle.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/kernel/arrays.h"

namespace lance::encoding::rle {
namespace {

constexpr int64_t kMaxRun = 255;

// Call `body` with a zero of the unsigned type of `bits` bits.
template <typename Body>
auto WithInteger(uint64_t bits, const Body& body) {
  switch (bits) {
    case 8:
      return body(uint8_t{0});
    case 16:
      return body(uint16_t{0});
    case 32:
      return body(uint32_t{0});
    default:
      return body(uint64_t{0});
  }
}

// Expand runs; `to` has room for `num_values` and 64 bytes more, which short runs write over.
template <typename T>
Status Expand(const uint8_t* values, Bytes lengths, int64_t num_values, bool exact, uint8_t* to) {
  constexpr int64_t kStep = 64 / sizeof(T);
  int64_t done = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const int64_t length = std::min<int64_t>(lengths[i], num_values - done);
    LANCE_CHECK_BYTES(lengths[i] > 0, "a run of length 0");
    LANCE_CHECK_BYTES(!exact || length == lengths[i], "runs of more than ", num_values, " values");
    T block[kStep];
    std::fill_n(block, kStep, LoadUnaligned<T>(values + i * sizeof(T)));
    // Most runs are short: a fixed number of moves costs less than guessing their length wrong.
    uint8_t* const at = to + done * sizeof(T);
    std::memcpy(at, block, sizeof(block));
    for (int64_t more = kStep; more < length; more += kStep) {
      std::memcpy(at + more * sizeof(T), block, sizeof(block));
    }
    done += length;
  }
  LANCE_CHECK_BYTES(done == num_values, "runs of ", done, " instead of ", num_values, " values");
  return Status::OK();
}

// Append the values at `wanted`; runs behind the last of them are not looked at.
template <typename T>
Status ExpandSome(const uint8_t* values, Bytes lengths, std::span<const RowRange> wanted,
                  uint8_t* to) {
  uint64_t run = 0;
  uint64_t run_end = 0;
  for (const RowRange& range : wanted) {
    for (uint64_t at = range.begin; at < range.end;) {
      while (run_end <= at) {
        LANCE_CHECK_BYTES(run < lengths.size(), "runs of ", run_end, " instead of ", range.end,
                          " values or more");
        LANCE_CHECK_BYTES(lengths[run] > 0, "a run of length 0");
        run_end += lengths[run++];
      }
      const T value = LoadUnaligned<T>(values + (run - 1) * sizeof(T));
      for (const uint64_t end = std::min(run_end, range.end); at < end; ++at, to += sizeof(T)) {
        StoreUnaligned<T>(to, value);
      }
    }
  }
  return Status::OK();
}

class RleDecoder final : public MiniBlockDecoder, public BlockDecoder {
 public:
  explicit RleDecoder(uint64_t bits) : bits_(bits) {}
  int num_buffers() const override { return 2; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(buffers.size() == 2, "a chunk of runs has ", buffers.size(),
                      " buffers instead of 2");
    // Some writers let the last run of a chunk go beyond its end.
    return DecodeRuns(buffers[0], buffers[1], num_values, /*exact=*/false, out);
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    LANCE_CHECK_BYTES(buffers.size() == 2, "a chunk of runs has ", buffers.size(),
                      " buffers instead of 2");
    ARROW_RETURN_NOT_OK(CheckRuns(buffers[0], buffers[1], num_values));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(codec::CountValues(wanted)));
    return WithInteger(bits_, [&](auto zero) {
      return ExpandSome<decltype(zero)>(buffers[0].data(), buffers[1], wanted, to);
    });
  }
  Status Decode(Bytes block, int64_t num_values, ValueBuilder* out) const override {
    if (num_values == 0 && block.empty()) return Status::OK();
    ByteCursor cursor(block, "block of runs");
    ARROW_ASSIGN_OR_RAISE(const uint64_t value_bytes, cursor.Read<uint64_t>());
    ARROW_ASSIGN_OR_RAISE(Bytes values, cursor.Take(value_bytes));
    ARROW_ASSIGN_OR_RAISE(Bytes lengths, cursor.Take(cursor.remaining()));
    return DecodeRuns(values, lengths, num_values, /*exact=*/true, out);
  }

 private:
  Status CheckRuns(Bytes values, Bytes lengths, int64_t num_values) const {
    LANCE_CHECK_BYTES(
        values.size() % (bits_ / 8) == 0 && values.size() / (bits_ / 8) == lengths.size(),
        "runs with ", values.size(), " bytes of values but ", lengths.size(), " lengths");
    LANCE_CHECK_BYTES(num_values >= 0 && static_cast<uint64_t>(num_values) <=
                                             lengths.size() * static_cast<uint64_t>(kMaxRun),
                      lengths.size(), " runs cannot give ", num_values, " values");
    return Status::OK();
  }
  Status DecodeRuns(Bytes values, Bytes lengths, int64_t num_values, bool exact,
                    ValueBuilder* out) const {
    ARROW_RETURN_NOT_OK(CheckRuns(values, lengths, num_values));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(num_values));
    return WithInteger(bits_, [&](auto zero) {
      return Expand<decltype(zero)>(values.data(), lengths, num_values, exact, to);
    });
  }

  uint64_t bits_;
};

Result<uint64_t> CheckRle(const EncodingNode& node, const ValueType& type) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 2));
  const EncodingNode& values = node.children[0];
  const EncodingNode& lengths = node.children[1];
  LANCE_CHECK_BYTES(values.tag == kFlat && codec::IsIntegerWidth(values.bits) &&
                        lengths.tag == kFlat && lengths.bits == 8,
                    "runs must be Flat values with Flat(8) lengths, not ", ToString(node));
  LANCE_CHECK_BYTES(type.is_fixed() && type.bits == values.bits, ToString(node),
                    " where values of ", type.bits, " bits are expected");
  return values.bits;
}

codec::MiniBlockOpened OpenRleMiniBlock(const EncodingNode& node, const ValueType& type,
                                        FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(const uint64_t bits, CheckRle(node, type));
  return std::make_unique<RleDecoder>(bits);
}

codec::BlockOpened OpenRleBlock(const EncodingNode& node, const ValueType& type, FormatVersion) {
  ARROW_ASSIGN_OR_RAISE(const uint64_t bits, CheckRle(node, type));
  return std::make_unique<RleDecoder>(bits);
}

bool TakesRuns(const ValueView& values) {
  return values.type.is_fixed() && codec::IsIntegerWidth(values.type.bits) &&
         values.type.lists.empty();
}

EncodingNode RleNode(uint64_t bits) {
  EncodingNode node;
  node.tag = kRle;
  node.children = {codec::FlatNode(bits), codec::FlatNode(8)};
  return node;
}

// Number of runs of equal neighbours, whatever their length.
template <typename T>
int64_t CountRuns(const uint8_t* values, int64_t count) {
  if (count == 0) return 0;
  const kernel::ArrayKernels& arrays = kernel::Arrays();
  const auto changes = sizeof(T) == 1   ? arrays.changes8
                       : sizeof(T) == 2 ? arrays.changes16
                       : sizeof(T) == 4 ? arrays.changes32
                                        : arrays.changes64;
  return 1 + changes(values, count);
}

// Runs of one chunk as they are written: none longer than 255.
template <typename T>
int64_t WriteRuns(const uint8_t* values, int64_t count, uint8_t* run_values, uint8_t* lengths) {
  int64_t runs = 0;
  for (int64_t begin = 0; begin < count;) {
    const T value = LoadUnaligned<T>(values + begin * sizeof(T));
    const int64_t limit = std::min(count, begin + kMaxRun);
    int64_t end = begin + 1;
    while (end < limit && LoadUnaligned<T>(values + end * sizeof(T)) == value) ++end;
    StoreUnaligned<T>(run_values + runs * sizeof(T), value);
    lengths[runs++] = static_cast<uint8_t>(end - begin);
    begin = end;
  }
  return runs;
}

// Values of the next chunk: the largest power of two up to 4096 whose runs stay small enough.
template <typename T>
int64_t RleChunkValues(const uint8_t* values, int64_t left, uint64_t max_bytes) {
  int64_t count = std::min(left, codec::kMaxChunkValues);
  while (true) {
    const auto bound =
        static_cast<uint64_t>(CountRuns<T>(values, count) + count / kMaxRun) * (sizeof(T) + 1);
    if (bound <= max_bytes || count <= 2) return count;
    count = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(count - 1)));
  }
}

template <typename T>
Result<MiniBlockValues> EncodeChunks(const ValueView& values, const EncodeOptions& options) {
  MiniBlockValues out;
  out.encoding = RleNode(values.type.bits);
  out.num_buffers = 2;
  std::vector<int64_t> counts;
  const uint8_t* from = values.data.data();
  uint64_t bound = 0;
  for (int64_t begin = 0; begin < values.num_values;) {
    const uint8_t* at = from + begin * sizeof(T);
    const int64_t count =
        RleChunkValues<T>(at, values.num_values - begin, options.max_fixed_chunk_bytes);
    bound += static_cast<uint64_t>(CountRuns<T>(at, count) + count / kMaxRun);
    counts.push_back(count);
    begin += count;
  }
  ARROW_ASSIGN_OR_RAISE(auto run_values, codec::AllocateBytes(bound * sizeof(T), options.pool));
  ARROW_ASSIGN_OR_RAISE(auto lengths, codec::AllocateBytes(bound, options.pool));
  uint8_t* to = run_values->mutable_data();
  uint64_t total = 0;
  for (const int64_t count : counts) {
    const auto runs = static_cast<uint64_t>(
        WriteRuns<T>(from, count, to + total * sizeof(T), lengths->mutable_data() + total));
    from += count * sizeof(T);
    total += runs;
    out.chunk_num_values.push_back(static_cast<uint32_t>(count));
    out.sizes.push_back(static_cast<uint32_t>(runs * sizeof(T)));
    out.sizes.push_back(static_cast<uint32_t>(runs));
  }
  ARROW_ASSIGN_OR_RAISE(auto values_cut, codec::CutBytes(std::move(run_values), total * sizeof(T)));
  ARROW_ASSIGN_OR_RAISE(auto lengths_cut, codec::CutBytes(std::move(lengths), total));
  out.data = {std::move(values_cut), std::move(lengths_cut)};
  return out;
}

Result<MiniBlockValues> EncodeRleMiniBlock(const ValueView& values, const EncodeOptions& options) {
  LANCE_REQUIRE(TakesRuns(values), "run lengths take integers only");
  return WithInteger(values.type.bits,
                     [&](auto zero) { return EncodeChunks<decltype(zero)>(values, options); });
}

template <typename T>
Result<BlockValues> EncodeBlockOfRuns(const ValueView& values, const EncodeOptions& options) {
  const uint8_t* from = values.data.data();
  const auto bound =
      static_cast<uint64_t>(CountRuns<T>(from, values.num_values) + values.num_values / kMaxRun);
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(8 + bound * (sizeof(T) + 1), options.pool));
  std::vector<uint8_t> lengths(bound);
  uint8_t* to = data->mutable_data();
  const auto runs =
      static_cast<uint64_t>(WriteRuns<T>(from, values.num_values, to + 8, lengths.data()));
  StoreUnaligned<uint64_t>(to, runs * sizeof(T));
  if (runs > 0) std::memcpy(to + 8 + runs * sizeof(T), lengths.data(), runs);
  BlockValues out;
  out.encoding = RleNode(values.type.bits);
  ARROW_ASSIGN_OR_RAISE(out.data, codec::CutBytes(std::move(data), 8 + runs * (sizeof(T) + 1)));
  return out;
}

Result<BlockValues> EncodeRleBlock(const ValueView& values, const EncodeOptions& options) {
  LANCE_REQUIRE(TakesRuns(values), "run lengths take integers only");
  return WithInteger(values.type.bits,
                     [&](auto zero) { return EncodeBlockOfRuns<decltype(zero)>(values, options); });
}

std::optional<Estimate> EstimateRle(const ValueView& values, const EncodeOptions& options) {
  if (!TakesRuns(values)) return std::nullopt;
  const int64_t runs = WithInteger(values.type.bits, [&](auto zero) {
    return CountRuns<decltype(zero)>(values.data.data(), values.num_values);
  });
  // A run is cut at 255 values and at each chunk; long runs are the only ones that this concerns.
  const int64_t cuts = values.num_values / kMaxRun + values.num_values / codec::kMaxChunkValues;
  const double runs_per_value =
      static_cast<double>(runs) / static_cast<double>(std::max<int64_t>(values.num_values, 1));
  const uint64_t run_bytes = values.type.bytes() + 1;
  const double fitting = static_cast<double>(options.max_fixed_chunk_bytes / run_bytes);
  const double chunk = std::min(static_cast<double>(codec::kMaxChunkValues),
                                fitting / std::max(runs_per_value, 1e-6));
  return Estimate{static_cast<uint64_t>(std::min(values.num_values, runs + cuts)) * run_bytes,
                  0.1 + 3 * runs_per_value, std::max(chunk, 2.0)};
}

}  // namespace

constinit const Codec kCodec = {
    .name = "rle",
    .tag = kRle,
    .open_mini_block = OpenRleMiniBlock,
    .open_block = OpenRleBlock,
    .encode_mini_block = EncodeRleMiniBlock,
    .encode_block = EncodeRleBlock,
    .estimate = EstimateRle,
};

}  // namespace lance::encoding::rle
