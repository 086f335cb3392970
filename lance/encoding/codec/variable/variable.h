// Values of variable width: offsets and bytes.
//
// Mini-block:  [offset: w x (n + 1)][bytes][0x48 padding to w]  offsets count from the buffer start
// Block:       [w * 8: w][start: w][offset: w x (n + 1)][bytes]  offsets count from `start`
// Per value:   the bytes
// w is 4 or 8. Source: Lance file format 2.1, Variable. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::variable {

extern const Codec kCodec;

/// Values in a chunk when one takes `average_bytes` on average.
double ValuesPerChunk(double average_bytes, const EncodeOptions& options);

/// Check the node and return its offset width in bits, 32 or 64.
Result<uint64_t> CheckVariable(const EncodingNode& node, const ValueType& type);

/// Parts of a mini-block buffer: offsets into `buffer`, not yet checked to rise.
struct VariableChunk {
  const uint8_t* offsets = nullptr;  // num_values + 1, of the width asked for
  Bytes buffer;
};
Result<VariableChunk> ParseVariableChunk(Bytes buffer, int64_t num_values, uint64_t offset_bits);

}  // namespace lance::encoding::variable
