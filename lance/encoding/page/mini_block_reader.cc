#include "lance/encoding/page/mini_block_reader.h"

#include <arrow/memory_pool.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "lance/encoding/page/levels.h"

namespace lance::encoding::page {
namespace {

constexpr uint64_t kMostBuffers = 64;
constexpr uint64_t kMostDictionaryItems = uint64_t{1} << 31;

uint64_t NextPageId() {
  static std::atomic<uint64_t> counter{1};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

// Bits of the integers that `node` produces.
uint64_t IndexBits(const EncodingNode& node) {
  const EncodingNode* at = &node;
  while (!at->children.empty() && at->tag != kInlineBitpacking && at->tag != kOutOfLineBitpacking) {
    at = &at->children.front();
  }
  return at->bits;
}

// Copy the indices of visible entries, 0 for nulls; return the largest.
template <typename T>
uint32_t CopyIndices(const T* source, int64_t count, uint32_t* out) {
  T largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<uint32_t>(source[i]);
    largest = std::max(largest, source[i]);
  }
  constexpr uint64_t kLimit = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::min<uint64_t>(largest, kLimit));
}

uint32_t CopyIndices(const ValueView& view, int64_t first, int64_t count, uint32_t* out) {
  const uint8_t* at = view.data.data() + static_cast<uint64_t>(first) * view.type.bytes();
  switch (view.type.bits) {
    case 8:
      return CopyIndices(at, count, out);
    case 16:
      return CopyIndices(reinterpret_cast<const uint16_t*>(at), count, out);
    case 32:
      return CopyIndices(reinterpret_cast<const uint32_t*>(at), count, out);
    default:
      return CopyIndices(reinterpret_cast<const uint64_t*>(at), count, out);
  }
}

// Zero the indices of nulls: they point anywhere.
void ClearNulls(const uint16_t* def, int64_t num_entries, uint16_t max_visible, uint32_t* indices) {
  int64_t item = 0;
  for (int64_t i = 0; i < num_entries; ++i) {
    if (def[i] > max_visible) continue;
    if (def[i] != 0) indices[item] = 0;
    ++item;
  }
}

int64_t CountVisible(const uint16_t* def, int64_t count, const PageLayers& layers) {
  if (def == nullptr || layers.num_lists == 0) return count;
  return CountAtMost(def, count, layers.max_visible);
}

}  // namespace

const uint16_t* DecodedChunk::rep_levels() const {
  return rep ? reinterpret_cast<const uint16_t*>(rep->View().data.data()) : nullptr;
}
const uint16_t* DecodedChunk::def_levels() const {
  return def ? reinterpret_cast<const uint16_t*>(def->View().data.data()) : nullptr;
}

Result<std::unique_ptr<PageReader>> MakeMiniBlockReader(PageContext context, MiniBlockParts parts) {
  return MiniBlockReader::Make(std::move(context), std::move(parts));
}

MiniBlockReader::MiniBlockReader(PageContext context, MiniBlockParts parts)
    : PageReader(context.num_rows),
      context_(std::move(context)),
      parts_(std::move(parts)),
      page_id_(NextPageId()),
      chunk_values_(context_.shape.values) {}

Result<std::unique_ptr<PageReader>> MiniBlockReader::Make(PageContext context,
                                                          MiniBlockParts parts) {
  const bool has_lists = context.layers.num_lists > 0;
  const size_t num_buffers =
      2 + (parts.dictionary ? 1 : 0) + (parts.repetition_index_depth > 0 ? 1 : 0);
  LANCE_CHECK_BYTES(context.buffers.size() == num_buffers, "a mini-block page has ",
                    context.buffers.size(), " buffers, expected ", num_buffers);
  LANCE_CHECK_BYTES(parts.repetition_index_depth == (has_lists ? 1 : 0),
                    "a mini-block page has a repetition index of depth ",
                    parts.repetition_index_depth, " over ", context.layers.num_lists, " lists");
  LANCE_CHECK_BYTES(parts.rep.has_value() == has_lists,
                    "a mini-block page has repetition levels without lists, or the reverse");
  LANCE_CHECK_BYTES(has_lists || parts.num_items == context.num_rows, "a mini-block page has ",
                    parts.num_items, " items for ", context.num_rows, " rows");
  std::unique_ptr<MiniBlockReader> out(new MiniBlockReader(std::move(context), std::move(parts)));
  ARROW_RETURN_NOT_OK(out->OpenDecoders());
  return out;
}

