#include "lance/encoding/codec/fsst/symbol_table.h"

#include <algorithm>
#include <cstring>

namespace lance::encoding::fsst {
namespace {

constexpr uint64_t kMagic = 0x46535354;
constexpr uint64_t kHeaderBytes = 8;

// True when one of the four codes in `codes` is the escape: a byte of all ones.
inline bool HasEscape(uint32_t codes) {
  const uint32_t inverted = ~codes;
  return ((inverted - 0x01010101u) & ~inverted & 0x80808080u) != 0;
}

// Copy the symbol of `code`; unknown codes take no room and leave a mark in `marks`.
inline uint8_t* PutSymbol(const SymbolTable& table, uint8_t code, uint8_t* to, uint32_t* marks) {
  StoreUnaligned<uint64_t>(to, table.symbols[code]);
  const uint32_t length = table.lengths[code];
  *marks |= length;
  return to + (length & kLengthMask);
}

}  // namespace

Result<SymbolTable> ParseSymbolTable(Bytes bytes) {
  ByteCursor cursor(bytes, "FSST symbol table");
  ARROW_ASSIGN_OR_RAISE(const uint64_t header, cursor.Read<uint64_t>());
  LANCE_CHECK_BYTES(header >> 32 == kMagic, "an FSST symbol table begins with ", header);
  SymbolTable table;
  table.compresses = (header >> 24 & 1) != 0;
  table.num_symbols = static_cast<int>(header & 0xff);
  if (!table.compresses) return table;
  const auto count = static_cast<uint64_t>(table.num_symbols);
  std::fill(table.lengths + count, table.lengths + 256, kUnknownCode);
  ARROW_ASSIGN_OR_RAISE(Bytes symbols, cursor.Take(count * 8));
  ARROW_ASSIGN_OR_RAISE(Bytes lengths, cursor.Take(count));
  for (uint64_t i = 0; i < count; ++i) {
    LANCE_CHECK_BYTES(lengths[i] >= 1 && lengths[i] <= kMaxSymbolBytes, "an FSST symbol of ",
                      static_cast<int>(lengths[i]), " bytes");
    table.symbols[i] = LoadUnaligned<uint64_t>(symbols.data() + i * 8);
    table.lengths[i] = lengths[i];
  }
  return table;
}

std::string SerializeSymbolTable(const SymbolTable& table) {
  std::string out(kTableBytes, '\0');
  const uint64_t header =
      kMagic << 32 | uint64_t{table.compresses} << 24 | static_cast<uint64_t>(table.num_symbols);
  std::memcpy(out.data(), &header, 8);
  const auto count = static_cast<size_t>(table.num_symbols);
  std::memcpy(out.data() + kHeaderBytes, table.symbols, count * 8);
  std::memcpy(out.data() + kHeaderBytes + count * 8, table.lengths, count);
  return out;
}

uint8_t* Decompress(const SymbolTable& table, Bytes text, uint8_t* to) {
  const uint8_t* at = text.data();
  const uint8_t* const end = at + text.size();
  uint32_t marks = 0;
  while (at < end) {
    while (end - at >= 4) {
      const auto codes = LoadUnaligned<uint32_t>(at);
      if (HasEscape(codes)) break;
      to = PutSymbol(table, static_cast<uint8_t>(codes), to, &marks);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 8), to, &marks);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 16), to, &marks);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 24), to, &marks);
      at += 4;
    }
    if (at == end) break;
    const uint8_t code = *at++;
    if (code != kEscape) [[likely]] {
      to = PutSymbol(table, code, to, &marks);
      continue;
    }
    if (at == end) return nullptr;
    *to++ = *at++;
  }
  return (marks & kUnknownCode) != 0 ? nullptr : to;
}

uint8_t* DecompressMany(const SymbolTable& table, Bytes text, uint8_t* to, uint32_t* positions) {
  uint8_t* const begin = to;
  const uint8_t* const codes = text.data();
  const size_t size = text.size();
  uint32_t marks = 0;
  const auto put = [&](size_t i) {
    positions[i] = static_cast<uint32_t>(to - begin);
    to = PutSymbol(table, codes[i], to, &marks);
  };
  size_t at = 0;
  while (at < size) {
    for (; at + 4 <= size && !HasEscape(LoadUnaligned<uint32_t>(codes + at)); at += 4) {
      put(at);
      put(at + 1);
      put(at + 2);
      put(at + 3);
    }
    if (at == size) break;
    if (codes[at] != kEscape) {
      put(at++);
      continue;
    }
    if (at + 1 == size) return nullptr;
    positions[at] = static_cast<uint32_t>(to - begin);
    positions[at + 1] = kNoPosition;
    *to++ = codes[at + 1];
    at += 2;
  }
  positions[size] = static_cast<uint32_t>(to - begin);
  return (marks & kUnknownCode) != 0 ? nullptr : to;
}

uint64_t DecompressedSize(const SymbolTable& table, Bytes text) {
  uint64_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == kEscape;
    size += escape ? 1 : table.lengths[text[i]] & kLengthMask;
    i += escape;
  }
  return size;
}

}  // namespace lance::encoding::fsst
