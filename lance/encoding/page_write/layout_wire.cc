#include "lance/encoding/page_write/layout_wire.h"

#include "encodings.pb.h"

namespace lance::encoding::page_write {
namespace {

Status PutNode(const EncodingNode& node, spec::CompressiveEncoding* out) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, SerializeEncoding(node));
  LANCE_REQUIRE(out->ParseFromString(bytes), "cannot serialize the encoding ", ToString(node));
  return Status::OK();
}

template <typename Message>
void PutLayers(const std::vector<Layer>& layers, Message* out) {
  for (const Layer layer : layers) {
    out->add_layers(static_cast<spec::RepDefLayer>(static_cast<int>(layer)));
  }
}

Status PutMiniBlock(const page::MiniBlockParts& parts, spec::MiniBlockLayout* out) {
  if (parts.rep) ARROW_RETURN_NOT_OK(PutNode(*parts.rep, out->mutable_rep_compression()));
  if (parts.def) ARROW_RETURN_NOT_OK(PutNode(*parts.def, out->mutable_def_compression()));
  ARROW_RETURN_NOT_OK(PutNode(parts.values, out->mutable_value_compression()));
  if (parts.dictionary) {
    ARROW_RETURN_NOT_OK(PutNode(*parts.dictionary, out->mutable_dictionary()));
  }
  out->set_num_dictionary_items(parts.num_dictionary_items);
  out->set_num_buffers(parts.num_buffers);
  out->set_repetition_index_depth(parts.repetition_index_depth);
  out->set_num_items(parts.num_items);
  out->set_has_large_chunk(parts.has_large_chunk);
  return Status::OK();
}

Status PutConstant(const page::ConstantParts& parts, spec::ConstantLayout* out) {
  if (parts.inline_value) out->set_inline_value(*parts.inline_value);
  if (parts.rep) ARROW_RETURN_NOT_OK(PutNode(*parts.rep, out->mutable_rep_compression()));
  if (parts.def) ARROW_RETURN_NOT_OK(PutNode(*parts.def, out->mutable_def_compression()));
  out->set_num_rep_values(parts.num_rep_values);
  out->set_num_def_values(parts.num_def_values);
  return Status::OK();
}

Status PutFullZip(const page::FullZipParts& parts, spec::FullZipLayout* out) {
  out->set_bits_rep(parts.bits_rep);
  out->set_bits_def(parts.bits_def);
  if (parts.bits_per_offset != 0) {
    out->set_bits_per_offset(parts.bits_per_offset);
  } else {
    out->set_bits_per_value(parts.bits_per_value);
  }
  out->set_num_items(static_cast<uint32_t>(parts.num_items));
  out->set_num_visible_items(static_cast<uint32_t>(parts.num_visible_items));
  return PutNode(parts.values, out->mutable_value_compression());
}

}  // namespace

Result<std::string> SerializeLayout(const page::ParsedLayout& layout) {
  spec::PageLayout out;
  if (layout.mini_block) {
    PutLayers(layout.layers, out.mutable_mini_block());
    ARROW_RETURN_NOT_OK(PutMiniBlock(*layout.mini_block, out.mutable_mini_block()));
  } else if (layout.constant) {
    PutLayers(layout.layers, out.mutable_constant());
    ARROW_RETURN_NOT_OK(PutConstant(*layout.constant, out.mutable_constant()));
  } else if (layout.full_zip) {
    PutLayers(layout.layers, out.mutable_full_zip());
    ARROW_RETURN_NOT_OK(PutFullZip(*layout.full_zip, out.mutable_full_zip()));
  } else {
    return InvalidInput("a page without a layout that can be written");
  }
  return out.SerializeAsString();
}

Result<std::string> SerializeBlobLayout(const std::string& inner,
                                        const std::vector<Layer>& layers) {
  spec::PageLayout out;
  LANCE_REQUIRE(out.mutable_blob()->mutable_inner_layout()->ParseFromString(inner),
                "the layout inside of a blob page cannot be parsed");
  PutLayers(layers, out.mutable_blob());
  return out.SerializeAsString();
}

}  // namespace lance::encoding::page_write
