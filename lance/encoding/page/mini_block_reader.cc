#include "lance/encoding/page/mini_block_reader.h"

#include <arrow/memory_pool.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "lance/encoding/kernel/arrays.h"
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
uint32_t CopyIndices(const ValueView& view, int64_t first, int64_t count, uint32_t* out) {
  const uint8_t* at = view.data.data() + static_cast<uint64_t>(first) * view.type.bytes();
  const kernel::ArrayKernels& arrays = kernel::Arrays();
  const auto narrow = view.type.bits == 8    ? arrays.narrow8
                      : view.type.bits == 16 ? arrays.narrow16
                      : view.type.bits == 32 ? arrays.narrow32
                                             : arrays.narrow64;
  constexpr uint64_t kLimit = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(std::min(narrow(at, count, out), kLimit));
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

// A chunk of which a smaller part is wanted is decoded in part. Scans ask for more, and get the
// rest of the chunk from the scratch.
constexpr uint64_t kLeastPartToLoad = 4;

bool SameType(const ValueType& a, const ValueType& b) {
  return a.kind == b.kind && a.bits == b.bits && a.lists.empty() && b.lists.empty();
}

}  // namespace

ValueBuilder* Restart(std::optional<ValueBuilder>* builder, const ValueType& type) {
  if (builder->has_value() && SameType((*builder)->type(), type)) {
    (*builder)->Clear();
  } else {
    builder->emplace(type, arrow::default_memory_pool());
  }
  return &**builder;
}

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

uint64_t MiniBlockReader::size_bytes() const {
  uint64_t out = sizeof(*this) + chunks_.size_bytes() + row_index_.size_bytes();
  if (dictionary_) out += dictionary_->View().plain_size_bytes();
  return out;
}

ByteRange MiniBlockReader::BytesOf(const ChunkPlace& chunk) const {
  return {context_.buffers[1].offset + chunk.bytes.offset, chunk.bytes.length};
}

MiniBlockReader::ChunkSpan MiniBlockReader::ChunksOf(RowRange rows) const {
  if (rows.size() == 0) return {};
  return {row_index_.FindStart(rows.begin), row_index_.FindEnd(rows.end - 1) + 1};
}

// Bytes of the chunks that hold `rows`, at least one.
ByteRange MiniBlockReader::BytesOf(RowRange rows) const {
  const ChunkSpan chunks = has_lists() ? ChunksOf(rows) : ChunkSpan{};
  const ChunkPlace first = has_lists() ? chunks_.At(chunks.begin) : chunks_.Find(rows.begin);
  const bool is_last = has_lists() ? chunks.end == chunks.begin + 1 : rows.end <= first.end_item();
  ByteRange out = BytesOf(first);
  if (is_last) return out;
  const ChunkPlace last = has_lists() ? chunks_.At(chunks.end - 1) : chunks_.Find(rows.end - 1);
  out.length = BytesOf(last).end() - out.offset;
  return out;
}

Status MiniBlockReader::AddRanges(std::span<const RowRange> rows,
                                  std::vector<ByteRange>* out) const {
  const size_t first_own = out->size();
  for (const RowRange& range : rows) {
    if (range.size() == 0) continue;
    const ByteRange wanted = BytesOf(range);
    if (out->size() > first_own && wanted.offset <= out->back().end()) {
      ByteRange& last = out->back();
      last.length = std::max(last.end(), wanted.end()) - last.offset;
    } else {
      out->push_back(wanted);
    }
  }
  return Status::OK();
}

bool MiniBlockReader::IsWhole(const ChunkPlace& chunk, RowRange rows) const {
  const uint64_t i = chunk.index;
  const bool begins = row_index_.started_before(i) > rows.begin ||
                      (row_index_.started_before(i) == rows.begin && !row_index_.has_preamble(i));
  return begins && row_index_.started_before(i + 1) <= rows.end;
}

