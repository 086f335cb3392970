// Where variable values and lists end: the one array that also knows which of them are null.
//
// Bytes:   [end: u64 x num_values], counted from the start of the page; the end of a null is raised
//          by `null_adjustment`, which is larger than every end.
// Source:  Lance file format 2.0, Binary and List. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/encoding/array/page_buffer.h"

namespace lance::encoding::array {

class EndsArray {
 public:
  /// Ends as they were read; borrowed from the scratch.
  struct Decoded {
    uint64_t begin = 0;               // of the first value
    std::span<const uint64_t> ends;   // counted from `begin`; they rise
    const uint8_t* bitmap = nullptr;  // which values are valid; null = all
    uint64_t length() const { return ends.empty() ? 0 : ends.back(); }
  };

  static Result<EndsArray> Make(const ArrayNode& node, uint64_t null_adjustment,
                                const ArrayContext& context);

  /// Append the range that tells the begins and ends of `rows`.
  void AddRange(RowRange rows, std::vector<ByteRange>* out) const;
  /// Where `rows` begin and end altogether; Corruption when they end before they begin.
  Result<RowRange> Span(RowRange rows, const FetchedBytes& bytes, DecodeScratch* scratch) const;
  /// All ends of `rows`. Corruption unless they rise up to at most `limit`.
  Result<Decoded> Decode(RowRange rows, uint64_t limit, const FetchedBytes& bytes,
                         DecodeScratch* scratch) const;

 private:
  Result<Bytes> Find(RowRange rows, const FetchedBytes& bytes, DecodeScratch* scratch) const;
  // The end in the file's form, without what marks a null.
  uint64_t EndOf(uint64_t raw) const {
    return raw >= null_adjustment_ ? raw - null_adjustment_ : raw;
  }

  PageBuffer buffer_;
  uint64_t null_adjustment_ = 0;
};

/// Say for the values of `decoded` which are valid.
Status AppendValidity(const EndsArray::Decoded& decoded, LeafAccumulator* out);

}  // namespace lance::encoding::array
