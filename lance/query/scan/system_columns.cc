#include "lance/query/scan/system_columns.h"

#include "arrow/array.h"
#include "arrow/array/util.h"
#include "arrow/scalar.h"
#include "lance/query/scan/row_ids.h"

namespace lance::query {

Result<std::shared_ptr<arrow::Array>> SystemColumnMaker::Make(SystemColumn column,
                                                              std::span<const RowRange> rows) {
  if (column == SystemColumn::kFragmentId) {
    const arrow::Int32Scalar id(static_cast<int32_t>(fragment_.id));
    return arrow::MakeArrayFromScalar(id, static_cast<int64_t>(CountRowsOf(rows)), context_.pool);
  }
  const bool stable = (context_.manifest->reader_flags & table::kStableRowIds) != 0;
  if (column == SystemColumn::kRowId && stable) {
    if (row_ids_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(row_ids_, LoadRowIds(*context_.files, fragment_));
    }
    return MakeRowIdColumn(*row_ids_, rows, context_.pool);
  }
  const uint64_t base = RowAddress::Make(static_cast<uint32_t>(fragment_.id), 0).value;
  return MakeAddressColumn(rows, base, context_.pool);
}

}  // namespace lance::query
