#include <arrow/buffer.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/page_write/assemble.h"
#include "lance/encoding/page_write/layout_wire.h"
#include "lance/encoding/page_write/level_encoding.h"

namespace lance::encoding::page_write {
namespace {

constexpr uint64_t kChunkAlignment = 8;
constexpr uint8_t kChunkPadding = 0xFE;
constexpr uint64_t kMaxSmallChunk = 32 << 10;           // 12 bits of 8-byte words
constexpr uint64_t kMaxLargeChunk = uint64_t{1} << 31;  // 28 bits of 8-byte words
constexpr uint64_t kMaxHeaderCount = 0xFFFF;

// Ends of the chunks' levels. A chunk ends with the level of its last item; entries without an item
// that follow belong to the next chunk, and the last chunk takes what is left.
std::vector<int64_t> FindLevelEnds(const LeafPage& page, const MiniBlockValues& values) {
  std::vector<int64_t> ends;
  ends.reserve(values.chunk_num_values.size());
  int64_t entry = 0;
  const bool all_visible = page.num_values == page.num_entries;
  for (const uint32_t count : values.chunk_num_values) {
    if (all_visible) {
      entry += count;
    } else {
      for (uint32_t seen = 0; seen < count; ++entry) seen += page.is_visible(entry);
    }
    ends.push_back(entry);
  }
  if (!ends.empty()) ends.back() = page.num_entries;
  return ends;
}

// What goes into the chunks of one page.
struct ChunkSource {
  const MiniBlockValues* values = nullptr;
  std::optional<EncodedLevels> rep;
  std::optional<EncodedLevels> def;
  std::vector<int64_t> level_ends;
  bool large = false;

  uint64_t HeaderBytes() const {
    const uint64_t sizes = static_cast<uint64_t>(values->num_buffers) * (large ? 4 : 2);
    return AlignUp(2 + (rep ? 2 : 0) + (def ? 2 : 0) + sizes, kChunkAlignment);
  }
  uint64_t ChunkBytes(size_t i) const {
    uint64_t out = HeaderBytes();
    if (rep) out += AlignUp(rep->sizes[i], kChunkAlignment);
    if (def) out += AlignUp(def->sizes[i], kChunkAlignment);
    for (int b = 0; b < values->num_buffers; ++b) {
      out += AlignUp(values->sizes[i * values->num_buffers + b], kChunkAlignment);
    }
    return out;
  }
  int64_t NumLevels(size_t i) const {
    if (!rep && !def) return 0;
    return level_ends[i] - (i == 0 ? 0 : level_ends[i - 1]);
  }
  // False when a number does not fit into the chunk's header or word.
  bool Fits(size_t i) const {
    if (static_cast<uint64_t>(NumLevels(i)) > kMaxHeaderCount) return false;
    if (rep && rep->sizes[i] > kMaxHeaderCount) return false;
    if (def && def->sizes[i] > kMaxHeaderCount) return false;
    return ChunkBytes(i) <= (large ? kMaxLargeChunk : kMaxSmallChunk);
  }
};

// Writes one chunk after the other.
class ChunkWriter {
 public:
  ChunkWriter(const ChunkSource& source, uint8_t* to) : source_(source), to_(to) {
    if (source.rep) rep_ = source.rep->data->data();
    if (source.def) def_ = source.def->data->data();
    for (const auto& buffer : source.values->data) buffers_.push_back(buffer->data());
  }

  void Write(size_t i) {
    chunk_begin_ = to_;
    const MiniBlockValues& values = *source_.values;
    Put<uint16_t>(static_cast<uint16_t>(source_.NumLevels(i)));
    if (source_.rep) Put<uint16_t>(static_cast<uint16_t>(source_.rep->sizes[i]));
    if (source_.def) Put<uint16_t>(static_cast<uint16_t>(source_.def->sizes[i]));
    const uint32_t* sizes = values.sizes.data() + i * values.num_buffers;
    for (int b = 0; b < values.num_buffers; ++b) {
      if (source_.large) {
        Put<uint32_t>(sizes[b]);
      } else {
        Put<uint16_t>(static_cast<uint16_t>(sizes[b]));
      }
    }
    Pad();
    if (source_.rep) Copy(source_.rep->sizes[i], &rep_);
    if (source_.def) Copy(source_.def->sizes[i], &def_);
    for (int b = 0; b < values.num_buffers; ++b) Copy(sizes[b], &buffers_[b]);
  }

 private:
  template <typename T>
  void Put(T value) {
    StoreUnaligned<T>(to_, value);
    to_ += sizeof(T);
  }
  void Copy(uint64_t size, const uint8_t** from) {
    if (size != 0) std::memcpy(to_, *from, size);
    *from += size;
    to_ += size;
    Pad();
  }
  void Pad() {
    while ((to_ - chunk_begin_) % kChunkAlignment != 0) *to_++ = kChunkPadding;
  }

