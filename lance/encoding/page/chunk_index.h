// Where the chunks of a mini-block page lie and which rows they hold.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::encoding::page {

/// Bytes and items of all chunks, from the page's words:
///   [ (bytes / 8 - 1) : 12 or 28 bits | log2(items) : 4 bits ]   u16, or u32 for large chunks
/// The last chunk holds what the others leave of the page's items.
class ChunkIndex {
 public:
  static Result<ChunkIndex> Make(Bytes words, bool has_large_chunk, uint64_t num_items,
                                 uint64_t data_bytes);

  uint64_t num_chunks() const { return begins_.empty() ? 0 : begins_.size() - 1; }
  /// Bytes of chunk `i`, counted from the start of the data buffer.
  ByteRange bytes(uint64_t i) const { return {begins_[i], begins_[i + 1] - begins_[i]}; }
  uint64_t first_item(uint64_t i) const { return first_items_[i]; }
  uint64_t num_items(uint64_t i) const { return first_items_[i + 1] - first_items_[i]; }
  /// Chunk that holds `item`, which must be an item of the page.
  uint64_t FindItem(uint64_t item) const;

 private:
  std::vector<uint64_t> begins_;       // num_chunks + 1
  std::vector<uint64_t> first_items_;  // num_chunks + 1
  int uniform_shift_ = -1;             // log2 of the items of all chunks but the last, if the same
};

/// Which rows start and end in the chunks of a page with lists.
class RowIndex {
 public:
  /// \param index  per chunk: u64 rows finished, u64 levels after the last finished row
  static Result<RowIndex> Make(Bytes index, uint64_t num_chunks, uint64_t num_rows);

  /// Rows that started before chunk `i`: the first row that starts in it or after it.
  uint64_t started_before(uint64_t i) const { return finished_[i] + (is_open_[i] ? 1 : 0); }
  /// Rows that are complete with chunk `i`.
  uint64_t finished_with(uint64_t i) const { return finished_[i + 1]; }
  /// True when chunk `i` begins with the rest of a row.
  bool has_preamble(uint64_t i) const { return is_open_[i]; }
  /// Chunk where row `row` starts.
  uint64_t FindStart(uint64_t row) const;
  /// Chunk that completes row `row`.
  uint64_t FindEnd(uint64_t row) const;

 private:
  std::vector<uint64_t> finished_;  // rows finished before chunk i; num_chunks + 1
  std::vector<uint8_t> is_open_;    // num_chunks + 1
};

}  // namespace lance::encoding::page
