// Where the chunks of a mini-block page lie and which rows they hold.
//
// Kept compact, for a table of a billion rows has millions of chunks: the words as the file has
// them, and what precedes every 16th chunk. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::encoding::page {

/// One chunk of a page.
struct ChunkPlace {
  uint64_t index = 0;
  ByteRange bytes;  // counted from the start of the data buffer
  uint64_t first_item = 0;
  uint64_t num_items = 0;
  uint64_t end_item() const { return first_item + num_items; }
};

/// Bytes and items of all chunks, from the page's words:
///   [ (bytes / 8 - 1) : 12 or 28 bits | log2(items) : 4 bits ]   u16, or u32 for large chunks
/// The last chunk holds what the others leave of the page's items.
class ChunkIndex {
 public:
  static Result<ChunkIndex> Make(Bytes words, bool has_large_chunk, uint64_t num_items,
                                 uint64_t data_bytes);

  uint64_t num_chunks() const { return num_chunks_; }
  /// Chunk `index`, which must be one of the page.
  ChunkPlace At(uint64_t index) const;
  /// The chunk behind `place`, which must not be the last one.
  ChunkPlace Next(const ChunkPlace& place) const;
  /// Chunk that holds `item`, which must be an item of the page.
  ChunkPlace Find(uint64_t item) const;
  /// Bytes of memory that the index takes.
  uint64_t size_bytes() const;

 private:
  static constexpr uint64_t kChunksPerMark = 16;
  // What lies before the first of some chunks.
  struct Mark {
    uint64_t offset_bytes = 0;
    uint64_t first_item = 0;
  };

  uint32_t Word(uint64_t index) const;
  ChunkPlace Place(uint64_t index, uint64_t offset_bytes, uint64_t first_item) const;

  std::vector<uint8_t> words_;
  bool has_large_chunk_ = false;
  uint64_t num_chunks_ = 0;
  uint64_t num_items_ = 0;
  std::vector<Mark> marks_;  // one per kChunksPerMark chunks
  int uniform_shift_ = -1;   // log2 of the items of all chunks but the last, if the same
};

/// Which rows start and end in the chunks of a page with lists.
class RowIndex {
 public:
  /// \param index  per chunk: u64 rows finished, u64 levels after the last finished row
  static Result<RowIndex> Make(Bytes index, uint64_t num_chunks, uint64_t num_rows);

  /// Rows that started before chunk `i`: the first row that starts in it or after it.
  uint64_t started_before(uint64_t i) const { return (ends_[i] >> 1) + (ends_[i] & 1); }
  /// True when chunk `i` begins with the rest of a row.
  bool has_preamble(uint64_t i) const { return (ends_[i] & 1) != 0; }
  /// Chunk where row `row` starts.
  uint64_t FindStart(uint64_t row) const;
  /// Chunk that completes row `row`.
  uint64_t FindEnd(uint64_t row) const;
  /// Bytes of memory that the index takes.
  uint64_t size_bytes() const { return ends_.capacity() * sizeof(uint64_t); }

 private:
  // Before chunk i: twice the finished rows, and one more when a row is open; num_chunks + 1.
  std::vector<uint64_t> ends_;
};

}  // namespace lance::encoding::page
