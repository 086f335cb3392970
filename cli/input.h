// Rows to write: Parquet, Arrow IPC (file or stream) and CSV.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "arrow/type_fwd.h"
#include "lance/api.h"

namespace lance::cli {

struct InputRows {
  std::shared_ptr<arrow::RecordBatchReader> reader;
  std::optional<uint64_t> num_rows;  // when the file says so
};

/// Open `path` ("-" = an Arrow stream on standard input). The content decides what it is; CSV goes
/// by its name (.csv, .tsv, .txt). `wanted` gives the types of CSV columns and may be null: then
/// they are inferred. Reading runs ahead of the consumer.
Result<InputRows> OpenInput(const std::string& path, const std::shared_ptr<arrow::Schema>& wanted);

}  // namespace lance::cli
