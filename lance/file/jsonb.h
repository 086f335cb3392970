// JSON documents: text outside, the binary form JSONB in files (logical type "json").
//
// Bytes (big-endian):
//   value   [header: u32][entry: u32 x n][payloads, as the entries stand]
//   header  kind (0x80000000 array, 0x40000000 object, 0x20000000 scalar) | number of elements
//           (of a scalar: 0, and one entry follows)
//   entry   type << 28 | payload bytes; types: 0 null, 1 string, 2 number, 3 false, 4 true,
//           5 container, 6 extension; an object has the entries of all keys, sorted by bytes, then
//           of all values
//   number  [tag: u8][bytes]: 0x00 zero, 0x10 NaN, 0x20 infinity, 0x30 -infinity, 0x40 int and
//           0x50 unsigned of 1, 2, 4 or 8 bytes, 0x60 double, 0x70 decimal of 8, 16 or 32 bytes and
//           scale: u8
//
// Source: Lance format, JSON columns; numbers and texts checked against the official writer 14.0.2.
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::file {

/// Containers inside of each other, at most.
inline constexpr int kDeepestJson = 1000;

/// Append the JSONB form of one JSON text (RFC 8259, UTF-8) to `out`. Keys are sorted; integers
/// beyond 64 bits become doubles. InvalidInput names the position: bad syntax, a key that occurs
/// twice, nesting deeper than `kDeepestJson`.
Status AppendJsonb(std::string_view text, std::string* out);

/// Append the text of one JSONB value, without spaces, to `out`. What JSON cannot say (NaN,
/// infinities) becomes null. Corruption with the offset where the bytes contradict themselves;
/// Unsupported for extension values (binary, dates, intervals).
Status AppendJsonText(Bytes jsonb, std::string* out);

/// Make an array of `text_type` (utf8 or large_utf8) from large_binary `values` of JSONB.
Result<std::shared_ptr<arrow::Array>> JsonTexts(const arrow::Array& values,
                                                const std::shared_ptr<arrow::DataType>& text_type,
                                                arrow::MemoryPool* pool);
/// Make a large_binary array of JSONB from `texts` (utf8 or large_utf8); InvalidInput names the
/// row.
Result<std::shared_ptr<arrow::Array>> JsonBinaries(const arrow::Array& texts,
                                                   arrow::MemoryPool* pool);

}  // namespace lance::file
