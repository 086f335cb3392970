// A stream of leaf values: what codecs turn into bytes and back.
//
// Fixed:     `bits` per value, a multiple of 8 or 1 (booleans, LSB first), nulls hold any
// placeholder. Variable:  offsets of 32 or 64 bits (num_values + 1, monotone) and data bytes; nulls
// are empty. A fixed-size list of primitives is one fixed value of dimension * item bits; validity
// *inside* of it travels as item validity, one bit buffer per list layer, outermost first (true =
// valid). Row:  the fields of a packed struct of which one has a variable width, each a stream of
// its own. Row-level nulls are not here: they live in definition levels. Ownership: views borrow; a
// builder owns Arrow buffers. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"

namespace lance::encoding {

/// One layer of a fixed-size list whose items may be null.
struct ListLayer {
  int64_t dimension = 0;
  bool has_validity = false;
};

struct ValueType {
  enum class Kind : uint8_t { kFixed, kVariable, kRow };
  Kind kind = Kind::kFixed;
  /// Fixed: bits per value, all list items counted; variable: offset width, 32 or 64; row: width of
  /// its length in a page, 32.
  uint64_t bits = 0;
  std::vector<ListLayer> lists;   // outermost first; empty when the leaf is no fixed-size list
  std::vector<ValueType> fields;  // of a row; fixed or variable

  static ValueType Fixed(uint64_t bits) { return {Kind::kFixed, bits, {}, {}}; }
  static ValueType Variable(uint64_t offset_bits) { return {Kind::kVariable, offset_bits, {}, {}}; }
  static ValueType Row(std::vector<ValueType> fields) {
    return {Kind::kRow, 32, {}, std::move(fields)};
  }
  bool is_fixed() const { return kind == Kind::kFixed; }
  bool is_variable() const { return kind == Kind::kVariable; }
  bool is_row() const { return kind == Kind::kRow; }
  bool is_boolean() const { return is_fixed() && bits == 1; }
  /// Bytes per fixed value; only when `bits` is a multiple of 8.
  uint64_t bytes() const { return bits / 8; }
};

/// Values to encode, borrowed. No offset, no nulls.
struct ValueView {
  ValueType type;
  int64_t num_values = 0;
  Bytes data;                     // fixed values, or the bytes of variable ones
  const void* offsets = nullptr;  // variable: int32/int64 (num_values + 1); offsets[0] may be > 0
  std::vector<Bytes> item_validity;  // one per list layer with validity, bit 0 = first item

  /// Offset `i` of a variable stream.
  int64_t offset(int64_t i) const;
  /// Values [begin, begin + count); for booleans `begin` must be a multiple of 8, and with item
  /// validity begin * items must be too.
  ValueView Slice(int64_t begin, int64_t count) const;
  /// Bytes the values take as plain Arrow data (offsets counted for variable streams).
  uint64_t plain_size_bytes() const;
};

/// Growing values in Arrow buffers; decoders append to it, the result becomes an array without a
/// copy.
class ValueBuilder {
 public:
  ValueBuilder(ValueType type, arrow::MemoryPool* pool);
  ~ValueBuilder();
  ValueBuilder(ValueBuilder&&) noexcept;
  ValueBuilder& operator=(ValueBuilder&&) noexcept;

  const ValueType& type() const;
  int64_t num_values() const;
  uint64_t num_data_bytes() const;

  /// Make room for values (and, for variable streams, data bytes) so that appends do not
  /// reallocate.
  Status Reserve(int64_t num_values, uint64_t num_data_bytes = 0);

  /// Forget the values and keep the memory.
  void Clear();

  /// Append `count` fixed values of whole bytes; the caller fills the returned memory and may
  /// write over up to 64 bytes behind it (as behind `ReserveData`).
  Result<uint8_t*> AppendFixed(int64_t count);
  /// Append `count` fixed values of any number of bits from `source`, starting at its bit
  /// `bit_offset`.
  Status AppendBits(const uint8_t* source, int64_t bit_offset, int64_t count);
  /// Append `count` variable values: `offsets` (count + 1, of the stream's offset width) into
  /// `data`. Corruption when offsets fall or leave `data`; InvalidInput when 32-bit offsets would
  /// overflow.
  Status AppendVariable(const void* offsets, int64_t count, Bytes data);
  /// Append one variable value.
  Status AppendOne(Bytes value);
  /// Append placeholders: zero bytes or empty values; their item validity is all valid.
  Status AppendPlaceholders(int64_t count);
  /// Append item validity of list layer `layer` (index into type().lists), `count` bits, after the
  /// values that it belongs to. Values that never get any have only valid items.
  Status AppendItemValidity(int layer, const uint8_t* source, int64_t bit_offset, int64_t count);
  /// Append values [begin, begin + count) of `source`, which has the same type.
  Status AppendSlice(const ValueBuilder& source, int64_t begin, int64_t count);
  /// Append `source[indices[i]]` for each i; indices must already be checked.
  Status AppendGather(const ValueBuilder& source, const uint32_t* indices, int64_t count);

  /// Stream of field `index` of a row; a decoder appends one value to each, then commits the row.
  ValueBuilder& field(size_t index);
  /// Count `count` rows more. InvalidInput unless every field has as many values.
  Status CommitRows(int64_t count);

  /// Room for decoders of variable values that produce bytes as they go (FSST): returns memory for
  /// `max_bytes` at the end of the data; `CommitVariable` then appends the ends of `count` values,
  /// given relative to that memory.
  Result<uint8_t*> ReserveData(uint64_t max_bytes);
  Status CommitVariable(const uint64_t* ends, int64_t count);
  /// Data bytes of a variable stream that fit without growing.
  uint64_t data_room() const;

  /// View of what is there; borrowed, invalid after the next append. Not for rows.
  ValueView View() const;

  struct Finished {
    int64_t num_values = 0;
    std::shared_ptr<arrow::Buffer> data;
    std::shared_ptr<arrow::Buffer> offsets;                     // variable only
    std::vector<std::shared_ptr<arrow::Buffer>> item_validity;  // per list layer; null = all valid
    std::vector<Finished> fields;                               // row only
  };
  /// Hand over the buffers; the builder is empty afterwards.
  Result<Finished> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lance::encoding
