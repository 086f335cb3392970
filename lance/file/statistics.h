// The zone statistics of a data file as bytes: a global buffer of our own.
//
// Source: docs/format.md, "Zone statistics". Official readers do not look at it; a file without it
// reads the same. Bytes are hostile: checksums, lengths and counts are checked, and what is wrong
// is Corruption. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/encoding/statistics.h"

namespace lance::file {

using encoding::BoundType;
using encoding::ValueOrder;
using encoding::ZoneStatistics;

/// Key in the metadata of a file's own schema; the value is the number of the global buffer.
inline constexpr const char* kStatisticsKey = "lance-cpp:zone-statistics";

/// Zones of one column of a file, from its first row on.
struct ColumnZones {
  BoundType type;
  uint32_t zone_rows = encoding::kZoneRows;  // of every zone but the last one
  std::vector<ZoneStatistics> zones;
};

/// Turns zones into the bytes of a column, as they come.
class ZoneSerializer {
 public:
  explicit ZoneSerializer(BoundType type) : type_(type) {}

  /// Add the zones of a page: the first one goes on with the last one unless that is full.
  void Add(std::span<const ZoneStatistics> zones);
  std::string Finish();

 private:
  void PutZone(const ZoneStatistics& zone);

  BoundType type_;
  ZoneStatistics open_;
  uint32_t num_zones_ = 0;
  std::string out_;
};

/// Put the bytes of the columns together; an empty one has no statistics.
std::string SerializeStatistics(std::span<const std::string> columns, uint64_t num_rows);

/// What stands before the columns.
struct StatisticsDirectory {
  uint32_t zone_rows = 0;
  uint64_t num_rows = 0;
  std::vector<ByteRange> columns;  // in the buffer; length 0 = none
};

/// Bytes of the directory of a file with `num_columns` columns.
uint64_t StatisticsDirectoryBytes(uint32_t num_columns);
/// Parse the directory from the first bytes of a buffer of `buffer_bytes`. Unsupported for a newer
/// version.
Result<StatisticsDirectory> ParseStatisticsDirectory(Bytes bytes, uint64_t buffer_bytes);
/// Parse the bytes of one column.
Result<ColumnZones> ParseColumnZones(Bytes bytes, const StatisticsDirectory& directory);

}  // namespace lance::file
