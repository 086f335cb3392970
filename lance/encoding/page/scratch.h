// Memory of one thread that decodes a column: what it used last and only in part, and working
// memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/encoding/leaf_accumulator.h"
#include "lance/encoding/page_reader.h"
#include "lance/encoding/values.h"

namespace lance::encoding::page {

/// What the bytes of a mini-block chunk decode to. Values are indices when the page has a
/// dictionary.
struct DecodedChunk {
  std::optional<ValueBuilder> rep;
  std::optional<ValueBuilder> def;
  std::optional<ValueBuilder> values;
  int64_t num_entries = 0;

  const uint16_t* rep_levels() const;
  const uint16_t* def_levels() const;
};

/// Empty `builder` for values of `type`; its memory is used again when it has that type.
ValueBuilder* Restart(std::optional<ValueBuilder>* builder, const ValueType& type);

}  // namespace lance::encoding::page

namespace lance::encoding {

struct DecodeScratch::Impl {
  // The chunk that was used last, when it was used in part.
  uint64_t page_id = 0;  // 0 = nothing yet
  uint64_t chunk_index = 0;
  page::DecodedChunk chunk;
  bool has_values = false;  // else only its levels are there

  // Working memory of one chunk.
  page::DecodedChunk passing;
  std::vector<uint32_t> indices;
  std::vector<Bytes> buffers;
  std::vector<RowRange> wanted;

  // Pages of version 2.0.
  struct InflatedBuffer {
    ByteRange range;  // compressed, in the file
    std::shared_ptr<arrow::Buffer> bytes;
  };
  std::vector<InflatedBuffer> inflated;
  std::vector<uint64_t> ends;
  std::vector<uint8_t> bits;
};

}  // namespace lance::encoding
