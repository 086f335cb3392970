// The chunk that a thread decoded last and used only in part.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lance/encoding/leaf_accumulator.h"
#include "lance/encoding/page_reader.h"
#include "lance/encoding/values.h"

namespace lance::encoding::page {

/// A mini-block chunk, decoded as a whole. Values are indices when the page has a dictionary.
struct DecodedChunk {
  std::optional<ValueBuilder> rep;
  std::optional<ValueBuilder> def;
  std::optional<ValueBuilder> values;
  int64_t num_entries = 0;

  const uint16_t* rep_levels() const;
  const uint16_t* def_levels() const;
};

}  // namespace lance::encoding::page

namespace lance::encoding {

struct DecodeScratch::Impl {
  uint64_t page_id = 0;  // 0 = nothing yet
  uint64_t chunk_index = 0;
  page::DecodedChunk chunk;
  std::vector<uint32_t> indices;
  std::vector<Bytes> buffers;
};

}  // namespace lance::encoding
