#include "lance/encoding/codec/fsst/symbol_table.h"

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

inline uint8_t* PutSymbol(const SymbolTable& table, uint8_t code, uint8_t* to) {
  StoreUnaligned<uint64_t>(to, table.symbols[code]);
  return to + table.lengths[code];
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
  const int num_symbols = table.num_symbols;
  const bool all_codes_known = num_symbols == kMaxSymbols;
  while (at < end) {
    while (all_codes_known && end - at >= 4) {
      const auto codes = LoadUnaligned<uint32_t>(at);
      if (HasEscape(codes)) break;
      to = PutSymbol(table, static_cast<uint8_t>(codes), to);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 8), to);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 16), to);
      to = PutSymbol(table, static_cast<uint8_t>(codes >> 24), to);
      at += 4;
    }
    if (at == end) break;
    const uint8_t code = *at++;
    if (code < num_symbols) [[likely]] {
      to = PutSymbol(table, code, to);
      continue;
    }
    if (code != kEscape || at == end) return nullptr;
    *to++ = *at++;
  }
  return to;
}

uint64_t DecompressedSize(const SymbolTable& table, Bytes text) {
  uint64_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == kEscape;
    size += escape ? 1 : table.lengths[text[i]];
    i += escape;
  }
  return size;
}

}  // namespace lance::encoding::fsst
