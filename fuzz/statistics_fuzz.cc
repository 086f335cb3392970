// Zone statistics of a data file; checksums are put right so that what lies behind them is reached.
#include <arrow/util/crc32.h>

#include <string>

#include "lance/file/statistics.h"

namespace {

std::string Checksum(std::string_view bytes) {
  const auto sum = static_cast<uint32_t>(arrow::internal::crc32(0, bytes.data(), bytes.size()));
  return {reinterpret_cast<const char*>(&sum), sizeof(sum)};
}

// Parse a directory, and its columns where they are claimed to be.
void ParseAll(lance::Bytes bytes) {
  const auto directory = lance::file::ParseStatisticsDirectory(bytes, bytes.size());
  if (!directory.ok()) return;
  for (const lance::ByteRange& range : directory->columns) {
    (void)lance::file::ParseColumnZones(bytes.subspan(range.offset, range.length), *directory);
  }
}

void ParseColumn(std::string column, uint64_t num_rows) {
  lance::file::StatisticsDirectory directory;
  directory.zone_rows = 1 + static_cast<uint32_t>(num_rows % 7);
  directory.num_rows = num_rows;
  column += Checksum(column);
  (void)lance::file::ParseColumnZones(lance::AsBytes(column), directory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ParseAll({data, size});
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  constexpr size_t kSumAt = 28;
  if (size >= 32) {
    std::string fixed = bytes;
    uint32_t num_columns = 0;
    std::memcpy(&num_columns, data + 24, 4);
    const std::string directory = bytes.substr(32, size_t{num_columns} * 16);
    fixed.replace(kSumAt, 4, Checksum(bytes.substr(0, kSumAt) + directory));
    ParseAll(lance::AsBytes(fixed));
  }
  if (size >= 2) ParseColumn(bytes.substr(2), data[0] | data[1] << 8);
  return 0;
}
