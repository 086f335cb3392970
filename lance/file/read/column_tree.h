// Which columns of a file belong to which fields of its own schema.
//
// From 2.1 on every leaf owns a column, depth-first. In 2.0 structs and lists own one each as well,
// before those of their children. Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "lance/encoding/codec.h"
#include "lance/file/schema.h"

namespace lance::file {

struct ColumnTree {
  std::vector<std::vector<int32_t>> leaves;  // per top-level field: columns of its leaves
  /// Per column: that of the innermost list above it, or -1. Only 2.0 has such columns.
  std::vector<int32_t> list_above;
  std::vector<bool> holds_blobs;  // per column: where the bytes of blobs lie (blob v1)
};

/// Number the columns of `schema`.
ColumnTree NumberColumns(const Schema& schema, encoding::FormatVersion version);

}  // namespace lance::file
