#include "lance/file/read/zone_source.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

namespace lance::file {
namespace {

// Small statistics come as a whole, with the directory.
constexpr uint64_t kHeadBytes = 64 << 10;

}  // namespace

Status ZoneSource::LoadDirectory() {
  if (directory_) return Status::OK();
  const uint64_t directory_bytes = StatisticsDirectoryBytes(num_columns_);
  const uint64_t wanted = std::min(range_->length, std::max(directory_bytes, kHeadBytes));
  ARROW_ASSIGN_OR_RAISE(head_, object_->Read({range_->offset, wanted}));
  ARROW_ASSIGN_OR_RAISE(auto directory,
                        ParseStatisticsDirectory({head_->data(), wanted}, range_->length));
  LANCE_CHECK_BYTES(directory.num_rows == num_rows_ && directory.columns.size() == num_columns_,
                    "zone statistics of ", directory.num_rows, " rows and ",
                    directory.columns.size(), " columns in a file of ", num_rows_, " rows and ",
                    num_columns_, " columns");
  directory_ = std::move(directory);
  return Status::OK();
}

Result<std::shared_ptr<const ColumnZones>> ZoneSource::Load(uint32_t column) {
  if (!range_ || column >= num_columns_) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto found = columns_.find(column); found != columns_.end()) return found->second;
  ARROW_RETURN_NOT_OK(LoadDirectory());
  const ByteRange place = directory_->columns[column];
  if (place.length == 0) return columns_[column] = nullptr;
  std::shared_ptr<arrow::Buffer> buffer = head_;
  uint64_t offset = place.offset;
  if (place.end() > static_cast<uint64_t>(head_->size())) {
    ARROW_ASSIGN_OR_RAISE(buffer, object_->Read({range_->offset + place.offset, place.length}));
    offset = 0;
  }
  ARROW_ASSIGN_OR_RAISE(ColumnZones zones,
                        ParseColumnZones({buffer->data() + offset, place.length}, *directory_));
  return columns_[column] = std::make_shared<const ColumnZones>(std::move(zones));
}

}  // namespace lance::file
