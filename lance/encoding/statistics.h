// Smallest and largest value, nulls and NaNs of zones of rows, gathered while a column is encoded.
//
// A zone is a fixed number of rows, counted from the first row of the file, so that the zones of
// all columns end at the same rows, whatever their pages are. Bounds are inclusive and may be wider
// than the values: long texts are cut. Columns below lists have no zones.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"

namespace lance::encoding {

inline constexpr uint32_t kZoneRows = 16 << 10;
/// Longest bound of a text.
inline constexpr size_t kMaxBoundBytes = 32;

/// How values compare, the numbers of the file.
enum class ValueOrder : uint8_t { kNone = 0, kSigned = 1, kUnsigned = 2, kFloat = 3, kBytes = 4 };

struct BoundType {
  ValueOrder order = ValueOrder::kNone;
  uint16_t value_bytes = 0;  // of a fixed value: 1, 2, 4, 8, 16 or 32; else 0
  bool operator==(const BoundType&) const = default;
};

/// How bounds of a leaf of `type` compare; booleans are unsigned bytes, the rest is as in Arrow
/// memory. kNone for types without bounds.
BoundType BoundTypeOf(const arrow::DataType& type);

/// Compare two values or bounds: below, at or above 0. Numbers are little-endian; floats may be of
/// 4 or 8 bytes on each side and must not be NaN.
int CompareBounds(BoundType type, std::string_view left, std::string_view right);

struct ZoneStatistics {
  uint32_t num_rows = 0;
  uint32_t num_nulls = 0;  // rows without a value, because they or a struct above are null
  uint32_t num_nans = 0;
  /// Every value but NaN lies between these. Unset: there is no such value, or no bound is known.
  std::optional<std::string> min;
  std::optional<std::string> max;

  bool has_values() const { return num_rows > num_nulls + num_nans; }
  bool operator==(const ZoneStatistics&) const = default;
};

/// Add the rows of `from` to `zone`, which they follow.
void MergeZone(BoundType type, const ZoneStatistics& from, ZoneStatistics* zone);

}  // namespace lance::encoding