Status MiniBlockReader::Decode(std::span<const RowRange> rows, const FetchedBytes& bytes,
                               DecodeScratch* scratch, LeafAccumulator* out) const {
  const Target target{bytes, &scratch->impl(), out};
  const auto explain = [](const Status& status, const ChunkPlace& chunk) {
    return status.ok() ? status : WithContext(status, internal::Concat("chunk ", chunk.index));
  };
  if (has_lists()) {
    for (const RowRange& range : rows) {
      const ChunkSpan chunks = ChunksOf(range);
      if (chunks.begin == chunks.end) continue;
      ChunkPlace chunk = chunks_.At(chunks.begin);
      ARROW_RETURN_NOT_OK(explain(DecodeLists(chunk, range, target), chunk));
      while (chunk.index + 1 < chunks.end) {
        chunk = chunks_.Next(chunk);
        ARROW_RETURN_NOT_OK(explain(DecodeLists(chunk, range, target), chunk));
      }
    }
    return Status::OK();
  }
  // Rows are items: all wanted ones of a chunk are decoded together.
  std::vector<RowRange>& wanted = target.scratch->wanted;
  ChunkPlace chunk;  // none yet
  RowRange rest;
  size_t next = 0;
  while (rest.size() > 0 || next < rows.size()) {
    if (rest.size() == 0) {
      rest = rows[next++];
      continue;
    }
    chunk = chunk.num_items > 0 && rest.begin == chunk.end_item() ? chunks_.Next(chunk)
                                                                  : chunks_.Find(rest.begin);
    wanted.clear();
    while (rest.begin < chunk.end_item()) {
      const uint64_t end = std::min(rest.end, chunk.end_item());
      if (end > rest.begin)
        wanted.push_back({rest.begin - chunk.first_item, end - chunk.first_item});
      rest.begin = end;
      if (rest.size() > 0 || next == rows.size()) break;
      rest = rows[next++];
    }
    ARROW_RETURN_NOT_OK(explain(DecodeItems(chunk, wanted, target), chunk));
  }
  return Status::OK();
}

// Pages without lists: entries, items and rows are the same.
Status MiniBlockReader::DecodeItems(const ChunkPlace& chunk, std::span<const RowRange> wanted,
                                    const Target& target) const {
  uint64_t count = 0;
  for (const RowRange& range : wanted) count += range.size();
  if (count == chunk.num_items) return DecodeWhole(chunk, target);
  const bool is_there = IsLoaded(chunk, *target.scratch) && target.scratch->has_values;
  if (!is_there && count * kLeastPartToLoad < chunk.num_items) {
    return DecodeSome(chunk, wanted, target);
  }
  ARROW_RETURN_NOT_OK(Load(chunk, /*with_values=*/true, target));
  for (const RowRange& range : wanted) {
    const auto begin = static_cast<int64_t>(range.begin);
    const auto size = static_cast<int64_t>(range.size());
    ARROW_RETURN_NOT_OK(AppendPart({begin, size, begin, size}, target));
  }
  return Status::OK();
}

Status MiniBlockReader::DecodeLists(const ChunkPlace& chunk, RowRange rows,
                                    const Target& target) const {
  if (IsWhole(chunk, rows)) return DecodeWhole(chunk, target);
  // Who comes back to a chunk gets all of it decoded, once.
  const bool is_again = IsLoaded(chunk, *target.scratch);
  ARROW_RETURN_NOT_OK(Load(chunk, /*with_values=*/is_again, target));
  ARROW_ASSIGN_OR_RAISE(const Part part, Locate(chunk, rows, target.scratch->chunk));
  if (is_again || static_cast<uint64_t>(part.num_items) * kLeastPartToLoad >= chunk.num_items) {
    ARROW_RETURN_NOT_OK(Load(chunk, /*with_values=*/true, target));
    return AppendPart(part, target);
  }
  ARROW_RETURN_NOT_OK(AppendLevels(part, target));
  const auto begin = static_cast<uint64_t>(part.first_item);
  const RowRange wanted{begin, begin + static_cast<uint64_t>(part.num_items)};
  const auto num_items = static_cast<int64_t>(chunk.num_items);
  const std::vector<Bytes>& buffers = target.scratch->buffers;  // loading left them there
  if (!dictionary_) {
    return value_decoder_->DecodeSome(buffers, num_items, {&wanted, 1}, &target.out->values());
  }
  ValueBuilder* indices = Restart(&target.scratch->passing.values, chunk_values_);
  ARROW_RETURN_NOT_OK(value_decoder_->DecodeSome(buffers, num_items, {&wanted, 1}, indices));
  const uint16_t* def = target.scratch->chunk.def_levels();
  return Gather(*indices, {0, part.num_entries, 0, part.num_items},
                def == nullptr ? nullptr : def + part.first_entry, target);
}

