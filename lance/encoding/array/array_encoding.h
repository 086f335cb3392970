// The wire's ArrayEncoding of file version 2.0 as plain data.
//
// Source: Lance file format 2.0. Thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lance/base/bytes.h"

namespace lance::encoding::array {

enum class ArrayKind : uint8_t {
  kFlat,
  kNoNulls,    // children: values
  kSomeNulls,  // children: validity, values
  kAllNulls,
  kFixedSizeList,  // children: items
  kList,           // children: offsets
  kStruct,         // the header of a struct, without validity
  kBinary,         // children: indices, bytes
  kDictionary,     // children: indices, items
  kFsst,           // children: binary
  kPackedStruct,   // children: one per field
};

struct ArrayNode {
  ArrayKind kind = ArrayKind::kFlat;
  uint64_t bits = 0;             // flat: bits per value
  uint32_t buffer = 0;           // flat, packed struct: buffer of the page
  uint32_t scheme = 0;           // flat: 0 plain, 1 LZ4, 2 ZSTD, as in `EncodingNode`
  uint64_t num_items = 0;        // fixed-size list: dimension; list, dictionary: items
  uint64_t null_adjustment = 0;  // list, binary: what the end of a null is raised by
  std::string symbol_table;      // fsst
  std::vector<ArrayNode> children;
};

/// Parse a serialized ArrayEncoding (bounded depth). Corruption when it is malformed, Unsupported,
/// with the name, for kinds that only development builds wrote.
Result<ArrayNode> ParseArrayEncoding(Bytes message);
/// One line for people, such as "Nullable(Flat(32))".
std::string ToString(const ArrayNode& node);

/// The node below a wrapper that says that there are no nulls.
const ArrayNode& WithoutNoNulls(const ArrayNode& node);

}  // namespace lance::encoding::array
