// Row identities, as types of their own: mixing them up must not compile.
#pragma once

#include <cstdint>

namespace lance {

/// Position of a row in a whole table scan, 0-based, deleted rows not counted.
struct RowOffset {
  uint64_t value = 0;
  auto operator<=>(const RowOffset&) const = default;
};

/// Where a row lies: fragment id in the upper 32 bits, physical offset in the lower.
struct RowAddress {
  uint64_t value = 0;
  static constexpr RowAddress Make(uint32_t fragment_id, uint32_t physical_offset) {
    return {static_cast<uint64_t>(fragment_id) << 32 | physical_offset};
  }
  constexpr uint32_t fragment_id() const { return static_cast<uint32_t>(value >> 32); }
  constexpr uint32_t physical_offset() const { return static_cast<uint32_t>(value); }
  auto operator<=>(const RowAddress&) const = default;
};

/// Name of a row that survives moves when the table has stable row ids; else equal to its address.
struct RowId {
  uint64_t value = 0;
  auto operator<=>(const RowId&) const = default;
};

}  // namespace lance
