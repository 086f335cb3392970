// Bringing the columns of incoming batches into the order and types of a table.
//
// Values are never changed: only their representation may differ (offset width, views,
// dictionaries, lists that all have the length of a fixed-size list). Everything else is a
// SchemaMismatch that names the column, what was expected and what was found. Thread-safety:
// immutable after making.
#pragma once

#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/file/schema.h"

namespace lance {

class ColumnMatcher {
 public:
  /// Match `source` by name to the top-level fields of `target`. Fields of the target that the
  /// source lacks are left out when they are nullable.
  static Result<ColumnMatcher> Make(const file::Schema& target, const arrow::Schema& source,
                                    arrow::MemoryPool* pool);

  /// The fields of the target that are there, in the target's order, with the target's ids.
  const file::Schema& schema() const { return schema_; }

  /// Convert a batch of the source's schema.
  Result<std::shared_ptr<arrow::RecordBatch>> Match(const arrow::RecordBatch& batch) const;

 private:
  ColumnMatcher() = default;

  file::Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::vector<int> sources_;  // column of the source for each field
  arrow::MemoryPool* pool_ = nullptr;
};

}  // namespace lance