  const ChunkSource& source_;
  uint8_t* to_;
  const uint8_t* chunk_begin_ = nullptr;
  const uint8_t* rep_ = nullptr;
  const uint8_t* def_ = nullptr;
  std::vector<const uint8_t*> buffers_;
};

Result<std::shared_ptr<arrow::Buffer>> MakeWords(const ChunkSource& source,
                                                 const EncodeOptions& options) {
  const auto& counts = source.values->chunk_num_values;
  const uint64_t width = source.large ? 4 : 2;
  ARROW_ASSIGN_OR_RAISE(auto words, codec::AllocateBytes(counts.size() * width, options.pool));
  for (size_t i = 0; i < counts.size(); ++i) {
    const bool is_last = i + 1 == counts.size();
    LANCE_REQUIRE(is_last || (counts[i] >= 2 && std::has_single_bit(counts[i])), "a chunk of ",
                  counts[i], " values that is not the last one");
    const uint64_t log2 = is_last ? 0 : static_cast<uint64_t>(std::countr_zero(counts[i]));
    const uint64_t word = (source.ChunkBytes(i) / kChunkAlignment - 1) << 4 | log2;
    if (source.large) {
      StoreUnaligned(words->mutable_data() + i * 4, static_cast<uint32_t>(word));
    } else {
      StoreUnaligned(words->mutable_data() + i * 2, static_cast<uint16_t>(word));
    }
  }
  return words;
}

// Per chunk: rows finished in it, and levels after the last finished row.
Result<std::shared_ptr<arrow::Buffer>> MakeRepetitionIndex(const LeafPage& page,
                                                           const std::vector<int64_t>& ends,
                                                           const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto index, codec::AllocateBytes(ends.size() * 16, options.pool));
  const auto row_start = static_cast<uint16_t>(page.num_lists);
  int64_t begin = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    const int64_t end = ends[i];
    uint64_t num_finished = 0;
    int64_t open_since = begin;
    for (int64_t entry = begin; entry < end; ++entry) {
      if (page.rep[entry] != row_start) continue;
      num_finished += entry > begin;
      open_since = entry;
    }
    const bool closes = end == page.num_entries || page.rep[end] == row_start;
    num_finished += closes && end > begin;
    StoreUnaligned<uint64_t>(index->mutable_data() + i * 16, num_finished);
    StoreUnaligned<uint64_t>(index->mutable_data() + i * 16 + 8,
                             closes ? 0 : static_cast<uint64_t>(end - open_since));
    begin = end;
  }
  return index;
}

Result<ChunkSource> MakeSource(const LeafPage& page, const MiniBlockValues& values,
                               const EncodeOptions& options) {
  ChunkSource out;
  out.values = &values;
  out.large = options.version >= kVersion22;
  out.level_ends = FindLevelEnds(page, values);
  if (!page.rep.empty()) {
    ARROW_ASSIGN_OR_RAISE(out.rep, EncodeLevels(page.rep, out.level_ends, options));
  }
  if (!page.def.empty()) {
    ARROW_ASSIGN_OR_RAISE(out.def, EncodeLevels(page.def, out.level_ends, options));
  }
  return out;
}

page::ParsedLayout DescribeMiniBlock(const LeafPage& page, const ChunkSource& source,
                                     const DictionaryPart* dictionary) {
  page::MiniBlockParts parts;
  if (source.rep) parts.rep = source.rep->encoding;
  if (source.def) parts.def = source.def->encoding;
  parts.values = source.values->encoding;
  if (dictionary != nullptr) {
    parts.dictionary = dictionary->block.encoding;
    parts.num_dictionary_items = dictionary->num_items;
  }
  parts.num_buffers = static_cast<uint64_t>(source.values->num_buffers);
  parts.repetition_index_depth = page.rep.empty() ? 0 : 1;
  parts.num_items = static_cast<uint64_t>(page.num_values);
  parts.has_large_chunk = source.large;
  page::ParsedLayout out;
  out.layers = page.layers;
  out.mini_block = std::move(parts);
  return out;
}

}  // namespace

Result<std::optional<EncodedPage>> AssembleMiniBlock(const LeafPage& page,
                                                     const MiniBlockValues& values,
                                                     const DictionaryPart* dictionary,
                                                     const EncodeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const ChunkSource source, MakeSource(page, values, options));
  const size_t num_chunks = values.chunk_num_values.size();
  uint64_t total = 0;
  for (size_t i = 0; i < num_chunks; ++i) {
    if (!source.Fits(i)) return std::nullopt;
    total += source.ChunkBytes(i);
  }
  ARROW_ASSIGN_OR_RAISE(auto chunks, codec::AllocateBytes(total, options.pool));
  ChunkWriter writer(source, chunks->mutable_data());
  for (size_t i = 0; i < num_chunks; ++i) writer.Write(i);

  EncodedPage out;
  out.num_rows = static_cast<uint64_t>(page.num_rows);
  ARROW_ASSIGN_OR_RAISE(auto words, MakeWords(source, options));
  AddBuffer(std::move(words), &out);
  AddBuffer(std::move(chunks), &out);
  if (dictionary != nullptr) AddBuffer(dictionary->block.data, &out);
  if (!page.rep.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto index, MakeRepetitionIndex(page, source.level_ends, options));
    AddBuffer(std::move(index), &out);
  }
  ARROW_ASSIGN_OR_RAISE(out.layout, SerializeLayout(DescribeMiniBlock(page, source, dictionary)));
  return out;
}

}  // namespace lance::encoding::page_write
