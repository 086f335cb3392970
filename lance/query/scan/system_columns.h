// Makes the system columns of rows of one fragment.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/query/scan/plan.h"
#include "lance/query/scan/rows.h"

namespace lance::query {

class SystemColumnMaker {
 public:
  /// \param context   with a pool; borrowed
  /// \param fragment  borrowed
  SystemColumnMaker(const ScanContext& context, const table::Fragment& fragment)
      : context_(context), fragment_(fragment) {}

  Result<std::shared_ptr<arrow::Array>> Make(SystemColumn column, std::span<const RowRange> rows);

 private:
  const ScanContext& context_;
  const table::Fragment& fragment_;
  std::shared_ptr<const std::vector<uint64_t>> row_ids_;  // stable ids, once they were asked for
};

}  // namespace lance::query
