// The codec itself gives rows as they lie in the page, for a stream of variable width; cutting them
// into fields is `OpenPackedRows`. Source: Lance file format 2.2, VariablePackedStruct.
#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/packed_row.h"

namespace lance::encoding {
namespace variable_packed_struct {
namespace {

struct PackedField {
  bool is_variable = false;
  uint64_t bytes = 0;  // of the value, or of its length
  std::unique_ptr<PerValueDecoder> decoder;
};

Result<uint64_t> ReadLength(ByteCursor* cursor, uint64_t width) {
  ARROW_ASSIGN_OR_RAISE(Bytes raw, cursor->Take(width));
  uint64_t length = 0;
  std::memcpy(&length, raw.data(), width);
  return length;
}

class RowDecoder final : public PackedRowDecoder {
 public:
  explicit RowDecoder(std::vector<PackedField> fields) : fields_(std::move(fields)) {}
  Status Decode(Bytes row, std::span<ValueBuilder> builders) const override {
    LANCE_REQUIRE(builders.size() == fields_.size(), builders.size(), " builders for ",
                  fields_.size(), " fields");
    ByteCursor cursor(row, "packed row");
    for (size_t i = 0; i < fields_.size(); ++i) {
      const PackedField& field = fields_[i];
      uint64_t length = field.bytes;
      if (field.is_variable) {
        ARROW_ASSIGN_OR_RAISE(length, ReadLength(&cursor, field.bytes));
      }
      ARROW_ASSIGN_OR_RAISE(Bytes value, cursor.Take(length));
      ARROW_RETURN_NOT_OK(field.decoder->Decode(value, &builders[i]));
    }
    LANCE_CHECK_BYTES(cursor.remaining() == 0, "a packed row has ", cursor.remaining(),
                      " bytes too many");
    return Status::OK();
  }

 private:
  std::vector<PackedField> fields_;
};

Status CheckFieldLists(const EncodingNode& node) {
  LANCE_CHECK_BYTES(node.tag == kVariablePackedStruct, "expected packed rows, not ",
                    ToString(node));
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, node.field_bits.size()));
  LANCE_CHECK_BYTES(node.field_is_variable.size() == node.field_bits.size(),
                    "a packed struct with inconsistent fields");
  return Status::OK();
}

// Rows as they are.
class RawRowDecoder final : public PerValueDecoder {
 public:
  Status Decode(Bytes value, ValueBuilder* out) const override { return out->AppendOne(value); }
};

codec::PerValueOpened OpenRawRows(const EncodingNode& node, const ValueType& type, FormatVersion) {
  ARROW_RETURN_NOT_OK(CheckFieldLists(node));
  LANCE_CHECK_BYTES(!type.is_fixed(), ToString(node), " where values of ", type.bits,
                    " bits are expected");
  return std::make_unique<RawRowDecoder>();
}

}  // namespace

extern const Codec kCodec;
constinit const Codec kCodec = {
    .name = "variable_packed_struct",
    .tag = kVariablePackedStruct,
    .open_per_value = OpenRawRows,
};

}  // namespace variable_packed_struct

Result<std::unique_ptr<PackedRowDecoder>> OpenPackedRows(const EncodingNode& node,
                                                         std::span<const ValueType> fields,
                                                         FormatVersion version) {
  using variable_packed_struct::PackedField;
  ARROW_RETURN_NOT_OK(variable_packed_struct::CheckFieldLists(node));
  LANCE_CHECK_BYTES(node.field_bits.size() == fields.size(), "a packed struct of ",
                    node.field_bits.size(), " fields instead of ", fields.size());
  std::vector<PackedField> opened;
  for (size_t i = 0; i < fields.size(); ++i) {
    PackedField& field = opened.emplace_back();
    field.is_variable = node.field_is_variable[i];
    field.bytes = node.field_bits[i] / 8;
    LANCE_CHECK_BYTES(
        node.field_bits[i] % 8 == 0 && field.bytes > 0 && (!field.is_variable || field.bytes <= 8),
        "a field of a packed struct has ", node.field_bits[i], " bits");
    ARROW_ASSIGN_OR_RAISE(field.decoder, OpenPerValue(node.children[i], fields[i], version));
  }
  return std::make_unique<variable_packed_struct::RowDecoder>(std::move(opened));
}

}  // namespace lance::encoding