Status MiniBlockReader::OpenDecoders() {
  const FormatVersion version = context_.version;
  if (parts_.dictionary) {
    const uint64_t bits = IndexBits(parts_.values);
    LANCE_CHECK_BYTES(bits == 8 || bits == 16 || bits == 32 || bits == 64,
                      "the dictionary indices of a page have ", bits, " bits");
    LANCE_CHECK_BYTES(parts_.num_dictionary_items <= kMostDictionaryItems,
                      "the dictionary of a page has ", parts_.num_dictionary_items, " items");
    chunk_values_ = ValueType::Fixed(bits);
  }
  ARROW_ASSIGN_OR_RAISE(value_decoder_, OpenMiniBlock(parts_.values, chunk_values_, version));
  LANCE_CHECK_BYTES(parts_.num_buffers <= kMostBuffers &&
                        value_decoder_->num_buffers() == static_cast<int>(parts_.num_buffers),
                    "the chunks of a page have ", parts_.num_buffers, " buffers, its encoding ",
                    ToString(parts_.values), " has ", value_decoder_->num_buffers());
  const ValueType level = ValueType::Fixed(16);
  if (parts_.rep) {
    ARROW_ASSIGN_OR_RAISE(rep_decoder_, OpenBlock(*parts_.rep, level, version));
  }
  if (parts_.def) {
    ARROW_ASSIGN_OR_RAISE(def_decoder_, OpenBlock(*parts_.def, level, version));
  }
  return Status::OK();
}

