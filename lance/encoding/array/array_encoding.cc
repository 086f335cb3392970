#include "lance/encoding/array/array_encoding.h"

#include "array_encodings.pb.h"

namespace lance::encoding::array {
namespace {

constexpr int kMaxDepth = 32;

Result<ArrayNode> ParseNode(const spec::ArrayEncoding& wire, int depth);

Status AddChild(const spec::ArrayEncoding& wire, int depth, ArrayNode* parent) {
  ARROW_ASSIGN_OR_RAISE(ArrayNode child, ParseNode(wire, depth + 1));
  parent->children.push_back(std::move(child));
  return Status::OK();
}

Result<uint32_t> PageBufferOf(const spec::ArrayBuffer& wire) {
  LANCE_CHECK_BYTES(wire.type() == 0, "an array lies in a buffer of type ", wire.type(),
                    ", but only buffers of the page (type 0) hold arrays");
  return wire.index();
}

Result<uint32_t> SchemeOf(const spec::ArrayCompression& wire) {
  if (wire.scheme() == "lz4") return 1;
  if (wire.scheme() == "zstd") return 2;
  if (wire.scheme() == "none" || wire.scheme().empty()) return 0;
  return Unsupported("an array is compressed with '", wire.scheme(), "', known are lz4 and zstd");
}

Result<ArrayNode> ParseFlat(const spec::FlatArray& wire) {
  ArrayNode out;
  out.kind = ArrayKind::kFlat;
  out.bits = wire.bits_per_value();
  ARROW_ASSIGN_OR_RAISE(out.buffer, PageBufferOf(wire.buffer()));
  if (wire.has_compression()) {
    ARROW_ASSIGN_OR_RAISE(out.scheme, SchemeOf(wire.compression()));
  }
  return out;
}

Result<ArrayNode> ParseNullable(const spec::NullableArray& wire, int depth) {
  ArrayNode out;
  switch (wire.nullability_case()) {
    case spec::NullableArray::kNoNulls:
      out.kind = ArrayKind::kNoNulls;
      ARROW_RETURN_NOT_OK(AddChild(wire.no_nulls().values(), depth, &out));
      return out;
    case spec::NullableArray::kSomeNulls:
      out.kind = ArrayKind::kSomeNulls;
      ARROW_RETURN_NOT_OK(AddChild(wire.some_nulls().validity(), depth, &out));
      ARROW_RETURN_NOT_OK(AddChild(wire.some_nulls().values(), depth, &out));
      return out;
    case spec::NullableArray::kAllNulls:
      out.kind = ArrayKind::kAllNulls;
      return out;
    case spec::NullableArray::NULLABILITY_NOT_SET:
      break;
  }
  return Corruption("a nullable array does not say where its nulls are");
}

Result<ArrayNode> ParsePackedStruct(const spec::PackedStructArray& wire, int depth) {
  ArrayNode out;
  out.kind = ArrayKind::kPackedStruct;
  ARROW_ASSIGN_OR_RAISE(out.buffer, PageBufferOf(wire.buffer()));
  for (const spec::ArrayEncoding& inner : wire.inner()) {
    ARROW_RETURN_NOT_OK(AddChild(inner, depth, &out));
  }
  return out;
}

Result<ArrayNode> ParseBinary(const spec::BinaryArray& wire, int depth) {
  ArrayNode out;
  out.kind = ArrayKind::kBinary;
  out.null_adjustment = wire.null_adjustment();
  ARROW_RETURN_NOT_OK(AddChild(wire.indices(), depth, &out));
  ARROW_RETURN_NOT_OK(AddChild(wire.bytes(), depth, &out));
  return out;
}

Result<ArrayNode> ParseDictionary(const spec::DictionaryArray& wire, int depth) {
  ArrayNode out;
  out.kind = ArrayKind::kDictionary;
  out.num_items = wire.num_dictionary_items();
  ARROW_RETURN_NOT_OK(AddChild(wire.indices(), depth, &out));
  ARROW_RETURN_NOT_OK(AddChild(wire.items(), depth, &out));
  return out;
}

Result<ArrayNode> ParseList(const spec::ListArray& wire, int depth) {
  ArrayNode out;
  out.kind = ArrayKind::kList;
  out.null_adjustment = wire.null_offset_adjustment();
  out.num_items = wire.num_items();
  ARROW_RETURN_NOT_OK(AddChild(wire.offsets(), depth, &out));
  return out;
}

// Kinds with one child and little else.
Result<ArrayNode> ParseWrapper(const spec::ArrayEncoding& wire, int depth) {
  ArrayNode out;
  if (wire.has_fsst()) {
    out.kind = ArrayKind::kFsst;
    out.symbol_table = wire.fsst().symbol_table();
    ARROW_RETURN_NOT_OK(AddChild(wire.fsst().binary(), depth, &out));
    return out;
  }
  out.kind = ArrayKind::kFixedSizeList;
  out.num_items = wire.fixed_size_list().dimension();
  ARROW_RETURN_NOT_OK(AddChild(wire.fixed_size_list().items(), depth, &out));
  return out;
}

Status RefuseDevelopmentKind(std::string_view name) {
  return Unsupported("a page is encoded as ", name,
                     ", which only development builds of 2024 wrote; rewrite the table with the "
                     "build that wrote it");
}

Result<ArrayNode> ParseNode(const spec::ArrayEncoding& wire, int depth) {
  LANCE_CHECK_BYTES(depth <= kMaxDepth, "array encodings are nested deeper than ", kMaxDepth);
  switch (wire.array_encoding_case()) {
    case spec::ArrayEncoding::kFlat:
      return ParseFlat(wire.flat());
    case spec::ArrayEncoding::kNullable:
      return ParseNullable(wire.nullable(), depth);
    case spec::ArrayEncoding::kFixedSizeList:
    case spec::ArrayEncoding::kFsst:
      return ParseWrapper(wire, depth);
    case spec::ArrayEncoding::kList:
      return ParseList(wire.list(), depth);
    case spec::ArrayEncoding::kSimpleStruct: {
      ArrayNode out;
      out.kind = ArrayKind::kStruct;
      return out;
    }
    case spec::ArrayEncoding::kBinary:
      return ParseBinary(wire.binary(), depth);
    case spec::ArrayEncoding::kDictionary:
      return ParseDictionary(wire.dictionary(), depth);
    case spec::ArrayEncoding::kPackedStruct:
      return ParsePackedStruct(wire.packed_struct(), depth);
    case spec::ArrayEncoding::kBitpacked:
      return RefuseDevelopmentKind("Bitpacked");
    case spec::ArrayEncoding::kFixedSizeBinary:
      return RefuseDevelopmentKind("FixedSizeBinary");
    case spec::ArrayEncoding::kBitpackedForNonNegative:
      return RefuseDevelopmentKind("BitpackedForNonNeg");
    case spec::ArrayEncoding::kConstant:
      return RefuseDevelopmentKind("Constant");
    case spec::ArrayEncoding::ARRAY_ENCODING_NOT_SET:
      break;
  }
  return Corruption("a page has an array encoding of a kind that version 2.0 does not have");
}

std::string ChildrenToString(const ArrayNode& node) {
  std::string out;
  for (const ArrayNode& child : node.children) {
    if (!out.empty()) out += ", ";
    out += ToString(child);
  }
  return out;
}

}  // namespace

Result<ArrayNode> ParseArrayEncoding(Bytes message) {
  spec::ArrayEncoding wire;
  LANCE_CHECK_BYTES(message.size() < (1U << 30) &&
                        wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "the encoding of a page (", message.size(),
                    " bytes) is not an ArrayEncoding message");
  return ParseNode(wire, 0);
}

std::string ToString(const ArrayNode& node) {
  switch (node.kind) {
    case ArrayKind::kFlat: {
      const char* const scheme = node.scheme == 0 ? "" : node.scheme == 1 ? ", lz4" : ", zstd";
      return internal::Concat("Flat(", node.bits, scheme, ")");
    }
    case ArrayKind::kNoNulls:
      return ToString(node.children[0]);
    case ArrayKind::kSomeNulls:
      return "Nullable(" + ToString(node.children[1]) + ")";
    case ArrayKind::kAllNulls:
      return "AllNulls";
    case ArrayKind::kFixedSizeList:
      return internal::Concat("FixedSizeList(", node.num_items, ", ", ChildrenToString(node), ")");
    case ArrayKind::kList:
      return internal::Concat("List(", node.num_items, " items)");
    case ArrayKind::kStruct:
      return "Struct";
    case ArrayKind::kBinary:
      return "Binary(" + ChildrenToString(node) + ")";
    case ArrayKind::kDictionary:
      return internal::Concat("Dictionary(", node.num_items, " items, ", ChildrenToString(node),
                              ")");
    case ArrayKind::kFsst:
      return "Fsst(" + ChildrenToString(node) + ")";
    case ArrayKind::kPackedStruct:
      return "PackedStruct(" + ChildrenToString(node) + ")";
  }
  return "unknown";
}

const ArrayNode& WithoutNoNulls(const ArrayNode& node) {
  const ArrayNode* at = &node;
  while (at->kind == ArrayKind::kNoNulls) at = &at->children[0];
  return *at;
}

}  // namespace lance::encoding::array
