#include "lance/encoding/page/chunk_index.h"

#include <algorithm>

namespace lance::encoding::page {
namespace {

// Levels of a chunk are counted in 16 bits, and every item has one; a chunk is decoded as a whole.
constexpr uint64_t kMostItemsOfChunk = 1 << 16;

uint64_t BytesOfWord(uint32_t word) { return 8 * (uint64_t{word >> 4} + 1); }
uint64_t ItemsOfWord(uint32_t word) { return uint64_t{1} << (word & 15); }

}  // namespace

uint32_t ChunkIndex::Word(uint64_t index) const {
  return has_large_chunk_ ? LoadUnaligned<uint32_t>(words_.data() + index * sizeof(uint32_t))
                          : LoadUnaligned<uint16_t>(words_.data() + index * sizeof(uint16_t));
}

Result<ChunkIndex> ChunkIndex::Make(Bytes words, bool has_large_chunk, uint64_t num_items,
                                    uint64_t data_bytes) {
  const size_t width = has_large_chunk ? sizeof(uint32_t) : sizeof(uint16_t);
  LANCE_CHECK_BYTES(words.size() % width == 0, "the chunk words of a page take ", words.size(),
                    " bytes, not a multiple of ", width);
  ChunkIndex out;
  out.words_.assign(words.begin(), words.end());
  out.has_large_chunk_ = has_large_chunk;
  out.num_chunks_ = words.size() / width;
  out.num_items_ = num_items;
  out.marks_.reserve(out.num_chunks_ / kChunksPerMark + 1);
  uint64_t offset_bytes = 0;
  uint64_t first = 0;
  int shift = -1;
  bool is_uniform = true;
  for (uint64_t i = 0; i < out.num_chunks_; ++i) {
    if (i % kChunksPerMark == 0) out.marks_.push_back({offset_bytes, first});
    const uint32_t word = out.Word(i);
    const int log_items = static_cast<int>(word & 15);
    const bool is_last = i + 1 == out.num_chunks_;
    const uint64_t items = is_last && log_items == 0 ? num_items - first : ItemsOfWord(word);
    LANCE_CHECK_BYTES(items > 0 && items <= num_items - first, "chunk ", i, " of a page has ",
                      items, " items, but only ", num_items - first, " of ", num_items,
                      " are left");
    LANCE_CHECK_BYTES(items <= kMostItemsOfChunk, "chunk ", i, " of a page has ", items,
                      " items, expected at most ", kMostItemsOfChunk);
    offset_bytes += BytesOfWord(word);
    first += items;
    if (is_last) continue;
    if (shift < 0) shift = log_items;
    is_uniform = is_uniform && shift == log_items;
  }
  LANCE_CHECK_BYTES(first == num_items, "the chunks of a page have ", first, " items, expected ",
                    num_items);
  LANCE_CHECK_BYTES(offset_bytes == data_bytes, "the chunks of a page take ", offset_bytes,
                    " bytes, but its buffer has ", data_bytes);
  if (is_uniform && shift >= 0) out.uniform_shift_ = shift;
  return out;
}

ChunkPlace ChunkIndex::Place(uint64_t index, uint64_t offset_bytes, uint64_t first_item) const {
  const uint32_t word = Word(index);
  const bool is_last = index + 1 == num_chunks_;
  return {index,
          {offset_bytes, BytesOfWord(word)},
          first_item,
          is_last ? num_items_ - first_item : ItemsOfWord(word)};
}

ChunkPlace ChunkIndex::At(uint64_t index) const {
  const Mark& mark = marks_[index / kChunksPerMark];
  uint64_t offset_bytes = mark.offset_bytes;
  uint64_t first_item = mark.first_item;
  for (uint64_t i = index - index % kChunksPerMark; i < index; ++i) {
    const uint32_t word = Word(i);
    offset_bytes += BytesOfWord(word);
    first_item += ItemsOfWord(word);
  }
  return Place(index, offset_bytes, first_item);
}

ChunkPlace ChunkIndex::Next(const ChunkPlace& place) const {
  return Place(place.index + 1, place.bytes.end(), place.end_item());
}

ChunkPlace ChunkIndex::Find(uint64_t item) const {
  if (uniform_shift_ >= 0) return At(std::min(item >> uniform_shift_, num_chunks_ - 1));
  const auto after =
      std::upper_bound(marks_.begin(), marks_.end(), item,
                       [](uint64_t wanted, const Mark& mark) { return wanted < mark.first_item; });
  ChunkPlace out = At(static_cast<uint64_t>(after - marks_.begin() - 1) * kChunksPerMark);
  while (out.end_item() <= item) out = Next(out);
  return out;
}

uint64_t ChunkIndex::size_bytes() const {
  return words_.capacity() + marks_.capacity() * sizeof(Mark);
}

Result<RowIndex> RowIndex::Make(Bytes index, uint64_t num_chunks, uint64_t num_rows) {
  LANCE_CHECK_BYTES(index.size() / 16 == num_chunks && index.size() % 16 == 0,
                    "the repetition index of a page takes ", index.size(), " bytes for ",
                    num_chunks, " chunks, expected 16 each");
  LANCE_CHECK_BYTES(num_rows < uint64_t{1} << 62, "a page of ", num_rows, " rows");
  RowIndex out;
  out.ends_.reserve(num_chunks + 1);
  out.ends_.push_back(0);
  uint64_t total = 0;
  for (uint64_t i = 0; i < num_chunks; ++i) {
    const auto finished = LoadUnaligned<uint64_t>(index.data() + 16 * i);
    const auto leftover = LoadUnaligned<uint64_t>(index.data() + 16 * i + 8);
    LANCE_CHECK_BYTES(finished <= num_rows - total, "chunk ", i, " of a page ends ", finished,
                      " rows, but only ", num_rows - total, " of ", num_rows, " are left");
    total += finished;
    out.ends_.push_back(total << 1 | (leftover != 0 ? 1 : 0));
  }
  LANCE_CHECK_BYTES(out.ends_.back() == num_rows << 1, "the repetition index of a page counts ",
                    total, " rows, expected ", num_rows);
  for (uint64_t i = 0; i < num_chunks; ++i) {
    LANCE_CHECK_BYTES(
        out.started_before(i) <= out.started_before(i + 1) && out.started_before(i + 1) <= num_rows,
        "the repetition index of a page is not in order at chunk ", i);
  }
  return out;
}

uint64_t RowIndex::FindStart(uint64_t row) const {
  // The last chunk with started_before(chunk) <= row.
  uint64_t low = 0;
  uint64_t high = ends_.size() - 1;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (started_before(middle) <= row ? low : high) = middle;
  }
  return low;
}

uint64_t RowIndex::FindEnd(uint64_t row) const {
  const auto after =
      std::upper_bound(ends_.begin() + 1, ends_.end(), row,
                       [](uint64_t wanted, uint64_t end) { return wanted < end >> 1; });
  return static_cast<uint64_t>(after - ends_.begin()) - 1;
}

}  // namespace lance::encoding::page
