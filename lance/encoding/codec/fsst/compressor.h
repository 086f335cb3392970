// Making FSST symbol tables and compressing with them.
//
// A table is found bottom up: compress a sample with the table so far, count the symbols used and
// the pairs of neighbours, keep the 255 symbols or joined pairs that save most, and start over.
// Text is compressed greedily: a hash of three bytes finds at most one longer symbol; else a table
// of two bytes gives a symbol of two bytes, of one, or an escape. Source:  Boncz, Neumann, Leis:
// FSST (VLDB 2020). Thread-safety: immutable after `Train`.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "lance/encoding/codec/fsst/symbol_table.h"
#include "lance/encoding/values.h"

namespace lance::encoding::fsst {

/// A symbol and its code. Codes from 256 on stand for single bytes that need an escape.
struct Symbol {
  uint64_t bytes = 0;  // first byte lowest, zeros above `length`
  uint32_t length = 1;
  uint32_t code = 0;
};

/// Lookup of the longest symbol that begins a text.
class Matcher {
 public:
  Matcher();
  /// Add a symbol; false when its place is taken by another one.
  bool Add(uint64_t bytes, uint32_t length, uint32_t code);
  /// Match the `remaining` > 0 bytes in `word` (lowest first; at least 8 count as 8).
  inline Symbol Find(uint64_t word, uint64_t remaining) const;
  /// Match when at least 8 bytes remain.
  inline Symbol FindFast(uint64_t word) const;

 private:
  static constexpr int kHashBits = 12;
  struct Slot {
    uint64_t bytes = 1;  // together with a mask of 0 nothing matches
    uint64_t mask = 0;
    uint32_t length = 0;
    uint32_t code = 0;
  };
  static uint32_t Hash(uint64_t word) {
    return static_cast<uint32_t>((word & 0xffffff) * 0x9E3779B1u) >> (32 - kHashBits);
  }
  static Symbol ShortSymbol(uint16_t packed, uint64_t word) {
    const uint32_t length = packed >> 12;
    return {word & (length == 2 ? 0xffff : 0xff), length, packed & 0x1ffu};
  }

  std::vector<Slot> slots_;
  std::vector<uint16_t> pairs_;        // by two bytes: length << 12 | code
  std::array<uint16_t, 256> singles_;  // by one byte
};

inline Symbol Matcher::FindFast(uint64_t word) const {
  const Slot& slot = slots_[Hash(word)];
  const uint16_t packed = pairs_[word & 0xffff];
  const bool hit = (word & slot.mask) == slot.bytes;
  return {0, hit ? slot.length : packed >> 12, hit ? slot.code : packed & 0x1ffu};
}

inline Symbol Matcher::Find(uint64_t word, uint64_t remaining) const {
  const Slot& slot = slots_[Hash(word)];
  if ((word & slot.mask) == slot.bytes && slot.length <= remaining) {
    return {slot.bytes, slot.length, slot.code};
  }
  if (remaining == 1) return ShortSymbol(singles_[word & 0xff], word);
  return ShortSymbol(pairs_[word & 0xffff], word);
}

class Compressor {
 public:
  /// How much work to put into a table.
  struct Effort {
    uint64_t sample_bytes = 16 * 1024;
    int rounds = 5;
  };
  /// Make a table for the values, from a sample of them. The result depends on the values alone.
  static Compressor Train(const ValueView& values, const Effort& effort);

  const SymbolTable& table() const { return table_; }
  /// Compress `text`; `to` has room for twice its size. `text` may be read up to its end only.
  uint8_t* Compress(Bytes text, uint8_t* to) const;

 private:
  SymbolTable table_;
  Matcher matcher_;
};

/// Pieces of values, spread evenly, of about `max_bytes` together; borrowed.
std::vector<Bytes> SamplePieces(const ValueView& values, uint64_t max_bytes);

}  // namespace lance::encoding::fsst
