// Turns rows of Spark's UnsafeRow format into Arrow columns.
//
//   row     [null bits: u64 x ceil(fields / 64)][slot: 8 bytes x fields][values of variable length]
//   slot    a fixed-width value in its low bytes, else (offset in row) << 32 | (size in bytes)
//   array   [count: i64][null bits: u64 x ceil(count / 64)][items: 1, 2, 4 or 8 bytes each][values]
//   map     [size of the key array: i64][key array][value array]
//   decimal precision <= 18: unscaled i64; more: big-endian two's complement of variable length
// Source: Spark's UnsafeRow, UnsafeArrayData and UnsafeMapData (the same since Spark 2.0).
// Thread-safety: free functions. Ownership: rows are borrowed for the call, columns are copies.
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/type_fwd.h"
#include "lance/api.h"

namespace lance::jni {

/// Rows back to back; row i lies at [offsets[i], offsets[i + 1]).
struct UnsafeRows {
  const uint8_t* bytes = nullptr;
  const int64_t* offsets = nullptr;
  int64_t num_rows = 0;
};

/// Make columns of `schema`, which gives the rows' fields in order. SchemaMismatch names the column
/// whose vector has another size than its fixed-size list, or that must not be null; Corruption
/// when a row points outside of itself.
Result<std::shared_ptr<arrow::RecordBatch>> ToColumns(const UnsafeRows& rows,
                                                      const std::shared_ptr<arrow::Schema>& schema);

}  // namespace lance::jni
