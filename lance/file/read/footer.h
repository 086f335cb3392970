// The tail of a data file: footer, tables and the metadata of all columns.
//
//   [page buffers][global buffers][column metadata][column table][global buffer table][footer: 40]
// Source: Lance file format 2.x, container. Thread-safety: immutable after reading.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/encoding/codec.h"
#include "lance/io/object_store.h"

namespace lance::file {

inline constexpr uint64_t kFooterBytes = 40;

/// Multiple of bytes at which buffers begin: 64, but files of 2.0 have them anywhere.
uint64_t BufferAlignment(encoding::FormatVersion version);

struct Footer {
  uint64_t columns_begin = 0;  // position of the first column's metadata
  uint64_t column_table = 0;
  uint64_t global_table = 0;
  uint32_t num_globals = 0;
  uint32_t num_columns = 0;
  encoding::FormatVersion version;
};

/// What stands behind the page buffers, checked to lie inside of the file.
struct FileTail {
  Footer footer;
  uint64_t begin = 0;                    // where `bytes` begins in the file
  std::shared_ptr<arrow::Buffer> bytes;  // to the end of the file
  std::vector<ByteRange> columns;        // metadata per column
  std::vector<ByteRange> globals;        // global buffers

  /// Bytes of the file that lie in the tail.
  Bytes At(ByteRange range) const;
};

/// Read the tail: one read, or two when the metadata is large. Unsupported for other versions.
Result<FileTail> ReadFileTail(io::ObjectReader& object);

/// Version of a footer's last 8 bytes as official releases write it: (0, 3) is 2.0.
encoding::FormatVersion NormalizeVersion(uint16_t major, uint16_t minor);
/// Unsupported, saying what to do, unless this build reads `version`.
Status CheckVersion(encoding::FormatVersion version);

}  // namespace lance::file
