#include "lance/file/statistics.h"

#include <arrow/util/crc32.h>

#include <algorithm>
#include <utility>

namespace lance::file {
namespace {

constexpr std::string_view kStatisticsMagic = "LCPPZONE";
constexpr uint32_t kStatisticsVersion = 1;
constexpr uint64_t kDirectoryHeaderBytes = 32;
constexpr uint64_t kColumnHeaderBytes = 8;
constexpr uint64_t kChecksumBytes = 4;

enum ZoneFlag : uint8_t {
  kSomeNull = 1,
  kAllNull = 2,
  kSomeNan = 4,
  kHasMin = 8,
  kHasMax = 16,
  kMaxIsMin = 32,
};
constexpr uint8_t kAllFlags = 63;

template <typename T>
void PutInteger(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

uint32_t ChecksumOf(Bytes bytes) {
  return static_cast<uint32_t>(arrow::internal::crc32(0, bytes.data(), bytes.size()));
}

bool IsKnown(BoundType type) {
  const uint16_t bytes = type.value_bytes;
  switch (type.order) {
    case ValueOrder::kNone:
    case ValueOrder::kBytes:
      return bytes == 0;
    case ValueOrder::kSigned:
      return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16 || bytes == 32;
    case ValueOrder::kUnsigned:
      return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    case ValueOrder::kFloat:
      return bytes == 4 || bytes == 8;
  }
  return false;
}

class ZoneParser {
 public:
  ZoneParser(Bytes bytes, BoundType type) : cursor_(bytes, "zone statistics"), type_(type) {}

  Result<ZoneStatistics> Next(uint32_t num_rows) {
    ZoneStatistics out;
    out.num_rows = num_rows;
    ARROW_ASSIGN_OR_RAISE(const uint8_t flags, cursor_.Read<uint8_t>());
    LANCE_CHECK_BYTES((flags & ~kAllFlags) == 0, "zone statistics with unknown flags ",
                      static_cast<int>(flags));
    if (flags & kAllNull) out.num_nulls = num_rows;
    if (flags & kSomeNull) {
      ARROW_ASSIGN_OR_RAISE(out.num_nulls, cursor_.Read<uint32_t>());
    }
    if (flags & kSomeNan) {
      ARROW_ASSIGN_OR_RAISE(out.num_nans, cursor_.Read<uint32_t>());
    }
    LANCE_CHECK_BYTES(out.num_nulls <= num_rows && out.num_nans <= num_rows - out.num_nulls,
                      "a zone of ", num_rows, " rows has ", out.num_nulls, " nulls and ",
                      out.num_nans, " NaNs");
    if (flags & kHasMin) {
      ARROW_ASSIGN_OR_RAISE(out.min, Bound());
    }
    if (flags & kMaxIsMin) out.max = out.min;
    if (flags & kHasMax) {
      ARROW_ASSIGN_OR_RAISE(out.max, Bound());
    }
    LANCE_CHECK_BYTES(!out.min || !out.max || CompareBounds(type_, *out.min, *out.max) <= 0,
                      "the least value of a zone is above its largest");
    return out;
  }
  bool is_done() const { return cursor_.remaining() == 0; }

 private:
  Result<std::string> Bound() {
    uint64_t length = type_.value_bytes;
    if (type_.order == ValueOrder::kBytes) {
      ARROW_ASSIGN_OR_RAISE(length, cursor_.Read<uint8_t>());
    }
    ARROW_ASSIGN_OR_RAISE(const Bytes value, cursor_.Take(length));
    return std::string(AsText(value));
  }

  ByteCursor cursor_;
  BoundType type_;
};

}  // namespace

void ZoneSerializer::Add(std::span<const ZoneStatistics> zones) {
  for (const ZoneStatistics& zone : zones) {
    MergeZone(type_, zone, &open_);
    if (open_.num_rows == encoding::kZoneRows) PutZone(std::exchange(open_, {}));
  }
}

void ZoneSerializer::PutZone(const ZoneStatistics& zone) {
  uint8_t flags = 0;
  const bool all_null = zone.num_nulls == zone.num_rows;
  const bool same = zone.min && zone.max && *zone.min == *zone.max;
  if (all_null) flags |= kAllNull;
  if (zone.num_nulls > 0 && !all_null) flags |= kSomeNull;
  if (zone.num_nans > 0) flags |= kSomeNan;
  if (zone.min) flags |= kHasMin;
  if (zone.max) flags |= same ? kMaxIsMin : kHasMax;
  PutInteger<uint8_t>(flags, &out_);
  if (flags & kSomeNull) PutInteger<uint32_t>(zone.num_nulls, &out_);
  if (flags & kSomeNan) PutInteger<uint32_t>(zone.num_nans, &out_);
  const auto put_bound = [&](const std::string& bound) {
    if (type_.order == ValueOrder::kBytes) {
      PutInteger<uint8_t>(static_cast<uint8_t>(bound.size()), &out_);
    }
    out_ += bound;
  };
  if (flags & kHasMin) put_bound(*zone.min);
  if (flags & kHasMax) put_bound(*zone.max);
  ++num_zones_;
}

std::string ZoneSerializer::Finish() {
  if (open_.num_rows > 0) PutZone(std::exchange(open_, {}));
  std::string out;
  PutInteger<uint8_t>(static_cast<uint8_t>(type_.order), &out);
  PutInteger<uint8_t>(0, &out);
  PutInteger<uint16_t>(type_.value_bytes, &out);
  PutInteger<uint32_t>(num_zones_, &out);
  out += out_;
  PutInteger<uint32_t>(ChecksumOf(AsBytes(out)), &out);
  return out;
}

uint64_t StatisticsDirectoryBytes(uint32_t num_columns) {
  return kDirectoryHeaderBytes + uint64_t{num_columns} * 16;
}

std::string SerializeStatistics(std::span<const std::string> columns, uint64_t num_rows) {
  const auto num_columns = static_cast<uint32_t>(columns.size());
  std::string out(kStatisticsMagic);
  PutInteger<uint32_t>(kStatisticsVersion, &out);
  PutInteger<uint32_t>(encoding::kZoneRows, &out);
  PutInteger<uint64_t>(num_rows, &out);
  PutInteger<uint32_t>(num_columns, &out);
  std::string directory;
  uint64_t offset = StatisticsDirectoryBytes(num_columns);
  for (const std::string& column : columns) {
    PutInteger<uint64_t>(column.empty() ? 0 : offset, &directory);
    PutInteger<uint64_t>(column.size(), &directory);
    offset += column.size();
  }
  PutInteger<uint32_t>(ChecksumOf(AsBytes(out + directory)), &out);
  out += directory;
  for (const std::string& column : columns) out += column;
  return out;
}

Result<StatisticsDirectory> ParseStatisticsDirectory(Bytes bytes, uint64_t buffer_bytes) {
  ByteCursor cursor(bytes, "the directory of the zone statistics");
  StatisticsDirectory out;
  ARROW_ASSIGN_OR_RAISE(const Bytes magic, cursor.Take(kStatisticsMagic.size()));
  LANCE_CHECK_BYTES(AsText(magic) == kStatisticsMagic, "zone statistics begin with '",
                    AsText(magic), "', expected '", kStatisticsMagic, "'");
  ARROW_ASSIGN_OR_RAISE(const uint32_t version, cursor.Read<uint32_t>());
  if (version != kStatisticsVersion) return Unsupported("zone statistics of version ", version);
  ARROW_ASSIGN_OR_RAISE(out.zone_rows, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(out.num_rows, cursor.Read<uint64_t>());
  ARROW_ASSIGN_OR_RAISE(const uint32_t num_columns, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const uint32_t checksum, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const Bytes directory, cursor.Take(uint64_t{num_columns} * 16));
  const std::string checked =
      std::string(AsText(bytes.first(kDirectoryHeaderBytes - kChecksumBytes))) +
      std::string(AsText(directory));
  LANCE_CHECK_BYTES(checksum == ChecksumOf(AsBytes(checked)),
                    "the checksum of the directory of the zone statistics is wrong");
  LANCE_CHECK_BYTES(out.zone_rows > 0, "zones of no row");
  for (uint32_t i = 0; i < num_columns; ++i) {
    const ByteRange range{LoadUnaligned<uint64_t>(directory.data() + i * 16),
                          LoadUnaligned<uint64_t>(directory.data() + i * 16 + 8)};
    LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, buffer_bytes),
                      "zone statistics of column ", i, " at ", range.offset, " of ", range.length,
                      " bytes leave their buffer of ", buffer_bytes);
    out.columns.push_back(range);
  }
  return out;
}

Result<ColumnZones> ParseColumnZones(Bytes bytes, const StatisticsDirectory& directory) {
  LANCE_CHECK_BYTES(bytes.size() >= kColumnHeaderBytes + kChecksumBytes,
                    "zone statistics of a column in ", bytes.size(), " bytes");
  const Bytes body = bytes.first(bytes.size() - kChecksumBytes);
  LANCE_CHECK_BYTES(ChecksumOf(body) == LoadUnaligned<uint32_t>(body.data() + body.size()),
                    "the checksum of the zone statistics of a column is wrong");
  ColumnZones out;
  out.zone_rows = directory.zone_rows;
  out.type.order = static_cast<ValueOrder>(body[0]);
  out.type.value_bytes = LoadUnaligned<uint16_t>(body.data() + 2);
  LANCE_CHECK_BYTES(body[1] == 0 && IsKnown(out.type), "zone statistics of order ",
                    static_cast<int>(body[0]), " and ", out.type.value_bytes, " bytes");
  const uint64_t num_zones = LoadUnaligned<uint32_t>(body.data() + 4);
  // A zone takes a byte at least.
  LANCE_CHECK_BYTES(num_zones <= body.size() - kColumnHeaderBytes, num_zones, " zones in ",
                    body.size(), " bytes");
  const uint64_t full_zones = directory.num_rows / directory.zone_rows;
  const auto rest = static_cast<uint32_t>(directory.num_rows % directory.zone_rows);
  LANCE_CHECK_BYTES(num_zones == full_zones + (rest > 0), num_zones, " zones of ",
                    directory.zone_rows, " rows for ", directory.num_rows, " rows");
  ZoneParser parser(body.subspan(kColumnHeaderBytes), out.type);
  out.zones.reserve(num_zones);
  for (uint64_t i = 0; i < num_zones; ++i) {
    ARROW_ASSIGN_OR_RAISE(ZoneStatistics zone,
                          parser.Next(i < full_zones ? directory.zone_rows : rest));
    out.zones.push_back(std::move(zone));
  }
  LANCE_CHECK_BYTES(parser.is_done(), "bytes behind the zone statistics of a column");
  return out;
}

}  // namespace lance::file
