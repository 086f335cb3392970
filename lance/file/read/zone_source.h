// Loads zone statistics of a data file when they are asked for, and keeps them.
//
// Thread-safety: may be shared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/file/statistics.h"
#include "lance/io/object_store.h"

namespace lance::file {

class ZoneSource {
 public:
  /// \param range  of the buffer; nullopt = the file has no statistics
  ZoneSource(std::shared_ptr<io::ObjectReader> object, std::optional<ByteRange> range,
             uint64_t num_rows, uint32_t num_columns)
      : object_(std::move(object)), range_(range), num_rows_(num_rows), num_columns_(num_columns) {}

  /// Zones of a column, null when it has none.
  Result<std::shared_ptr<const ColumnZones>> Load(uint32_t column);

 private:
  Status LoadDirectory();

  const std::shared_ptr<io::ObjectReader> object_;
  const std::optional<ByteRange> range_;
  const uint64_t num_rows_;
  const uint32_t num_columns_;
  std::mutex mutex_;
  std::shared_ptr<arrow::Buffer> head_;  // first bytes of the buffer
  std::optional<StatisticsDirectory> directory_;
  std::map<uint32_t, std::shared_ptr<const ColumnZones>> columns_;
};

}  // namespace lance::file
