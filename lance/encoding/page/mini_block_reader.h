// Reads mini-block pages: chunks of a few KiB, each decoded as a whole.
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
  // A chunk cut into its buffers; borrowed.
  struct ChunkParts {
    int64_t num_levels = 0;
    Bytes rep;
    Bytes def;
  };
  struct ChunkSpan {
    uint64_t begin = 0;
    uint64_t end = 0;
  };

  MiniBlockReader(PageContext context, MiniBlockParts parts);
  Status OpenDecoders();
  Status ReadDictionary(Bytes bytes);
  bool has_lists() const { return context_.layers.num_lists > 0; }
  ByteRange ChunkBytes(uint64_t chunk) const;
  ChunkSpan ChunksOf(RowRange rows) const;
  bool IsWhole(uint64_t chunk, RowRange rows) const;
  Result<ChunkParts> Cut(Bytes chunk, std::vector<Bytes>* buffers) const;
  Status DecodeLevels(const ChunkParts& parts, DecodedChunk* out) const;
  Status DecodeWhole(uint64_t chunk, const FetchedBytes& bytes, DecodeScratch::Impl* scratch,
                     LeafAccumulator* out) const;
  Status Load(uint64_t chunk, const FetchedBytes& bytes, DecodeScratch::Impl* scratch) const;
  Result<Part> Locate(uint64_t chunk, RowRange rows, const DecodedChunk& decoded) const;
  Status AppendPart(const Part& part, DecodeScratch::Impl* scratch, LeafAccumulator* out) const;
  Status Gather(const ValueBuilder& indices, const Part& part, const uint16_t* def,
                DecodeScratch::Impl* scratch, LeafAccumulator* out) const;

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
