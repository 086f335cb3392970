#include "lance/encoding/codec/fsst/compressor.h"

#include <algorithm>
#include <cstring>

namespace lance::encoding::fsst {
namespace {

constexpr uint32_t kLiteral = 256;  // codes above: one byte that needs an escape
constexpr int kCodes = 512;

uint64_t LowBytes(uint32_t count) {
  return count >= 8 ? ~uint64_t{0} : (uint64_t{1} << (count * 8)) - 1;
}

// The next up to 8 bytes, zeros behind the end.
uint64_t LoadUpTo8(const uint8_t* at, uint64_t remaining) {
  if (remaining >= 8) return LoadUnaligned<uint64_t>(at);
  uint64_t word = 0;
  std::memcpy(&word, at, remaining);
  return word;
}

// A symbol that may enter the next table, with what it would save.
struct Candidate {
  uint64_t bytes = 0;
  uint32_t length = 0;
  uint64_t gain = 0;
};

// Candidates by symbol; grows with the sample.
class CandidateSet {
 public:
  explicit CandidateSet(size_t expected) {
    size_t size = 1024;
    while (size < expected * 2) size *= 2;
    slots_.assign(size, -1);
    candidates_.reserve(expected);
  }
  void Add(uint64_t bytes, uint32_t length, uint64_t gain) {
    size_t at = ((bytes ^ length) * 0x9E3779B97F4A7C15ull) >> 20 & (slots_.size() - 1);
    while (slots_[at] >= 0) {
      Candidate& known = candidates_[slots_[at]];
      if (known.bytes == bytes && known.length == length) {
        known.gain += gain;
        return;
      }
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = static_cast<int32_t>(candidates_.size());
    candidates_.push_back({bytes, length, gain});
  }
  // All of them, the most useful first.
  std::vector<Candidate> Sorted() && {
    const auto better = [](const Candidate& a, const Candidate& b) {
      if (a.gain != b.gain) return a.gain > b.gain;
      return a.length != b.length ? a.length > b.length : a.bytes < b.bytes;
    };
    // More than fit, for some have to yield to others with the same hash.
    const size_t wanted = std::min<size_t>(candidates_.size(), 2 * kMaxSymbols);
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<ptrdiff_t>(wanted),
                      candidates_.end(), better);
    candidates_.resize(wanted);
    return std::move(candidates_);
  }

 private:
  std::vector<int32_t> slots_;
  std::vector<Candidate> candidates_;
};

// What compressing the sample has used.
struct Counts {
  std::vector<uint32_t> single = std::vector<uint32_t>(kCodes, 0);
  std::vector<uint32_t> pair = std::vector<uint32_t>(kCodes * kCodes, 0);
  std::vector<uint32_t> pairs_seen;

  void Clear() {
    std::fill(single.begin(), single.end(), 0);
    for (uint32_t seen : pairs_seen) pair[seen] = 0;
    pairs_seen.clear();
  }
  void CountPair(uint32_t first, uint32_t second) {
    const uint32_t at = first * kCodes + second;
    if (pair[at]++ == 0) pairs_seen.push_back(at);
  }
};

void CountPiece(const Matcher& matcher, Bytes piece, Counts* counts) {
  const uint8_t* at = piece.data();
  uint64_t remaining = piece.size();
  int64_t previous = -1;
  while (remaining > 0) {
    const Symbol symbol = matcher.Find(LoadUpTo8(at, remaining), remaining);
    ++counts->single[symbol.code];
    if (previous >= 0) counts->CountPair(static_cast<uint32_t>(previous), symbol.code);
    // The first byte alone may grow into a symbol of its own again.
    if (symbol.length > 1) ++counts->single[kLiteral + *at];
    previous = symbol.code;
    at += symbol.length;
    remaining -= symbol.length;
  }
}

Symbol SymbolOfCode(const SymbolTable& table, uint32_t code) {
  if (code >= kLiteral) return {code - kLiteral, 1, code};
  return {table.symbols[code], table.lengths[code], code};
}

// Choose the symbols of the next round.
std::vector<Candidate> ChooseSymbols(const SymbolTable& table, const Counts& counts,
                                     bool join_pairs) {
  CandidateSet set(counts.pairs_seen.size() + kCodes);
  for (uint32_t code = 0; code < kCodes; ++code) {
    if (counts.single[code] == 0) continue;
    const Symbol symbol = SymbolOfCode(table, code);
    // A single byte saves its escape, and keeps all text near it compressible.
    const uint64_t weight = symbol.length == 1 ? 8 : symbol.length;
    set.Add(symbol.bytes, symbol.length, weight * counts.single[code]);
  }
  for (uint32_t seen : counts.pairs_seen) {
    if (!join_pairs) break;
    const Symbol first = SymbolOfCode(table, seen / kCodes);
    const Symbol second = SymbolOfCode(table, seen % kCodes);
    if (first.length == kMaxSymbolBytes) continue;
    const uint32_t length = std::min<uint32_t>(kMaxSymbolBytes, first.length + second.length);
    const uint64_t bytes = (first.bytes | second.bytes << (first.length * 8)) & LowBytes(length);
    set.Add(bytes, length, uint64_t{length} * counts.pair[seen]);
  }
  return std::move(set).Sorted();
}

// Build the table and its lookup from the best candidates that do not collide.
void BuildTable(const std::vector<Candidate>& candidates, SymbolTable* table, Matcher* matcher) {
  *table = SymbolTable();
  *matcher = Matcher();
  for (const Candidate& candidate : candidates) {
    if (table->num_symbols == kMaxSymbols) break;
    const auto code = static_cast<uint32_t>(table->num_symbols);
    if (!matcher->Add(candidate.bytes, candidate.length, code)) continue;
    table->symbols[code] = candidate.bytes;
    table->lengths[code] = static_cast<uint8_t>(candidate.length);
    ++table->num_symbols;
  }
}

}  // namespace

Matcher::Matcher() : slots_(size_t{1} << kHashBits), pairs_(size_t{1} << 16) {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    singles_[byte] = static_cast<uint16_t>(1 << 12 | (kLiteral + byte));
  }
  for (uint32_t pair = 0; pair < pairs_.size(); ++pair) pairs_[pair] = singles_[pair & 0xff];
}

