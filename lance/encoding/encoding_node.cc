#include <utility>

#include "arrow/buffer.h"
#include "encodings.pb.h"
#include "lance/encoding/codec.h"

namespace lance::encoding {
namespace {

constexpr int kMaxEncodingDepth = 16;
constexpr int kMaxPackedFields = 4096;

Status ParseNode(const spec::CompressiveEncoding& wire, int depth, EncodingNode* out);

Status ParseChild(const spec::CompressiveEncoding& wire, int depth, EncodingNode* parent) {
  return ParseNode(wire, depth + 1, &parent->children.emplace_back());
}

Status ParseGeneral(const spec::GeneralEncoding& wire, int depth, EncodingNode* out) {
  out->scheme = static_cast<uint32_t>(wire.compression().scheme());
  if (wire.compression().has_level()) out->level = wire.compression().level();
  return ParseChild(wire.values(), depth, out);
}

Status ParsePacked(const spec::PackedStructEncoding& wire, int depth, EncodingNode* out) {
  LANCE_CHECK_BYTES(wire.bits_per_value_size() <= kMaxPackedFields, "packed struct of ",
                    wire.bits_per_value_size(), " fields");
  out->field_bits.assign(wire.bits_per_value().begin(), wire.bits_per_value().end());
  return ParseChild(wire.values(), depth, out);
}

Status ParseVariablePacked(const spec::VariablePackedStructEncoding& wire, int depth,
                           EncodingNode* out) {
  LANCE_CHECK_BYTES(wire.fields_size() <= kMaxPackedFields, "packed struct of ", wire.fields_size(),
                    " fields");
  for (const spec::VariablePackedStructField& field : wire.fields()) {
    const bool variable = field.bits_case() == spec::VariablePackedStructField::kBitsPerLength;
    LANCE_CHECK_BYTES(field.bits_case() != spec::VariablePackedStructField::BITS_NOT_SET,
                      "field of a packed struct without width");
    out->field_bits.push_back(variable ? field.bits_per_length() : field.bits_per_value());
    out->field_is_variable.push_back(variable);
    ARROW_RETURN_NOT_OK(ParseChild(field.value(), depth, out));
  }
  return Status::OK();
}

Status RefuseBufferCompression(bool present) {
  if (!present) return Status::OK();
  return Unsupported("encodings with buffer compression of their own are not supported");
}

Status ParseNode(const spec::CompressiveEncoding& wire, int depth, EncodingNode* out) {
  LANCE_CHECK_BYTES(depth < kMaxEncodingDepth, "encodings nest deeper than ", kMaxEncodingDepth);
  using Wire = spec::CompressiveEncoding;
  out->tag = static_cast<uint32_t>(wire.compression_case());
  switch (wire.compression_case()) {
    case Wire::kFlat:
      out->bits = wire.flat().bits_per_value();
      return RefuseBufferCompression(wire.flat().has_data());
    case Wire::kVariable:
      ARROW_RETURN_NOT_OK(RefuseBufferCompression(wire.variable().has_values()));
      return ParseChild(wire.variable().offsets(), depth, out);
    case Wire::kConstant:
      if (wire.constant().has_value()) {
        out->payload = arrow::Buffer::FromString(wire.constant().value());
      }
      return Status::OK();
    case Wire::kOutOfLineBitpacking:
      out->bits = wire.out_of_line_bitpacking().uncompressed_bits_per_value();
      return ParseChild(wire.out_of_line_bitpacking().values(), depth, out);
    case Wire::kInlineBitpacking:
      out->bits = wire.inline_bitpacking().uncompressed_bits_per_value();
      return RefuseBufferCompression(wire.inline_bitpacking().has_values());
    case Wire::kFsst:
      out->payload = arrow::Buffer::FromString(wire.fsst().symbol_table());
      return ParseChild(wire.fsst().values(), depth, out);
    case Wire::kDictionary:
      out->num_items = wire.dictionary().num_dictionary_items();
      ARROW_RETURN_NOT_OK(ParseChild(wire.dictionary().indices(), depth, out));
      return ParseChild(wire.dictionary().items(), depth, out);
    case Wire::kRle:
      ARROW_RETURN_NOT_OK(ParseChild(wire.rle().values(), depth, out));
      return ParseChild(wire.rle().run_lengths(), depth, out);
    case Wire::kByteStreamSplit:
      return ParseChild(wire.byte_stream_split().values(), depth, out);
    case Wire::kGeneral:
      return ParseGeneral(wire.general(), depth, out);
    case Wire::kFixedSizeList:
      out->num_items = wire.fixed_size_list().items_per_value();
      out->has_validity = wire.fixed_size_list().has_validity();
      return ParseChild(wire.fixed_size_list().values(), depth, out);
    case Wire::kPackedStruct:
      return ParsePacked(wire.packed_struct(), depth, out);
    case Wire::kVariablePackedStruct:
      return ParseVariablePacked(wire.variable_packed_struct(), depth, out);
    case Wire::COMPRESSION_NOT_SET:
      break;
  }
  return Corruption("an encoding is missing or of a kind that versions 2.1 and 2.2 do not know");
}

std::string PayloadText(const EncodingNode& node) {
  return node.payload == nullptr ? std::string() : node.payload->ToString();
}

Status WriteNode(const EncodingNode& node, int depth, spec::CompressiveEncoding* out);

// Number of children that the wire has room for.
size_t NumWireChildren(const EncodingNode& node) {
  switch (node.tag) {
    case kFlat:
    case kConstant:
    case kInlineBitpacking:
      return 0;
    case kDictionary:
    case kRle:
      return 2;
    case kVariablePackedStruct:
      return node.field_bits.size();
    default:
      return 1;
  }
}

Status WriteGeneral(const EncodingNode& node, int depth, spec::GeneralEncoding* out) {
  LANCE_REQUIRE(node.scheme == 1 || node.scheme == 2, "no compression scheme ", node.scheme);
  out->mutable_compression()->set_scheme(static_cast<spec::CompressionScheme>(node.scheme));
  if (node.level) out->mutable_compression()->set_level(*node.level);
  return WriteNode(node.children[0], depth + 1, out->mutable_values());
}

Status WriteVariablePacked(const EncodingNode& node, int depth,
                           spec::VariablePackedStructEncoding* out) {
  LANCE_REQUIRE(node.field_is_variable.size() == node.field_bits.size(), "packed struct with ",
                node.field_bits.size(), " widths but ", node.field_is_variable.size(), " kinds");
  for (size_t i = 0; i < node.field_bits.size(); ++i) {
    spec::VariablePackedStructField* field = out->add_fields();
    if (node.field_is_variable[i]) {
      field->set_bits_per_length(node.field_bits[i]);
    } else {
      field->set_bits_per_value(node.field_bits[i]);
    }
    ARROW_RETURN_NOT_OK(WriteNode(node.children[i], depth + 1, field->mutable_value()));
  }
  return Status::OK();
}

Status WritePair(const EncodingNode& node, int depth, spec::CompressiveEncoding* first,
                 spec::CompressiveEncoding* second) {
  ARROW_RETURN_NOT_OK(WriteNode(node.children[0], depth + 1, first));
  return WriteNode(node.children[1], depth + 1, second);
}

Status WriteNode(const EncodingNode& node, int depth, spec::CompressiveEncoding* out) {
  LANCE_REQUIRE(depth < kMaxEncodingDepth, "encodings nest deeper than ", kMaxEncodingDepth);
  LANCE_REQUIRE(node.children.size() == NumWireChildren(node), "encoding ", node.tag, " with ",
                node.children.size(), " children");
  switch (node.tag) {
    case kFlat:
      out->mutable_flat()->set_bits_per_value(node.bits);
      return Status::OK();
    case kVariable:
      return WriteNode(node.children[0], depth + 1, out->mutable_variable()->mutable_offsets());
    case kConstant:
      out->mutable_constant();
      if (node.payload != nullptr) out->mutable_constant()->set_value(PayloadText(node));
      return Status::OK();
    case kOutOfLineBitpacking:
      out->mutable_out_of_line_bitpacking()->set_uncompressed_bits_per_value(node.bits);
      return WriteNode(node.children[0], depth + 1,
                       out->mutable_out_of_line_bitpacking()->mutable_values());
    case kInlineBitpacking:
      out->mutable_inline_bitpacking()->set_uncompressed_bits_per_value(node.bits);
      return Status::OK();
    case kFsst:
      out->mutable_fsst()->set_symbol_table(PayloadText(node));
      return WriteNode(node.children[0], depth + 1, out->mutable_fsst()->mutable_values());
    case kDictionary:
      out->mutable_dictionary()->set_num_dictionary_items(static_cast<uint32_t>(node.num_items));
      return WritePair(node, depth, out->mutable_dictionary()->mutable_indices(),
                       out->mutable_dictionary()->mutable_items());
    case kRle:
      return WritePair(node, depth, out->mutable_rle()->mutable_values(),
                       out->mutable_rle()->mutable_run_lengths());
    case kByteStreamSplit:
      return WriteNode(node.children[0], depth + 1,
                       out->mutable_byte_stream_split()->mutable_values());
    case kGeneral:
      return WriteGeneral(node, depth, out->mutable_general());
    case kFixedSizeList:
      out->mutable_fixed_size_list()->set_items_per_value(node.num_items);
      out->mutable_fixed_size_list()->set_has_validity(node.has_validity);
      return WriteNode(node.children[0], depth + 1,
                       out->mutable_fixed_size_list()->mutable_values());
    case kPackedStruct:
      out->mutable_packed_struct()->mutable_bits_per_value()->Add(node.field_bits.begin(),
                                                                  node.field_bits.end());
      return WriteNode(node.children[0], depth + 1, out->mutable_packed_struct()->mutable_values());
    case kVariablePackedStruct:
      return WriteVariablePacked(node, depth, out->mutable_variable_packed_struct());
    default:
      return InvalidInput("no encoding has the tag ", node.tag);
  }
}

const char* EncodingName(uint32_t tag) {
  static constexpr const char* kNames[] = {"Unknown",
                                           "Flat",
                                           "Variable",
                                           "Constant",
                                           "OutOfLineBitpacking",
                                           "InlineBitpacking",
                                           "FSST",
                                           "Dictionary",
                                           "RLE",
                                           "ByteStreamSplit",
                                           "General",
                                           "FixedSizeList",
                                           "PackedStruct",
                                           "VariablePackedStruct"};
  return tag <= kVariablePackedStruct ? kNames[tag] : kNames[0];
}

}  // namespace

Result<EncodingNode> ParseEncoding(Bytes message) {
  spec::CompressiveEncoding wire;
  LANCE_CHECK_BYTES(message.size() <= (size_t{1} << 30) &&
                        wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "malformed encoding message of ", message.size(), " bytes");
  EncodingNode node;
  ARROW_RETURN_NOT_OK(ParseNode(wire, 0, &node));
  return node;
}

Result<std::string> SerializeEncoding(const EncodingNode& node) {
  spec::CompressiveEncoding wire;
  ARROW_RETURN_NOT_OK(WriteNode(node, 0, &wire));
  return wire.SerializeAsString();
}

std::string ToString(const EncodingNode& node) {
  std::string out = EncodingName(node.tag);
  std::string inside;
  const auto add = [&inside](const std::string& part) {
    if (!inside.empty()) inside += ", ";
    inside += part;
  };
  if (node.bits != 0) add(std::to_string(node.bits));
  if (node.tag == kGeneral) add(node.scheme == 1 ? "lz4" : node.scheme == 2 ? "zstd" : "unknown");
  if (node.num_items != 0) add(std::to_string(node.num_items));
  if (node.has_validity) add("nullable");
  for (uint64_t bits : node.field_bits) add(std::to_string(bits));
  for (const EncodingNode& child : node.children) {
    add(node.tag == kVariable ? std::to_string(child.bits) : ToString(child));
  }
  return out + "(" + inside + ")";
}

}  // namespace lance::encoding
