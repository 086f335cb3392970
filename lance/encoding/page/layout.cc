#include "lance/encoding/page/layout.h"

#include <utility>

#include "encodings.pb.h"

namespace lance::encoding::page {
namespace {

// The wire's message is small, so going through its bytes keeps one parser of encodings.
Result<EncodingNode> NodeOf(const spec::CompressiveEncoding& message) {
  return ParseEncoding(AsBytes(message.SerializeAsString()));
}

template <typename Repeated>
Result<std::vector<Layer>> LayersOf(const Repeated& wire) {
  std::vector<Layer> out;
  for (const int kind : wire) {
    LANCE_CHECK_BYTES(kind >= 1 && kind <= 6, "a page has a layer of unknown kind ", kind);
    out.push_back(static_cast<Layer>(kind));
  }
  return out;
}

Result<ParsedLayout> FromMiniBlock(const spec::MiniBlockLayout& wire) {
  ParsedLayout out;
  MiniBlockParts parts;
  ARROW_ASSIGN_OR_RAISE(out.layers, LayersOf(wire.layers()));
  LANCE_CHECK_BYTES(wire.has_value_compression(),
                    "a mini-block page does not say how its values "
                    "are encoded");
  ARROW_ASSIGN_OR_RAISE(parts.values, NodeOf(wire.value_compression()));
  if (wire.has_rep_compression()) {
    ARROW_ASSIGN_OR_RAISE(parts.rep, NodeOf(wire.rep_compression()));
  }
  if (wire.has_def_compression()) {
    ARROW_ASSIGN_OR_RAISE(parts.def, NodeOf(wire.def_compression()));
  }
  if (wire.has_dictionary()) {
    ARROW_ASSIGN_OR_RAISE(parts.dictionary, NodeOf(wire.dictionary()));
  }
  parts.num_dictionary_items = wire.num_dictionary_items();
  parts.num_buffers = wire.num_buffers();
  parts.repetition_index_depth = wire.repetition_index_depth();
  parts.num_items = wire.num_items();
  parts.has_large_chunk = wire.has_large_chunk();
  out.mini_block = std::move(parts);
  return out;
}

Result<ParsedLayout> FromConstant(const spec::ConstantLayout& wire) {
  ParsedLayout out;
  ConstantParts parts;
  ARROW_ASSIGN_OR_RAISE(out.layers, LayersOf(wire.layers()));
  if (wire.has_inline_value()) parts.inline_value = wire.inline_value();
  if (wire.has_rep_compression()) {
    ARROW_ASSIGN_OR_RAISE(parts.rep, NodeOf(wire.rep_compression()));
  }
  if (wire.has_def_compression()) {
    ARROW_ASSIGN_OR_RAISE(parts.def, NodeOf(wire.def_compression()));
  }
  parts.num_rep_values = wire.num_rep_values();
  parts.num_def_values = wire.num_def_values();
  out.constant = std::move(parts);
  return out;
}

Result<ParsedLayout> FromFullZip(const spec::FullZipLayout& wire) {
  ParsedLayout out;
  FullZipParts parts;
  ARROW_ASSIGN_OR_RAISE(out.layers, LayersOf(wire.layers()));
  LANCE_CHECK_BYTES(wire.has_value_compression(),
                    "a full-zip page does not say how its values are encoded");
  ARROW_ASSIGN_OR_RAISE(parts.values, NodeOf(wire.value_compression()));
  parts.bits_rep = wire.bits_rep();
  parts.bits_def = wire.bits_def();
  parts.bits_per_value = wire.bits_per_value();
  parts.bits_per_offset = wire.bits_per_offset();
  parts.num_items = wire.num_items();
  parts.num_visible_items = wire.num_visible_items();
  out.full_zip = std::move(parts);
  return out;
}

// A layout that holds values itself.
Result<ParsedLayout> FromValues(const spec::PageLayout& wire) {
  switch (wire.layout_case()) {
    case spec::PageLayout::kMiniBlock:
      return FromMiniBlock(wire.mini_block());
    case spec::PageLayout::kConstant:
      return FromConstant(wire.constant());
    case spec::PageLayout::kFullZip:
      return FromFullZip(wire.full_zip());
    case spec::PageLayout::kBlob:
      return Corruption("a blob page lies inside of a blob page");
    case spec::PageLayout::LAYOUT_NOT_SET:
      break;
  }
  return Corruption("a page has a layout of a kind that files of versions 2.1 and 2.2 do not have");
}

std::string DescribeMiniBlock(const MiniBlockParts& parts) {
  std::string out = ToString(parts.values);
  if (parts.dictionary) {
    out += internal::Concat(", dictionary of ", parts.num_dictionary_items, " in ",
                            ToString(*parts.dictionary));
  }
  if (parts.rep) out += ", rep " + ToString(*parts.rep);
  if (parts.def) out += ", def " + ToString(*parts.def);
  return out;
}

}  // namespace

PageSummary SummarizeLayout(const ParsedLayout& parsed) {
  if (parsed.mini_block) return PageSummary{"mini-block", DescribeMiniBlock(*parsed.mini_block)};
  if (parsed.full_zip) return PageSummary{"full-zip", ToString(parsed.full_zip->values)};
  if (parsed.blob) {
    const PageSummary inner = SummarizeLayout(*parsed.blob->inner);
    return PageSummary{"blob", inner.layout + " " + inner.encoding};
  }
  const bool has_value = parsed.constant->inline_value.has_value();
  return PageSummary{"constant", has_value ? "inline value" : "null or scalar buffer"};
}

Result<ParsedLayout> ParseLayout(Bytes message) {
  spec::PageLayout wire;
  LANCE_CHECK_BYTES(message.size() < (1U << 30) &&
                        wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "the layout of a page (", message.size(),
                    " bytes) is not a PageLayout message");
  if (!wire.has_blob()) return FromValues(wire);
  ParsedLayout out;
  ARROW_ASSIGN_OR_RAISE(out.layers, LayersOf(wire.blob().layers()));
  ARROW_ASSIGN_OR_RAISE(ParsedLayout inner, FromValues(wire.blob().inner_layout()));
  out.blob.emplace(BlobParts{std::make_shared<const ParsedLayout>(std::move(inner))});
  return out;
}

}  // namespace lance::encoding::page
