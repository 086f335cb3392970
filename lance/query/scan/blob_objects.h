// Finds where the bytes of blobs lie: descriptors to ranges of objects.
//
// Thread-safety: may be shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "arrow/type_fwd.h"
#include "lance/file/column_view.h"
#include "lance/query/scan.h"

namespace lance::query {

/// File of `fragment` that holds the column of field `id`; null when there is none.
const table::DataFile* FindDataFile(const table::Fragment& fragment, int32_t id);

/// Descriptors of one blob column of one fragment, made ready to be read.
class BlobObjects {
 public:
  /// \param files      borrowed; outlives this
  /// \param data_file  that holds the column
  BlobObjects(FileCache& files, table::DataFile data_file, file::BlobVersion version)
      : files_(files), data_file_(std::move(data_file)), version_(version) {}

  /// Bytes of row `row` of `descriptors` (a struct array as `file::DescribeBlob` says, without
  /// offset); an unknown size is asked for. Nothing for a null row.
  Result<std::optional<BlobPlace>> Find(const arrow::ArrayData& descriptors, int64_t row);
  /// Bytes that row `row` will have, without opening anything; 0 when only its object knows.
  uint64_t KnownSize(const arrow::ArrayData& descriptors, int64_t row) const;

  /// Make a large_binary array of the bytes of all rows; neighbours are read together.
  Result<std::shared_ptr<arrow::Array>> ReadAll(const arrow::ArrayData& descriptors,
                                                arrow::MemoryPool* pool);

 private:
  struct Descriptor {
    file::BlobKind kind = file::BlobKind::kInline;
    uint64_t position = 0;
    uint64_t size = 0;
    uint32_t blob_id = 0;
    std::string_view uri;
  };
  Result<Descriptor> Parse(const arrow::ArrayData& descriptors, int64_t row) const;
  Result<std::shared_ptr<io::ObjectReader>> Open(const Descriptor& descriptor);

  FileCache& files_;
  const table::DataFile data_file_;
  const file::BlobVersion version_;
};

}  // namespace lance::query
