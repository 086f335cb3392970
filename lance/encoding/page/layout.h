// The wire's PageLayout as plain data, and how a page reader is made from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lance/encoding/codec.h"
#include "lance/encoding/page/layers.h"
#include "lance/encoding/page_reader.h"

namespace lance::encoding::page {

struct MiniBlockParts {
  std::optional<EncodingNode> rep;
  std::optional<EncodingNode> def;
  EncodingNode values;
  std::optional<EncodingNode> dictionary;
  uint64_t num_dictionary_items = 0;
  uint64_t num_buffers = 0;
  uint32_t repetition_index_depth = 0;
  uint64_t num_items = 0;
  bool has_large_chunk = false;
};

struct ConstantParts {
  std::optional<std::string> inline_value;
  std::optional<EncodingNode> rep;
  std::optional<EncodingNode> def;
  uint64_t num_rep_values = 0;
  uint64_t num_def_values = 0;
};

struct FullZipParts {
  uint32_t bits_rep = 0;
  uint32_t bits_def = 0;
  uint32_t bits_per_value = 0;   // fixed width, else 0
  uint32_t bits_per_offset = 0;  // variable width, else 0
  uint64_t num_items = 0;
  uint64_t num_visible_items = 0;
  EncodingNode values;
};

struct ParsedLayout;
struct BlobParts {
  std::shared_ptr<const ParsedLayout> inner;  // of the descriptors
};

/// Exactly one of the optional members is set.
struct ParsedLayout {
  std::vector<Layer> layers;
  std::optional<MiniBlockParts> mini_block;
  std::optional<ConstantParts> constant;
  std::optional<FullZipParts> full_zip;
  std::optional<BlobParts> blob;
};

/// Parse a serialized PageLayout; Corruption when it is malformed.
Result<ParsedLayout> ParseLayout(Bytes message);
PageSummary SummarizeLayout(const ParsedLayout& parsed);

/// A page whose layout is understood.
struct PageContext {
  std::vector<ByteRange> buffers;
  uint64_t num_rows = 0;
  FormatVersion version;
  LeafShape shape;
  PageLayers layers;
};

Result<std::unique_ptr<PageReader>> MakeMiniBlockReader(PageContext context, MiniBlockParts parts);
Result<std::unique_ptr<PageReader>> MakeFullZipReader(PageContext context, FullZipParts parts);
Result<std::unique_ptr<PageReader>> MakeConstantReader(PageContext context, ConstantParts parts);
/// \param descriptors  reader of the page's (position, size) pairs
Result<std::unique_ptr<PageReader>> MakeBlobReader(PageContext context,
                                                   std::unique_ptr<PageReader> descriptors);

}  // namespace lance::encoding::page