// Cut a chunk into its levels and the buffers of its values, which go to the scratch.
Result<MiniBlockReader::ChunkParts> MiniBlockReader::Cut(const ChunkPlace& chunk,
                                                         const Target& target) const {
  ARROW_ASSIGN_OR_RAISE(const Bytes raw, target.bytes.Find(BytesOf(chunk)));
  ByteCursor cursor(raw, "a mini-block chunk");
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
  std::vector<Bytes>& buffers = target.scratch->buffers;
  buffers.clear();
  for (uint64_t i = 0; i < parts_.num_buffers; ++i) {
    const uint8_t* at = sizes.data() + i * width;
    const uint32_t size =
        parts_.has_large_chunk ? LoadUnaligned<uint32_t>(at) : LoadUnaligned<uint16_t>(at);
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, cursor.Take(size));
    ARROW_RETURN_NOT_OK(cursor.AlignTo(8));
    buffers.push_back(buffer);
  }
  LANCE_CHECK_BYTES(cursor.remaining() == 0, "a mini-block chunk of ", raw.size(), " bytes has ",
                    cursor.remaining(), " bytes after its last buffer");
  return out;
}

Status MiniBlockReader::DecodeLevels(const ChunkPlace& chunk, const ChunkParts& parts,
                                     DecodedChunk* out) const {
  const auto decode = [&](const BlockDecoder* decoder, Bytes bytes, std::string_view what,
                          std::optional<ValueBuilder>* levels) {
    if (decoder == nullptr) {
      levels->reset();
      return Status::OK();
    }
    ValueBuilder* const builder = Restart(levels, ValueType::Fixed(16));
    ARROW_RETURN_NOT_OK(WithContext(decoder->Decode(bytes, parts.num_levels, builder), what));
    LANCE_CHECK_BYTES(builder->num_values() == parts.num_levels, "a chunk has ",
                      builder->num_values(), " ", what, ", expected ", parts.num_levels);
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(decode(rep_decoder_.get(), parts.rep, "repetition levels", &out->rep));
  ARROW_RETURN_NOT_OK(decode(def_decoder_.get(), parts.def, "definition levels", &out->def));
  const auto num_items = static_cast<int64_t>(chunk.num_items);
  out->num_entries = out->rep || out->def ? parts.num_levels : num_items;
  const int64_t visible = CountVisible(out->def_levels(), out->num_entries, context_.layers);
  LANCE_CHECK_BYTES(visible == num_items, "a chunk has ", visible, " visible levels for ",
                    num_items, " items");
  return Status::OK();
}

// Levels first, then the values straight to where they stay.
Status MiniBlockReader::DecodeWhole(const ChunkPlace& chunk, const Target& target) const {
  ARROW_ASSIGN_OR_RAISE(const ChunkParts parts, Cut(chunk, target));
  DecodedChunk& passing = target.scratch->passing;
  ARROW_RETURN_NOT_OK(DecodeLevels(chunk, parts, &passing));
  const uint16_t* def = passing.def_levels();
  ARROW_RETURN_NOT_OK(
      target.out->AppendLevels({passing.rep_levels(), def, passing.num_entries}, context_.layers));
  const auto num_items = static_cast<int64_t>(chunk.num_items);
  const std::vector<Bytes>& buffers = target.scratch->buffers;
  if (!dictionary_) return value_decoder_->Decode(buffers, num_items, &target.out->values());
  ValueBuilder* indices = Restart(&passing.values, chunk_values_);
  ARROW_RETURN_NOT_OK(value_decoder_->Decode(buffers, num_items, indices));
  return Gather(*indices, {0, passing.num_entries, 0, num_items}, def, target);
}

// Decode the items at `wanted` of a page without lists.
Status MiniBlockReader::DecodeSome(const ChunkPlace& chunk, std::span<const RowRange> wanted,
                                   const Target& target) const {
  ARROW_ASSIGN_OR_RAISE(const ChunkParts parts, Cut(chunk, target));
  DecodedChunk& passing = target.scratch->passing;
  ARROW_RETURN_NOT_OK(DecodeLevels(chunk, parts, &passing));
  const uint16_t* def = passing.def_levels();
  for (const RowRange& range : wanted) {
    ARROW_RETURN_NOT_OK(target.out->AppendLevels(
        {nullptr, def == nullptr ? nullptr : def + range.begin, static_cast<int64_t>(range.size())},
        context_.layers));
  }
  const std::vector<Bytes>& buffers = target.scratch->buffers;
  const auto num_items = static_cast<int64_t>(chunk.num_items);
  if (!dictionary_) {
    return value_decoder_->DecodeSome(buffers, num_items, wanted, &target.out->values());
  }
  ValueBuilder* indices = Restart(&target.scratch->passing.values, chunk_values_);
  ARROW_RETURN_NOT_OK(value_decoder_->DecodeSome(buffers, num_items, wanted, indices));
  int64_t done = 0;
  for (const RowRange& range : wanted) {
    const auto size = static_cast<int64_t>(range.size());
    ARROW_RETURN_NOT_OK(Gather(*indices, {0, size, done, size},
                               def == nullptr ? nullptr : def + range.begin, target));
    done += size;
  }
  return Status::OK();
}

bool MiniBlockReader::IsLoaded(const ChunkPlace& chunk, const DecodeScratch::Impl& scratch) const {
  return scratch.page_id == page_id_ && scratch.chunk_index == chunk.index;
}

// Decode a chunk into the scratch, unless it is there from the last read.
Status MiniBlockReader::Load(const ChunkPlace& chunk, bool with_values,
                             const Target& target) const {
  DecodeScratch::Impl& scratch = *target.scratch;
  const bool has_levels = IsLoaded(chunk, scratch);
  if (has_levels && (scratch.has_values || !with_values)) return Status::OK();
  scratch.page_id = 0;
  ARROW_ASSIGN_OR_RAISE(const ChunkParts parts, Cut(chunk, target));
  DecodedChunk& decoded = scratch.chunk;
  if (!has_levels) ARROW_RETURN_NOT_OK(DecodeLevels(chunk, parts, &decoded));
  if (with_values) {
    const auto num_items = static_cast<int64_t>(chunk.num_items);
    ValueBuilder* values = Restart(&decoded.values, chunk_values_);
    ARROW_RETURN_NOT_OK(value_decoder_->Decode(scratch.buffers, num_items, values));
    LANCE_CHECK_BYTES(values->num_values() == num_items, "a chunk has ", values->num_values(),
                      " values, expected ", num_items);
  }
  scratch.page_id = page_id_;
  scratch.chunk_index = chunk.index;
  scratch.has_values = with_values;
  return Status::OK();
}

// Find the entries of `rows` in a decoded chunk of a page with lists.
Result<MiniBlockReader::Part> MiniBlockReader::Locate(const ChunkPlace& chunk, RowRange rows,
                                                      const DecodedChunk& decoded) const {
  Part out;
  const uint16_t* rep = decoded.rep_levels();
  const uint16_t* def = decoded.def_levels();
  const auto new_row = static_cast<uint16_t>(context_.layers.num_lists);
  uint64_t started = row_index_.started_before(chunk.index);
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

// Append the levels of a part of the chunk in the scratch.
Status MiniBlockReader::AppendLevels(const Part& part, const Target& target) const {
  const uint16_t* rep = target.scratch->chunk.rep_levels();
  const uint16_t* def = target.scratch->chunk.def_levels();
  if (rep != nullptr) rep += part.first_entry;
  if (def != nullptr) def += part.first_entry;
  return target.out->AppendLevels({rep, def, part.num_entries}, context_.layers);
}

Status MiniBlockReader::AppendPart(const Part& part, const Target& target) const {
  ARROW_RETURN_NOT_OK(AppendLevels(part, target));
  const DecodedChunk& decoded = target.scratch->chunk;
  const uint16_t* def = decoded.def_levels();
  if (def != nullptr) def += part.first_entry;
  if (dictionary_) return Gather(*decoded.values, part, def, target);
  return target.out->values().AppendSlice(*decoded.values, part.first_item, part.num_items);
}

// `def` belongs to the first entry of `part`.
Status MiniBlockReader::Gather(const ValueBuilder& indices, const Part& part, const uint16_t* def,
                               const Target& target) const {
  DecodeScratch::Impl* const scratch = target.scratch;
  LeafAccumulator* const out = target.out;
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
