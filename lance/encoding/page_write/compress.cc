#include "lance/encoding/page_write/compress.h"

#include <arrow/buffer.h>
#include <arrow/util/compression.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::page_write {
namespace {

// A page below this size is not worth a second step of decoding.
constexpr uint64_t kMinPageBytes = 4096;
constexpr int kDefaultZstdLevel = 3;

// Writes [raw length: u32 for LZ4, u64 for ZSTD][compressed bytes].
class Compressor {
 public:
  static Result<Compressor> Make(Scheme scheme, std::optional<int32_t> level) {
    Compressor out;
    out.scheme_ = scheme;
    const bool is_zstd = scheme == Scheme::kZstd;
    const bool has_level = is_zstd && level.value_or(0) != 0;
    ARROW_ASSIGN_OR_RAISE(
        out.codec_, is_zstd ? arrow::util::Codec::Create(arrow::Compression::ZSTD,
                                                         has_level ? *level : kDefaultZstdLevel)
                            : arrow::util::Codec::Create(arrow::Compression::LZ4));
    return out;
  }

  uint64_t Bound(uint64_t size) const {
    return kLongestPrefix +
           static_cast<uint64_t>(codec_->MaxCompressedLen(static_cast<int64_t>(size), nullptr));
  }

  // Returns the number of bytes written; `to` has room for `Bound(raw.size())`.
  Result<uint64_t> Compress(Bytes raw, uint8_t* to) {
    if (raw.empty()) return 0;
    const uint64_t prefix = scheme_ == Scheme::kLz4 ? 4 : 8;
    const uint64_t length = raw.size();
    std::memcpy(to, &length, prefix);
    ARROW_ASSIGN_OR_RAISE(
        const int64_t size,
        codec_->Compress(static_cast<int64_t>(raw.size()), raw.data(),
                         static_cast<int64_t>(Bound(raw.size()) - kLongestPrefix), to + prefix));
    return prefix + static_cast<uint64_t>(size);
  }

 private:
  static constexpr uint64_t kLongestPrefix = 8;

  Scheme scheme_ = Scheme::kLz4;
  std::unique_ptr<arrow::util::Codec> codec_;
};

EncodingNode Wrap(EncodingNode inner, Scheme scheme, std::optional<int32_t> level) {
  EncodingNode out;
  out.tag = kGeneral;
  out.scheme = static_cast<uint32_t>(scheme);
  if (scheme == Scheme::kZstd) out.level = level.value_or(0);
  out.children.push_back(std::move(inner));
  return out;
}

}  // namespace

std::optional<Scheme> SchemeOf(std::string_view name) {
  if (name == "lz4") return Scheme::kLz4;
  if (name == "zstd") return Scheme::kZstd;
  return std::nullopt;
}

Result<MiniBlockValues> CompressChunks(MiniBlockValues values, Scheme scheme,
                                       const EncodeOptions& options) {
  if (values.data.empty() || static_cast<uint64_t>(values.data[0]->size()) < kMinPageBytes) {
    return values;
  }
  ARROW_ASSIGN_OR_RAISE(Compressor compressor, Compressor::Make(scheme, options.compression_level));
  const auto num_buffers = static_cast<size_t>(values.num_buffers);
  uint64_t bound = 0;
  for (size_t i = 0; i < values.sizes.size(); i += num_buffers) {
    bound += compressor.Bound(values.sizes[i]);
  }
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(bound, options.pool));
  std::vector<uint32_t> sizes = values.sizes;
  const uint8_t* from = values.data[0]->data();
  uint8_t* to = data->mutable_data();
  for (size_t i = 0; i < sizes.size(); i += num_buffers) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t size, compressor.Compress({from, values.sizes[i]}, to));
    from += values.sizes[i];
    to += size;
    sizes[i] = static_cast<uint32_t>(size);
  }
  const auto total = static_cast<uint64_t>(to - data->data());
  if (total >= static_cast<uint64_t>(values.data[0]->size())) return values;
  values.sizes = std::move(sizes);
  ARROW_ASSIGN_OR_RAISE(values.data[0], codec::CutBytes(std::move(data), total));
  values.encoding = Wrap(std::move(values.encoding), scheme, options.compression_level);
  return values;
}

Result<BlockValues> CompressBlock(BlockValues block, Scheme scheme, const EncodeOptions& options) {
  const auto raw_size = static_cast<uint64_t>(block.data->size());
  ARROW_ASSIGN_OR_RAISE(Compressor compressor, Compressor::Make(scheme, options.compression_level));
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(compressor.Bound(raw_size), options.pool));
  ARROW_ASSIGN_OR_RAISE(const uint64_t size,
                        compressor.Compress({block.data->data(), raw_size}, data->mutable_data()));
  if (size >= raw_size) return block;
  ARROW_ASSIGN_OR_RAISE(block.data, codec::CutBytes(std::move(data), size));
  block.encoding = Wrap(std::move(block.encoding), scheme, options.compression_level);
  return block;
}

Result<PerValueValues> CompressValues(PerValueValues values, Scheme scheme,
                                      const EncodeOptions& options) {
  LANCE_REQUIRE(!values.fixed, "values of fixed width are not compressed one by one");
  ARROW_ASSIGN_OR_RAISE(Compressor compressor, Compressor::Make(scheme, options.compression_level));
  const auto* old_ends = reinterpret_cast<const uint64_t*>(values.offsets->data());
  uint64_t bound = 0;
  for (int64_t i = 0; i < values.num_values; ++i) {
    bound += compressor.Bound(old_ends[i + 1] - old_ends[i]);
  }
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(bound, options.pool));
  ARROW_ASSIGN_OR_RAISE(
      auto offsets, codec::AllocateBytes((values.num_values + 1) * sizeof(uint64_t), options.pool));
  auto* ends = reinterpret_cast<uint64_t*>(offsets->mutable_data());
  ends[0] = 0;
  for (int64_t i = 0; i < values.num_values; ++i) {
    const Bytes raw(values.data->data() + old_ends[i], old_ends[i + 1] - old_ends[i]);
    ARROW_ASSIGN_OR_RAISE(const uint64_t size,
                          compressor.Compress(raw, data->mutable_data() + ends[i]));
    ends[i + 1] = ends[i] + size;
  }
  ARROW_ASSIGN_OR_RAISE(values.data, codec::CutBytes(std::move(data), ends[values.num_values]));
  values.offsets = std::move(offsets);
  values.encoding = Wrap(std::move(values.encoding), scheme, options.compression_level);
  return values;
}

}  // namespace lance::encoding::page_write
