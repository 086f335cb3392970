// Rows of packed structs whose fields may have a variable width (full-zip pages of version 2.2).
//
// Bytes:   per row, per field: the fixed bytes, or [length: bits_per_length][bytes]
// Source:  Lance file format 2.2, VariablePackedStruct. A null row has no bytes: the caller appends
// placeholders to every field. Thread-safety: decoders are immutable after opening.
#pragma once

#include <memory>
#include <span>

#include "lance/encoding/codec.h"

namespace lance::encoding {

class PackedRowDecoder {
 public:
  virtual ~PackedRowDecoder() = default;
  /// Append field i of `row` to `fields[i]`; Corruption unless the row is used up exactly.
  virtual Status Decode(Bytes row, std::span<ValueBuilder> fields) const = 0;
};

/// Open a decoder for a VariablePackedStruct whose fields have the given types, in order.
Result<std::unique_ptr<PackedRowDecoder>> OpenPackedRows(const EncodingNode& node,
                                                         std::span<const ValueType> fields,
                                                         FormatVersion version);

}  // namespace lance::encoding