bool Matcher::Add(uint64_t bytes, uint32_t length, uint32_t code) {
  const auto packed = static_cast<uint16_t>(length << 12 | code);
  if (length == 1) {
    singles_[bytes] = packed;
    for (uint32_t second = 0; second < 256; ++second) {
      uint16_t& pair = pairs_[second << 8 | bytes];
      if (pair >> 12 == 1) pair = packed;
    }
    return true;
  }
  if (length == 2) {
    pairs_[bytes] = packed;
    return true;
  }
  Slot& slot = slots_[Hash(bytes)];
  if (slot.length != 0) return false;
  slot = {bytes, LowBytes(length), length, code};
  return true;
}

std::vector<Bytes> SamplePieces(const ValueView& values, uint64_t max_bytes) {
  constexpr uint64_t kPieceBytes = 512;
  std::vector<Bytes> pieces;
  if (values.num_values == 0) return pieces;
  const auto begin = static_cast<uint64_t>(values.offset(0));
  const auto total = static_cast<uint64_t>(values.offset(values.num_values)) - begin;
  // Runs of neighbouring values, one after each `skip` values.
  const uint64_t runs = std::max<uint64_t>(1, max_bytes / kPieceBytes);
  const int64_t skip =
      total <= max_bytes ? 1 : std::max<int64_t>(1, values.num_values / static_cast<int64_t>(runs));
  uint64_t taken = 0;
  for (int64_t run = 0; run < values.num_values && taken < max_bytes; run += skip) {
    uint64_t in_run = 0;
    for (int64_t i = run; i < std::min(run + skip, values.num_values); ++i) {
      const auto from = static_cast<uint64_t>(values.offset(i));
      const auto length = static_cast<uint64_t>(values.offset(i + 1)) - from;
      if (length == 0) continue;
      const uint64_t piece = std::min(length, kPieceBytes);
      // Of a long value, another part each time.
      const uint64_t shift = (length - piece) * (static_cast<uint64_t>(i) % 7) / 7;
      pieces.push_back(values.data.subspan(from + shift, piece));
      in_run += piece;
      if (in_run >= kPieceBytes && total > max_bytes) break;
    }
    taken += in_run;
  }
  return pieces;
}

Compressor Compressor::Train(const ValueView& values, const Effort& effort) {
  Compressor out;
  const std::vector<Bytes> pieces = SamplePieces(values, effort.sample_bytes);
  Counts counts;
  for (int round = 0; round < effort.rounds; ++round) {
    counts.Clear();
    for (const Bytes& piece : pieces) CountPiece(out.matcher_, piece, &counts);
    const bool last = round + 1 == effort.rounds;
    BuildTable(ChooseSymbols(out.table_, counts, !last), &out.table_, &out.matcher_);
  }
  return out;
}

uint8_t* Compressor::Compress(Bytes text, uint8_t* to) const {
  const uint8_t* at = text.data();
  const uint8_t* const end = at + text.size();
  const auto put = [&](const Symbol& symbol) {
    to[0] = static_cast<uint8_t>(std::min<uint32_t>(symbol.code, kEscape));
    to[1] = *at;  // counts only behind an escape
    to += symbol.code >= kLiteral ? 2 : 1;
    at += symbol.length;
  };
  while (end - at >= 8) put(matcher_.FindFast(LoadUnaligned<uint64_t>(at)));
  while (at < end) {
    const auto remaining = static_cast<uint64_t>(end - at);
    put(matcher_.Find(LoadUpTo8(at, remaining), remaining));
  }
  return to;
}

}  // namespace lance::encoding::fsst
