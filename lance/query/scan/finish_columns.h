// Turns columns as files hold them into what the reader asked for: JSONB into text, descriptors of
// blobs into their bytes.
//
// Thread-safety: may be shared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/file/column_view.h"
#include "lance/query/scan.h"
#include "lance/query/scan/blob_objects.h"

namespace lance::query {

class ColumnFinisher {
 public:
  /// \param files   borrowed; outlives this
  /// \param fields  views, of which some are converted; copied
  static Result<std::shared_ptr<ColumnFinisher>> Make(
      FileCache& files, const table::Fragment& fragment,
      std::span<const file::SchemaField* const> fields);

  /// What to read from the files, one field per view.
  const std::vector<file::SchemaField>& stored() const { return stored_; }

  /// Rows from the start of `columns` whose blobs have up to `max_bytes`; at least one.
  int64_t CountFitting(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t num_rows,
                       uint64_t max_bytes) const;
  /// Convert the columns in place.
  Status Finish(std::vector<std::shared_ptr<arrow::Array>>* columns, arrow::MemoryPool* pool) const;

 private:
  Status AddBlobs(FileCache& files, const table::Fragment& fragment,
                  const file::SchemaField& field);
  Result<std::shared_ptr<arrow::ArrayData>> Convert(const file::SchemaField& view,
                                                    const std::shared_ptr<arrow::ArrayData>& data,
                                                    arrow::MemoryPool* pool) const;

  std::vector<file::SchemaField> views_;
  std::vector<file::SchemaField> stored_;
  std::map<int32_t, std::unique_ptr<BlobObjects>> blobs_;  // by field id; null = in no file
};

}  // namespace lance::query
