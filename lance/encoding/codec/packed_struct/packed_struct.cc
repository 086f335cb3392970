#include "lance/encoding/codec/packed_struct/packed_struct.h"

#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::packed_struct {
namespace {

Status CheckPackedStruct(const EncodingNode& node, const ValueType& type) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  uint64_t sum = 0;
  for (uint64_t bits : node.field_bits) {
    LANCE_CHECK_BYTES(bits % 8 == 0 && CheckedAdd(sum, bits, &sum),
                      "a field of a packed struct has ", bits, " bits");
  }
  LANCE_CHECK_BYTES(type.is_fixed() && sum == type.bits, "the fields of a packed struct have ", sum,
                    " bits instead of ", type.bits);
  LANCE_CHECK_BYTES(node.children[0].tag == kFlat, "packed struct over ",
                    ToString(node.children[0]));
  return Status::OK();
}

codec::MiniBlockOpened OpenPackedMiniBlock(const EncodingNode& node, const ValueType& type,
                                           FormatVersion version) {
  ARROW_RETURN_NOT_OK(CheckPackedStruct(node, type));
  return OpenMiniBlock(node.children[0], type, version);
}

codec::PerValueOpened OpenPackedPerValue(const EncodingNode& node, const ValueType& type,
                                         FormatVersion version) {
  ARROW_RETURN_NOT_OK(CheckPackedStruct(node, type));
  return OpenPerValue(node.children[0], type, version);
}

}  // namespace

constinit const Codec kCodec = {
    .name = "packed_struct",
    .tag = kPackedStruct,
    .open_mini_block = OpenPackedMiniBlock,
    .open_per_value = OpenPackedPerValue,
};

}  // namespace lance::encoding::packed_struct
