// Rows of packed structs of which a field has a variable width (full-zip pages of version 2.2).
//
// Bytes:   per row, per field: the fixed bytes, or [length: bits_per_length][bytes]
// Source:  Lance file format 2.2, VariablePackedStruct. A field has an encoding of its own, in
// per-value context. A null row has no bytes. What writes rows is `page_write/packed.h`, which sees
// the fields apart.
#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::variable_packed_struct {
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

class RowDecoder final : public PerValueDecoder {
 public:
  explicit RowDecoder(std::vector<PackedField> fields) : fields_(std::move(fields)) {}

  Status Decode(Bytes row, ValueBuilder* out) const override {
    ByteCursor cursor(row, "packed row");
    for (size_t i = 0; i < fields_.size(); ++i) {
      const PackedField& field = fields_[i];
      uint64_t length = field.bytes;
      if (field.is_variable) {
        ARROW_ASSIGN_OR_RAISE(length, ReadLength(&cursor, field.bytes));
      }
      ARROW_ASSIGN_OR_RAISE(Bytes value, cursor.Take(length));
      ARROW_RETURN_NOT_OK(field.decoder->Decode(value, &out->field(i)));
    }
    LANCE_CHECK_BYTES(cursor.remaining() == 0, "a packed row has ", cursor.remaining(),
                      " bytes too many");
    return out->CommitRows(1);
  }

 private:
  std::vector<PackedField> fields_;
};

codec::PerValueOpened OpenRows(const EncodingNode& node, const ValueType& type,
                               FormatVersion version) {
  const size_t num_fields = node.field_bits.size();
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, num_fields));
  LANCE_CHECK_BYTES(node.field_is_variable.size() == num_fields,
                    "a packed struct with inconsistent fields");
  LANCE_CHECK_BYTES(type.fields.size() == num_fields, "a packed struct of ", num_fields,
                    " fields instead of ", type.fields.size());
  std::vector<PackedField> opened;
  for (size_t i = 0; i < num_fields; ++i) {
    PackedField& field = opened.emplace_back();
    field.is_variable = node.field_is_variable[i];
    field.bytes = node.field_bits[i] / 8;
    LANCE_CHECK_BYTES(
        node.field_bits[i] % 8 == 0 && field.bytes > 0 && (!field.is_variable || field.bytes <= 8),
        "a field of a packed struct has ", node.field_bits[i], " bits");
    LANCE_CHECK_BYTES(field.is_variable == type.fields[i].is_variable(),
                      "a field of a packed struct has ", field.is_variable ? "no " : "a ",
                      "fixed width, unlike its column");
    ARROW_ASSIGN_OR_RAISE(field.decoder, OpenPerValue(node.children[i], type.fields[i], version));
    LANCE_CHECK_BYTES(field.is_variable || field.decoder->value_bytes() == field.bytes,
                      "a field of a packed struct has ", field.bytes, " bytes, its encoding ",
                      ToString(node.children[i]), " has ", field.decoder->value_bytes());
  }
  return std::make_unique<RowDecoder>(std::move(opened));
}

}  // namespace

extern const Codec kCodec;
constinit const Codec kCodec = {
    .name = "variable_packed_struct",
    .tag = kVariablePackedStruct,
    .open_per_value = OpenRows,
};

}  // namespace lance::encoding::variable_packed_struct