std::vector<ByteRange> MiniBlockReader::InitialRanges() const {
  std::vector<ByteRange> out = context_.buffers;
  out.erase(out.begin() + 1);
  std::sort(out.begin(), out.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  return out;
}

Status MiniBlockReader::Initialize(const FetchedBytes& bytes) {
  ARROW_ASSIGN_OR_RAISE(Bytes words, bytes.Find(context_.buffers[0]));
  ARROW_ASSIGN_OR_RAISE(chunks_, ChunkIndex::Make(words, parts_.has_large_chunk, parts_.num_items,
                                                  context_.buffers[1].length));
  if (parts_.dictionary) {
    ARROW_ASSIGN_OR_RAISE(Bytes dictionary, bytes.Find(context_.buffers[2]));
    ARROW_RETURN_NOT_OK(ReadDictionary(dictionary));
  }
  if (!has_lists()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Bytes index, bytes.Find(context_.buffers.back()));
  ARROW_ASSIGN_OR_RAISE(row_index_, RowIndex::Make(index, chunks_.num_chunks(), num_rows()));
  return Status::OK();
}

Status MiniBlockReader::ReadDictionary(Bytes bytes) {
  ARROW_ASSIGN_OR_RAISE(auto decoder,
                        OpenBlock(*parts_.dictionary, context_.shape.values, context_.version));
  dictionary_.emplace(context_.shape.values, arrow::default_memory_pool());
  const auto num_items = static_cast<int64_t>(parts_.num_dictionary_items);
  ARROW_RETURN_NOT_OK(
      WithContext(decoder->Decode(bytes, num_items, &*dictionary_), "the dictionary of a page"));
  LANCE_CHECK_BYTES(dictionary_->num_values() == num_items, "the dictionary of a page has ",
                    dictionary_->num_values(), " items, expected ", num_items);
  return Status::OK();
}

ByteRange MiniBlockReader::ChunkBytes(uint64_t chunk) const {
  ByteRange range = chunks_.bytes(chunk);
  range.offset += context_.buffers[1].offset;
  return range;
}

MiniBlockReader::ChunkSpan MiniBlockReader::ChunksOf(RowRange rows) const {
  if (rows.size() == 0) return {};
  if (!has_lists()) return {chunks_.FindItem(rows.begin), chunks_.FindItem(rows.end - 1) + 1};
  return {row_index_.FindStart(rows.begin), row_index_.FindEnd(rows.end - 1) + 1};
}

Status MiniBlockReader::AddRanges(std::span<const RowRange> rows,
                                  std::vector<ByteRange>* out) const {
  const size_t first_own = out->size();
  for (const RowRange& range : rows) {
    const ChunkSpan chunks = ChunksOf(range);
    if (chunks.begin == chunks.end) continue;
    ByteRange wanted = ChunkBytes(chunks.begin);
    wanted.length = ChunkBytes(chunks.end - 1).end() - wanted.offset;
    if (out->size() > first_own && wanted.offset <= out->back().end()) {
      ByteRange& last = out->back();
      last.length = std::max(last.end(), wanted.end()) - last.offset;
    } else {
      out->push_back(wanted);
    }
  }
  return Status::OK();
}

bool MiniBlockReader::IsWhole(uint64_t chunk, RowRange rows) const {
  if (!has_lists()) {
    const uint64_t first = chunks_.first_item(chunk);
    return rows.begin <= first && first + chunks_.num_items(chunk) <= rows.end;
  }
  const bool begins =
      row_index_.started_before(chunk) > rows.begin ||
      (row_index_.started_before(chunk) == rows.begin && !row_index_.has_preamble(chunk));
  return begins && row_index_.started_before(chunk + 1) <= rows.end;
}

Status MiniBlockReader::Decode(std::span<const RowRange> rows, const FetchedBytes& bytes,
                               DecodeScratch* scratch, LeafAccumulator* out) const {
  for (const RowRange& range : rows) {
    const ChunkSpan chunks = ChunksOf(range);
    for (uint64_t chunk = chunks.begin; chunk < chunks.end; ++chunk) {
      Status status;
      if (IsWhole(chunk, range)) {
        status = DecodeWhole(chunk, bytes, &scratch->impl(), out);
      } else {
        status = Load(chunk, bytes, &scratch->impl());
        Part part;
        if (status.ok()) status = Locate(chunk, range, scratch->impl().chunk).Value(&part);
        if (status.ok()) status = AppendPart(part, &scratch->impl(), out);
      }
      if (!status.ok()) return WithContext(status, internal::Concat("chunk ", chunk));
    }
  }
  return Status::OK();
}

Result<MiniBlockReader::ChunkParts> MiniBlockReader::Cut(Bytes chunk,
                                                         std::vector<Bytes>* buffers) const {
  ByteCursor cursor(chunk, "a mini-block chunk");
  ChunkParts out;
  uint16_t rep_bytes = 0;
  uint16_t def_bytes = 0;
  ARROW_ASSIGN_OR_RAISE(out.num_levels, cursor.Read<uint16_t>());
  if (rep_decoder_) {
    ARROW_ASSIGN_OR_RAISE(rep_bytes, cursor.Read<uint16_t>());
  }
  if (def_decoder_) {
    ARROW_ASSIGN_OR_RAISE(def_bytes, cursor.Read<uint16_t>());
  }
  const size_t width = parts_.has_large_chunk ? sizeof(uint32_t) : sizeof(uint16_t);
  ARROW_ASSIGN_OR_RAISE(Bytes sizes, cursor.Take(parts_.num_buffers * width));
  ARROW_RETURN_NOT_OK(cursor.AlignTo(8));
  if (rep_decoder_) {
    ARROW_ASSIGN_OR_RAISE(out.rep, cursor.Take(rep_bytes));
    ARROW_RETURN_NOT_OK(cursor.AlignTo(8));
  }
  if (def_decoder_) {
    ARROW_ASSIGN_OR_RAISE(out.def, cursor.Take(def_bytes));
    ARROW_RETURN_NOT_OK(cursor.AlignTo(8));
  }
  buffers->clear();
  for (uint64_t i = 0; i < parts_.num_buffers; ++i) {
    const uint8_t* at = sizes.data() + i * width;
    const uint32_t size =
        parts_.has_large_chunk ? LoadUnaligned<uint32_t>(at) : LoadUnaligned<uint16_t>(at);
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, cursor.Take(size));
    ARROW_RETURN_NOT_OK(cursor.AlignTo(8));
    buffers->push_back(buffer);
  }
  LANCE_CHECK_BYTES(cursor.remaining() == 0, "a mini-block chunk of ", chunk.size(), " bytes has ",
                    cursor.remaining(), " bytes after its last buffer");
  return out;
}

