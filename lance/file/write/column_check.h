// Does a batch hold the columns that a file was begun with?
#pragma once

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/file/schema.h"

namespace lance::file::write {

/// SchemaMismatch names the column, what was expected and what came.
Status CheckBatch(const Schema& schema, const arrow::RecordBatch& batch);

}  // namespace lance::file::write
