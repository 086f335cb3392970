// General compression around another encoding.
//
// Bytes:   LZ4: [raw length: u32][LZ4 block]; ZSTD: [raw length: u64][ZSTD frame]; no bytes = empty
//          mini-block: buffer 0 of each chunk; per value: each value; block: the whole buffer.
//          Old files have bare ZSTD frames.
// Source:  Lance file format 2.1, General. Thread-safety: pure.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::encoding::general {

extern const Codec kCodec;

/// Decompress one buffer. Corruption when it is malformed or holds more than `max_raw_bytes`.
Result<std::shared_ptr<arrow::Buffer>> Decompress(uint32_t scheme, Bytes buffer,
                                                  uint64_t max_raw_bytes);

}  // namespace lance::encoding::general
