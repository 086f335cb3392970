#include "lance/encoding/codec.h"

namespace lance::encoding {

#define LANCE_CODEC(name)    \
  namespace name {           \
  extern const Codec kCodec; \
  }
#include "lance/encoding/codecs.inc"
#undef LANCE_CODEC

namespace {

constexpr const Codec* kAllCodecs[] = {
#define LANCE_CODEC(name) &name::kCodec,
#include "lance/encoding/codecs.inc"
#undef LANCE_CODEC
};

Status NotAllowed(const Codec& codec, std::string_view context) {
  return Corruption("the encoding ", codec.name, " is not allowed in ", context, " context");
}

// Rows are made by one codec only, which makes nothing else.
Status CheckRows(const Codec& codec, const ValueType& type) {
  LANCE_CHECK_BYTES(type.is_row() == (codec.tag == kVariablePackedStruct), "the encoding ",
                    codec.name, " where ", type.is_row() ? "" : "no ", "packed rows are expected");
  return Status::OK();
}

}  // namespace

std::span<const Codec* const> AllCodecs() { return kAllCodecs; }

Result<const Codec*> FindCodec(uint32_t tag) {
  for (const Codec* codec : kAllCodecs) {
    if (codec->tag == tag) return codec;
  }
  return Corruption("no codec for the encoding with tag ", tag);
}

Result<std::unique_ptr<MiniBlockDecoder>> OpenMiniBlock(const EncodingNode& node,
                                                        const ValueType& type,
                                                        FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(node.tag));
  if (codec->open_mini_block == nullptr) return NotAllowed(*codec, "mini-block");
  ARROW_RETURN_NOT_OK(CheckRows(*codec, type));
  return codec->open_mini_block(node, type, version);
}

Result<std::unique_ptr<PerValueDecoder>> OpenPerValue(const EncodingNode& node,
                                                      const ValueType& type,
                                                      FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(node.tag));
  if (codec->open_per_value == nullptr) return NotAllowed(*codec, "per-value");
  ARROW_RETURN_NOT_OK(CheckRows(*codec, type));
  return codec->open_per_value(node, type, version);
}

Result<std::unique_ptr<BlockDecoder>> OpenBlock(const EncodingNode& node, const ValueType& type,
                                                FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(const Codec* codec, FindCodec(node.tag));
  if (codec->open_block == nullptr) return NotAllowed(*codec, "block");
  ARROW_RETURN_NOT_OK(CheckRows(*codec, type));
  return codec->open_block(node, type, version);
}

Status MiniBlockDecoder::DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                                    std::span<const RowRange> wanted, ValueBuilder* out) const {
  ValueBuilder all(out->type(), nullptr);
  ARROW_RETURN_NOT_OK(Decode(buffers, num_values, &all));
  for (const RowRange& range : wanted) {
    ARROW_RETURN_NOT_OK(out->AppendSlice(all, static_cast<int64_t>(range.begin),
                                         static_cast<int64_t>(range.size())));
  }
  return Status::OK();
}

Status PerValueDecoder::DecodeStrided(const uint8_t*, uint64_t, int64_t, ValueBuilder*) const {
  return Corruption("values of variable width cannot lie at fixed distances");
}

}  // namespace lance::encoding
