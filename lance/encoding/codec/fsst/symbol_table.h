// The symbol table of FSST: up to 255 symbols of 1 to 8 bytes, each named by a one-byte code.
//
// Bytes:   [header: u64 = "FSST" << 32 | switch << 24 | suffix limit << 16 | terminator << 8 | n]
//          [symbol: 8 bytes x n][length: u8 x n][zeros up to 2312 bytes]
//          In the compressed text code 255 says that the next byte is literal.
// Source:  Boncz, Neumann, Leis: FSST: Fast Random Access String Compression (VLDB 2020); Lance
// file
//          format 2.1, Fsst. Thread-safety: tables are immutable once made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lance/base/bytes.h"

namespace lance::encoding::fsst {

inline constexpr int kMaxSymbols = 255;
inline constexpr int kEscape = 255;
inline constexpr int kMaxSymbolBytes = 8;
inline constexpr size_t kTableBytes = 2312;

struct SymbolTable {
  bool compresses = true;  // false: the text is stored as it is
  int num_symbols = 0;
  uint64_t symbols[256] = {};
  uint8_t lengths[256] = {};  // kUnknownCode where there is no symbol
};
/// Marks codes without symbol; the lower bits are the length, 0.
inline constexpr uint8_t kUnknownCode = 0x80;
inline constexpr uint8_t kLengthMask = 0x0f;

/// Parse the table of an encoding; Corruption when it is malformed.
Result<SymbolTable> ParseSymbolTable(Bytes bytes);
std::string SerializeSymbolTable(const SymbolTable& table);

/// Decompress one string; writes up to 8 bytes per byte of `text`, and up to 8 bytes beyond.
/// Return the end of the output, or null when `text` has an unknown code or ends in an escape.
uint8_t* Decompress(const SymbolTable& table, Bytes text, uint8_t* to);

/// Decompress the text of many strings at once, which saves a mispredicted branch for each of them.
/// `positions` (text.size() + 1) receives the bytes of output before each byte of `text`, and
/// `kNoPosition` between an escape and its byte. `text` is at most `kMaxManyBytes` long.
uint8_t* DecompressMany(const SymbolTable& table, Bytes text, uint8_t* to, uint32_t* positions);
inline constexpr uint32_t kNoPosition = 0xffffffff;
inline constexpr uint64_t kMaxManyBytes = 64 * 1024;

/// Bytes that `text` would take decompressed; an upper bound for malformed text.
uint64_t DecompressedSize(const SymbolTable& table, Bytes text);

}  // namespace lance::encoding::fsst
