// Reads mini-block pages: chunks of a few KiB, each decoded as a whole or for a few values alone.
//
// Page buffers: [chunk words][chunks][dictionary]?[repetition index]?
// Chunk: [num_levels:u16][rep_bytes:u16]?[def_bytes:u16]?[size:u16|u32 x num_buffers][pad 8]
//        [rep][pad 8][def][pad 8][buffer 0][pad 8]...
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lance/encoding/page/chunk_index.h"
#include "lance/encoding/page/layout.h"
#include "lance/encoding/page/scratch.h"

namespace lance::encoding::page {

class MiniBlockReader final : public PageReader {
 public:
  static Result<std::unique_ptr<PageReader>> Make(PageContext context, MiniBlockParts parts);

  std::vector<ByteRange> InitialRanges() const override;
  Status Initialize(const FetchedBytes& bytes) override;
  uint64_t size_bytes() const override;
  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override;
  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override;

 private:
  // Entries of a decoded chunk, and the items among them.
  struct Part {
    int64_t first_entry = 0;
    int64_t num_entries = 0;
    int64_t first_item = 0;
    int64_t num_items = 0;
  };
  // The levels of a chunk; borrowed.
  struct ChunkParts {
    int64_t num_levels = 0;
    Bytes rep;
    Bytes def;
  };
  struct ChunkSpan {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  // What decoding one chunk works with.
  struct Target {
    const FetchedBytes& bytes;
    DecodeScratch::Impl* scratch;
    LeafAccumulator* out;
  };

  MiniBlockReader(PageContext context, MiniBlockParts parts);
  Status OpenDecoders();
  Status ReadDictionary(Bytes bytes);
  bool has_lists() const { return context_.layers.num_lists > 0; }
  ByteRange BytesOf(const ChunkPlace& chunk) const;
  ByteRange BytesOf(RowRange rows) const;
  ChunkSpan ChunksOf(RowRange rows) const;
  bool IsWhole(const ChunkPlace& chunk, RowRange rows) const;
  Result<ChunkParts> Cut(const ChunkPlace& chunk, const Target& target) const;
  Status DecodeLevels(const ChunkPlace& chunk, const ChunkParts& parts, DecodedChunk* out) const;
  Status DecodeItems(const ChunkPlace& chunk, std::span<const RowRange> wanted,
                     const Target& target) const;
  Status DecodeLists(const ChunkPlace& chunk, RowRange rows, const Target& target) const;
  Status DecodeWhole(const ChunkPlace& chunk, const Target& target) const;
  Status DecodeSome(const ChunkPlace& chunk, std::span<const RowRange> wanted,
                    const Target& target) const;
  bool IsLoaded(const ChunkPlace& chunk, const DecodeScratch::Impl& scratch) const;
  Status Load(const ChunkPlace& chunk, bool with_values, const Target& target) const;
  Result<Part> Locate(const ChunkPlace& chunk, RowRange rows, const DecodedChunk& decoded) const;
  Status AppendLevels(const Part& part, const Target& target) const;
  Status AppendPart(const Part& part, const Target& target) const;
  Status Gather(const ValueBuilder& indices, const Part& part, const uint16_t* def,
                const Target& target) const;

  PageContext context_;
  MiniBlockParts parts_;
  uint64_t page_id_;
  ValueType chunk_values_;  // what chunks decode to: values, or indices into the dictionary
  std::unique_ptr<MiniBlockDecoder> value_decoder_;
  std::unique_ptr<BlockDecoder> rep_decoder_;
  std::unique_ptr<BlockDecoder> def_decoder_;
  ChunkIndex chunks_;
  RowIndex row_index_;
  std::optional<ValueBuilder> dictionary_;
};

}  // namespace lance::encoding::page
