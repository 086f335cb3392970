// Repetition or definition levels of a mini-block page, encoded chunk by chunk.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/codec.h"

namespace lance::encoding::page_write {

struct EncodedLevels {
  EncodingNode encoding;        // the same for all chunks of the page
  std::vector<uint32_t> sizes;  // per chunk
  std::shared_ptr<arrow::Buffer> data;
};

/// Encode `levels`, cut at `chunk_ends` (rising, the last one is the number of levels), in the form
/// that is smallest: bit-packed with one width per chunk or per page, run lengths (2.2), or plain.
Result<EncodedLevels> EncodeLevels(std::span<const uint16_t> levels,
                                   std::span<const int64_t> chunk_ends,
                                   const EncodeOptions& options);

}  // namespace lance::encoding::page_write
