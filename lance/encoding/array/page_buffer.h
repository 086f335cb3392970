// One buffer of a 2.0 page: its place in the file, and its bytes when they were fetched.
//
// A compressed buffer is compressed as a whole, so that any part of it needs all of it; what was
// decompressed last stays in the scratch. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lance/encoding/array/array_encoding.h"
#include "lance/encoding/page_reader.h"

namespace lance::encoding::array {

/// A page whose encoding is understood.
struct ArrayContext {
  std::span<const ByteRange> buffers;
  uint64_t num_values = 0;
  uint64_t first_item = 0;  // list columns
  LeafShape shape;
};

class PageBuffer {
 public:
  PageBuffer() = default;

  /// The buffer of a flat array of `num_values` values of `bits` each. Corruption when `flat` is
  /// something else or the buffer is too short.
  static Result<PageBuffer> OfFlat(const ArrayNode& flat, uint64_t bits,
                                   const ArrayContext& context);
  /// The buffer of bytes that other buffers point into.
  /// \param max_raw_bytes  what it may hold decompressed
  static Result<PageBuffer> OfBytes(const ArrayNode& flat, uint64_t max_raw_bytes,
                                    const ArrayContext& context);
  /// The buffer number `index`, uncompressed, of at least `num_bytes`.
  static Result<PageBuffer> Plain(uint32_t index, uint64_t num_bytes, const ArrayContext& context);

  bool is_compressed() const { return scheme_ != 0; }
  /// Bytes in the file.
  ByteRange range() const { return range_; }

  /// Append the range of the file that holds the bytes `part` of the buffer.
  void AddRange(ByteRange part, std::vector<ByteRange>* out) const;
  /// Return bytes of the buffer; Corruption when it ends before.
  Result<Bytes> Find(ByteRange part, const FetchedBytes& bytes, DecodeScratch* scratch) const;

 private:
  ByteRange range_;
  uint32_t scheme_ = 0;
  uint64_t max_raw_bytes_ = 0;
};

/// Bytes that hold the bits of `rows`, `bits` each.
inline ByteRange BytesOfBits(RowRange rows, uint64_t bits) {
  const uint64_t begin = rows.begin * bits / 8;
  return {begin, (rows.end * bits + 7) / 8 - begin};
}
/// Rows times values per row.
inline RowRange Multiply(RowRange rows, uint64_t factor) {
  return {rows.begin * factor, rows.end * factor};
}
/// Sort what was added to `ranges` from `first` on and merge what touches or overlaps.
void SortRanges(size_t first, std::vector<ByteRange>* ranges);

}  // namespace lance::encoding::array
