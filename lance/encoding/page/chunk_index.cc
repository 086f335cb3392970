#include "lance/encoding/page/chunk_index.h"

#include <algorithm>

namespace lance::encoding::page {
namespace {

// Levels of a chunk are counted in 16 bits, and every item has one; a chunk is decoded as a whole.
constexpr uint64_t kMostItemsOfChunk = 1 << 16;

}  // namespace

Result<ChunkIndex> ChunkIndex::Make(Bytes words, bool has_large_chunk, uint64_t num_items,
                                    uint64_t data_bytes) {
  const size_t width = has_large_chunk ? sizeof(uint32_t) : sizeof(uint16_t);
  LANCE_CHECK_BYTES(words.size() % width == 0, "the chunk words of a page take ", words.size(),
                    " bytes, not a multiple of ", width);
  const size_t num_chunks = words.size() / width;
  ChunkIndex out;
  out.begins_.reserve(num_chunks + 1);
  out.first_items_.reserve(num_chunks + 1);
  out.begins_.push_back(0);
  out.first_items_.push_back(0);
  int shift = -1;
  bool is_uniform = true;
  for (size_t i = 0; i < num_chunks; ++i) {
    const uint8_t* at = words.data() + i * width;
    const uint32_t word =
        has_large_chunk ? LoadUnaligned<uint32_t>(at) : LoadUnaligned<uint16_t>(at);
    const int log_items = static_cast<int>(word & 15);
    const uint64_t first = out.first_items_.back();
    const bool is_last = i + 1 == num_chunks;
    const uint64_t items =
        is_last && log_items == 0 ? num_items - std::min(num_items, first) : 1ULL << log_items;
    LANCE_CHECK_BYTES(items > 0 && items <= num_items - first, "chunk ", i, " of a page has ",
                      items, " items, but only ", num_items - first, " of ", num_items,
                      " are left");
    LANCE_CHECK_BYTES(items <= kMostItemsOfChunk, "chunk ", i, " of a page has ", items,
                      " items, expected at most ", kMostItemsOfChunk);
    out.begins_.push_back(out.begins_.back() + 8 * (uint64_t{word >> 4} + 1));
    out.first_items_.push_back(first + items);
    if (is_last) continue;
    if (shift < 0) shift = log_items;
    is_uniform = is_uniform && shift == log_items;
  }
  LANCE_CHECK_BYTES(out.first_items_.back() == num_items, "the chunks of a page have ",
                    out.first_items_.back(), " items, expected ", num_items);
  LANCE_CHECK_BYTES(out.begins_.back() == data_bytes, "the chunks of a page take ",
                    out.begins_.back(), " bytes, but its buffer has ", data_bytes);
  if (is_uniform && shift >= 0) out.uniform_shift_ = shift;
  return out;
}

uint64_t ChunkIndex::FindItem(uint64_t item) const {
  if (uniform_shift_ >= 0) return std::min(item >> uniform_shift_, num_chunks() - 1);
  const auto after = std::upper_bound(first_items_.begin(), first_items_.end(), item);
  return static_cast<uint64_t>(after - first_items_.begin()) - 1;
}

Result<RowIndex> RowIndex::Make(Bytes index, uint64_t num_chunks, uint64_t num_rows) {
  LANCE_CHECK_BYTES(index.size() / 16 == num_chunks && index.size() % 16 == 0,
                    "the repetition index of a page takes ", index.size(), " bytes for ",
                    num_chunks, " chunks, expected 16 each");
  RowIndex out;
  out.finished_.reserve(num_chunks + 1);
  out.is_open_.reserve(num_chunks + 1);
  out.finished_.push_back(0);
  out.is_open_.push_back(0);
  for (uint64_t i = 0; i < num_chunks; ++i) {
    const auto finished = LoadUnaligned<uint64_t>(index.data() + 16 * i);
    const auto leftover = LoadUnaligned<uint64_t>(index.data() + 16 * i + 8);
    LANCE_CHECK_BYTES(finished <= num_rows - out.finished_.back(), "chunk ", i, " of a page ends ",
                      finished, " rows, but only ", num_rows - out.finished_.back(), " of ",
                      num_rows, " are left");
    out.finished_.push_back(out.finished_.back() + finished);
    out.is_open_.push_back(leftover != 0);
  }
  LANCE_CHECK_BYTES(out.finished_.back() == num_rows && !out.is_open_.back(),
                    "the repetition index of a page counts ", out.finished_.back(),
                    " rows, expected ", num_rows);
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
  uint64_t high = finished_.size() - 1;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (started_before(middle) <= row ? low : high) = middle;
  }
  return low;
}

uint64_t RowIndex::FindEnd(uint64_t row) const {
  const auto after = std::upper_bound(finished_.begin() + 1, finished_.end(), row);
  return static_cast<uint64_t>(after - finished_.begin()) - 1;
}

}  // namespace lance::encoding::page