Status MiniBlockReader::DecodeLevels(const ChunkParts& parts, DecodedChunk* out) const {
  const auto decode = [&](const BlockDecoder* decoder, Bytes bytes, std::string_view what,
                          std::optional<ValueBuilder>* levels) {
    levels->reset();
    if (decoder == nullptr) return Status::OK();
    levels->emplace(ValueType::Fixed(16), arrow::default_memory_pool());
    ARROW_RETURN_NOT_OK(WithContext(decoder->Decode(bytes, parts.num_levels, &**levels), what));
    LANCE_CHECK_BYTES((*levels)->num_values() == parts.num_levels, "a chunk has ",
                      (*levels)->num_values(), " ", what, ", expected ", parts.num_levels);
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(decode(rep_decoder_.get(), parts.rep, "repetition levels", &out->rep));
  return decode(def_decoder_.get(), parts.def, "definition levels", &out->def);
}

// Levels first, then the values straight to where they stay.
Status MiniBlockReader::DecodeWhole(uint64_t chunk, const FetchedBytes& bytes,
                                    DecodeScratch::Impl* scratch, LeafAccumulator* out) const {
  ARROW_ASSIGN_OR_RAISE(Bytes raw, bytes.Find(ChunkBytes(chunk)));
  ARROW_ASSIGN_OR_RAISE(ChunkParts parts, Cut(raw, &scratch->buffers));
  const auto num_items = static_cast<int64_t>(chunks_.num_items(chunk));
  DecodedChunk levels;
  ARROW_RETURN_NOT_OK(DecodeLevels(parts, &levels));
  levels.num_entries = levels.rep || levels.def ? parts.num_levels : num_items;
  const uint16_t* def = levels.def_levels();
  const int64_t visible = CountVisible(def, levels.num_entries, context_.layers);
  LANCE_CHECK_BYTES(visible == num_items, "a chunk has ", visible, " visible levels for ",
                    num_items, " items");
  ARROW_RETURN_NOT_OK(
      out->AppendLevels({levels.rep_levels(), def, levels.num_entries}, context_.layers));
  if (!dictionary_) return value_decoder_->Decode(scratch->buffers, num_items, &out->values());
  ValueBuilder indices(chunk_values_, arrow::default_memory_pool());
  ARROW_RETURN_NOT_OK(value_decoder_->Decode(scratch->buffers, num_items, &indices));
  return Gather(indices, {0, levels.num_entries, 0, num_items}, def, scratch, out);
}

// Decode a chunk into the scratch, unless it is there from the last read.
Status MiniBlockReader::Load(uint64_t chunk, const FetchedBytes& bytes,
                             DecodeScratch::Impl* scratch) const {
  if (scratch->page_id == page_id_ && scratch->chunk_index == chunk) return Status::OK();
  scratch->page_id = 0;
  ARROW_ASSIGN_OR_RAISE(Bytes raw, bytes.Find(ChunkBytes(chunk)));
  ARROW_ASSIGN_OR_RAISE(ChunkParts parts, Cut(raw, &scratch->buffers));
  const auto num_items = static_cast<int64_t>(chunks_.num_items(chunk));
  DecodedChunk& decoded = scratch->chunk;
  ARROW_RETURN_NOT_OK(DecodeLevels(parts, &decoded));
  decoded.num_entries = decoded.rep || decoded.def ? parts.num_levels : num_items;
  const int64_t visible = CountVisible(decoded.def_levels(), decoded.num_entries, context_.layers);
  LANCE_CHECK_BYTES(visible == num_items, "a chunk has ", visible, " visible levels for ",
                    num_items, " items");
  decoded.values.emplace(chunk_values_, arrow::default_memory_pool());
  ARROW_RETURN_NOT_OK(value_decoder_->Decode(scratch->buffers, num_items, &*decoded.values));
  LANCE_CHECK_BYTES(decoded.values->num_values() == num_items, "a chunk has ",
                    decoded.values->num_values(), " values, expected ", num_items);
  scratch->page_id = page_id_;
  scratch->chunk_index = chunk;
  return Status::OK();
}

// Find the entries of `rows` in a decoded chunk.
Result<MiniBlockReader::Part> MiniBlockReader::Locate(uint64_t chunk, RowRange rows,
                                                      const DecodedChunk& decoded) const {
  Part out;
  if (!has_lists()) {
    const uint64_t first = chunks_.first_item(chunk);
    const uint64_t begin = std::max(rows.begin, first);
    const uint64_t end = std::min(rows.end, first + chunks_.num_items(chunk));
    out.first_entry = out.first_item = static_cast<int64_t>(begin - first);
    out.num_entries = out.num_items = static_cast<int64_t>(end - begin);
    return out;
  }
  const uint16_t* rep = decoded.rep_levels();
  const uint16_t* def = decoded.def_levels();
  const auto new_row = static_cast<uint16_t>(context_.layers.num_lists);
  uint64_t started = row_index_.started_before(chunk);
  int64_t begin = started > rows.begin ? 0 : decoded.num_entries;
  int64_t end = decoded.num_entries;
  for (int64_t i = 0; i < decoded.num_entries; ++i) {
    if (rep[i] != new_row) continue;
    if (started == rows.begin) begin = i;
    if (started == rows.end) {
      end = i;
      break;
    }
    ++started;
  }
  LANCE_CHECK_BYTES(begin < end, "a chunk does not hold the rows that the repetition index says");
  out.first_entry = begin;
  out.num_entries = end - begin;
  out.first_item = CountVisible(def, begin, context_.layers);
  out.num_items =
      CountVisible(def == nullptr ? nullptr : def + begin, end - begin, context_.layers);
  return out;
}

Status MiniBlockReader::AppendPart(const Part& part, DecodeScratch::Impl* scratch,
                                   LeafAccumulator* out) const {
  const DecodedChunk& decoded = scratch->chunk;
  const uint16_t* rep = decoded.rep_levels();
  const uint16_t* def = decoded.def_levels();
  if (rep != nullptr) rep += part.first_entry;
  if (def != nullptr) def += part.first_entry;
  ARROW_RETURN_NOT_OK(out->AppendLevels({rep, def, part.num_entries}, context_.layers));
  if (dictionary_) return Gather(*decoded.values, part, def, scratch, out);
  return out->values().AppendSlice(*decoded.values, part.first_item, part.num_items);
}

// `def` belongs to the first entry of `part`.
Status MiniBlockReader::Gather(const ValueBuilder& indices, const Part& part, const uint16_t* def,
                               DecodeScratch::Impl* scratch, LeafAccumulator* out) const {
  LANCE_CHECK_BYTES(indices.num_values() >= part.first_item + part.num_items,
                    "a chunk has too few dictionary indices");
  const auto count = static_cast<size_t>(part.num_items);
  if (scratch->indices.size() < count) scratch->indices.resize(count);
  uint32_t* checked = scratch->indices.data();
  uint32_t largest = CopyIndices(indices.View(), part.first_item, part.num_items, checked);
  const auto num_items = static_cast<uint64_t>(dictionary_->num_values());
  if (def != nullptr && (largest >= num_items)) {
    ClearNulls(def, part.num_entries, context_.layers.max_visible, checked);
    largest = count == 0 ? 0 : *std::max_element(checked, checked + count);
  }
  if (num_items == 0) {
    const bool only_nulls = def != nullptr && CountAtMost(def, part.num_entries, 0) == 0;
    LANCE_CHECK_BYTES(count == 0 || only_nulls, "a page has values but an empty dictionary");
    return out->values().AppendPlaceholders(part.num_items);
  }
  LANCE_CHECK_BYTES(count == 0 || largest < num_items, "a chunk has dictionary index ", largest,
                    ", the dictionary has ", num_items, " items");
  return out->values().AppendGather(*dictionary_, checked, part.num_items);
}

}  // namespace lance::encoding::page
