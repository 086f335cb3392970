// Reads full-zip pages: every value lies by itself behind its control word.
//
// Page buffers: [entries][repetition index]?
// Entry: [control: 0, 1, 2 or 4 bytes, (rep << bits_def) | def][length: u32|u64]?[value]?
// The index holds (rows + 1) positions; it is there for variable width and for lists.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lance/encoding/page/layout.h"

namespace lance::encoding::page {

class FullZipReader final : public PageReader {
 public:
  static Result<std::unique_ptr<PageReader>> Make(PageContext context, FullZipParts parts);

  std::vector<ByteRange> InitialRanges() const override;
  Status Initialize(const FetchedBytes& bytes) override;
  uint64_t size_bytes() const override { return sizeof(*this) + index_.capacity(); }
  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override;
  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override;

 private:
  struct Entry {
    uint16_t rep = 0;
    uint16_t def = 0;
  };
  // Levels of the entries read so far.
  struct Levels {
    std::vector<uint16_t> rep;
    std::vector<uint16_t> def;
    LevelView View() const;
  };

  FullZipReader(PageContext context, FullZipParts parts);
  Status CheckShape();
  bool is_variable() const { return parts_.bits_per_offset > 0; }
  bool has_index() const { return is_variable() || context_.layers.num_lists > 0; }
  uint64_t Position(uint64_t row) const;
  ByteRange BytesOf(RowRange rows) const;
  Entry ReadEntry(const uint8_t* at) const;
  Status DecodeStrided(RowRange rows, const FetchedBytes& bytes, LeafAccumulator* out) const;
  Status DecodeFixedLists(Bytes bytes, LeafAccumulator* out) const;
  Status DecodeVariable(Bytes bytes, LeafAccumulator* out) const;
  Result<Bytes> TakeValue(ByteCursor* cursor) const;

  PageContext context_;
  FullZipParts parts_;
  uint64_t control_bytes_ = 0;
  uint64_t value_bytes_ = 0;  // fixed width
  bool is_plain_ = false;     // the entries are Arrow data as they are
  std::unique_ptr<PerValueDecoder> decoder_;
  std::vector<uint8_t> index_;
  uint64_t index_width_ = 0;
};

}  // namespace lance::encoding::page
