#include "lance/query/scan/row_ids.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/type.h"
#include "lance/query/scan/fragment_columns.h"
#include "lance/query/scan/rows.h"

namespace lance::query {
namespace {

// Field id of the hidden column of row ids.
constexpr int32_t kRowIdField = -3;

// One field of a protobuf message: the integer of a varint, or the bytes of a length-delimited one.
struct WireField {
  uint32_t number = 0;
  uint64_t value = 0;
  Bytes bytes;
};

// Reads the fields of a protobuf message one by one. The messages here are few and tiny, and their
// arrays are large: they are read in place.
class MessageReader {
 public:
  explicit MessageReader(Bytes message) : cursor_(message, "row ids") {}

  bool done() const { return cursor_.remaining() == 0; }

  Result<WireField> Next() {
    ARROW_ASSIGN_OR_RAISE(uint64_t key, Varint());
    WireField field{static_cast<uint32_t>(key >> 3), 0, {}};
    switch (key & 7) {
      case 0: {
        ARROW_ASSIGN_OR_RAISE(field.value, Varint());
        return field;
      }
      case 2: {
        ARROW_ASSIGN_OR_RAISE(uint64_t length, Varint());
        ARROW_ASSIGN_OR_RAISE(field.bytes, cursor_.Take(length));
        return field;
      }
      default:
        return Corruption("row ids have wire type ", key & 7, " at byte ", cursor_.position());
    }
  }

 private:
  Result<uint64_t> Varint() {
    uint64_t out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      ARROW_ASSIGN_OR_RAISE(uint8_t byte, cursor_.Read<uint8_t>());
      out |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return out;
    }
    return Corruption("row ids have a broken varint at byte ", cursor_.position());
  }

  ByteCursor cursor_;
};

template <typename T>
Status AppendOffsets(uint64_t base, Bytes raw, std::vector<uint64_t>* out) {
  LANCE_CHECK_BYTES(raw.size() % sizeof(T) == 0, "an array of row ids has ", raw.size(),
                    " bytes, no multiple of ", sizeof(T));
  out->reserve(out->size() + raw.size() / sizeof(T));
  for (size_t i = 0; i < raw.size(); i += sizeof(T)) {
    uint64_t value = 0;
    LANCE_CHECK_BYTES(CheckedAdd(base, LoadUnaligned<T>(raw.data() + i), &value),
                      "a row id is beyond 2^64");
    out->push_back(value);
  }
  return Status::OK();
}

// {1 U16Array{1 base, 2 offsets}, 2 U32Array{1 base, 2 offsets}, 3 U64Array{2 values}}
Status AppendArray(Bytes message, std::vector<uint64_t>* out) {
  MessageReader reader(message);
  while (!reader.done()) {
    ARROW_ASSIGN_OR_RAISE(WireField array, reader.Next());
    MessageReader inner(array.bytes);
    uint64_t base = 0;
    Bytes raw;
    while (!inner.done()) {
      ARROW_ASSIGN_OR_RAISE(WireField field, inner.Next());
      if (field.number == 1) base = field.value;
      if (field.number == 2) raw = field.bytes;
    }
    if (array.number == 1) ARROW_RETURN_NOT_OK(AppendOffsets<uint16_t>(base, raw, out));
    if (array.number == 2) ARROW_RETURN_NOT_OK(AppendOffsets<uint32_t>(base, raw, out));
    if (array.number == 3) ARROW_RETURN_NOT_OK(AppendOffsets<uint64_t>(0, raw, out));
  }
  return Status::OK();
}

// The members of Range, RangeWithHoles and RangeWithBitmap.
struct RangeSegment {
  uint64_t start = 0;
  uint64_t end = 0;
  Bytes rest;  // 3: holes or bitmap
};

Result<RangeSegment> ReadRange(Bytes message) {
  RangeSegment out;
  MessageReader reader(message);
  while (!reader.done()) {
    ARROW_ASSIGN_OR_RAISE(WireField field, reader.Next());
    if (field.number == 1) out.start = field.value;
    if (field.number == 2) out.end = field.value;
    if (field.number == 3) out.rest = field.bytes;
  }
  LANCE_CHECK_BYTES(out.start <= out.end, "row ids have the range [", out.start, ", ", out.end,
                    ")");
  return out;
}

// Appends segments, never more than the rows that are expected.
class SequenceDecoder {
 public:
  SequenceDecoder(uint64_t num_rows, std::vector<uint64_t>* out) : num_rows_(num_rows), out_(out) {}

  Status Append(Bytes segment) {
    MessageReader reader(segment);
    while (!reader.done()) {
      ARROW_ASSIGN_OR_RAISE(WireField field, reader.Next());
      switch (field.number) {
        case 1:
          ARROW_RETURN_NOT_OK(AppendRange(field.bytes));
          break;
        case 2:
          ARROW_RETURN_NOT_OK(AppendRangeWithHoles(field.bytes));
          break;
        case 3:
          ARROW_RETURN_NOT_OK(AppendRangeWithBitmap(field.bytes));
          break;
        case 4:
        case 5:
          ARROW_RETURN_NOT_OK(AppendArray(field.bytes, out_));
          break;
        default:
          return Corruption("row ids have a segment of unknown kind ", field.number);
      }
      ARROW_RETURN_NOT_OK(CheckRoom(0));
    }
    return Status::OK();
  }

 private:
  Status CheckRoom(uint64_t more) const {
    LANCE_CHECK_BYTES(out_->size() <= num_rows_ && more <= num_rows_ - out_->size(),
                      "a fragment of ", num_rows_, " rows has more row ids");
    return Status::OK();
  }

  Status AppendRange(Bytes message) {
    ARROW_ASSIGN_OR_RAISE(RangeSegment range, ReadRange(message));
    ARROW_RETURN_NOT_OK(CheckRoom(range.end - range.start));
    for (uint64_t id = range.start; id < range.end; ++id) out_->push_back(id);
    return Status::OK();
  }

  Status AppendRangeWithHoles(Bytes message) {
    ARROW_ASSIGN_OR_RAISE(RangeSegment range, ReadRange(message));
    std::vector<uint64_t> holes;
    ARROW_RETURN_NOT_OK(AppendArray(range.rest, &holes));
    LANCE_CHECK_BYTES(holes.size() <= range.end - range.start, "row ids have ", holes.size(),
                      " holes in a range of ", range.end - range.start);
    ARROW_RETURN_NOT_OK(CheckRoom(range.end - range.start - holes.size()));
    uint64_t id = range.start;
    for (const uint64_t hole : holes) {
      LANCE_CHECK_BYTES(hole >= id && hole < range.end, "row ids have the hole ", hole,
                        " outside of its range or out of order");
      for (; id < hole; ++id) out_->push_back(id);
      ++id;
    }
    for (; id < range.end; ++id) out_->push_back(id);
    return Status::OK();
  }

  Status AppendRangeWithBitmap(Bytes message) {
    ARROW_ASSIGN_OR_RAISE(RangeSegment range, ReadRange(message));
    const uint64_t length = range.end - range.start;
    LANCE_CHECK_BYTES(range.rest.size() == length / 8 + (length % 8 != 0), "row ids have ",
                      range.rest.size(), " bytes of bitmap for a range of ", length);
    for (uint64_t i = 0; i < length; ++i) {
      if ((range.rest[i / 8] >> (i % 8) & 1) == 0) continue;
      ARROW_RETURN_NOT_OK(CheckRoom(1));
      out_->push_back(range.start + i);
    }
    return Status::OK();
  }

  uint64_t num_rows_;
  std::vector<uint64_t>* out_;
};

// Where the row ids of a fragment are kept.
struct RowIdPlace {
  bool in_column = false;  // a hidden column of one of the data files
  Bytes sequence;          // else: a RowIdSequence
};

Result<RowIdPlace> FindRowIds(std::string_view row_lineage) {
  MessageReader reader(AsBytes(row_lineage));
  std::optional<RowIdPlace> out;
  while (!reader.done()) {
    ARROW_ASSIGN_OR_RAISE(WireField field, reader.Next());
    if (field.number == 5) out = RowIdPlace{false, field.bytes};
    if (field.number == 12) out = RowIdPlace{true, {}};
  }
  LANCE_CHECK_BYTES(out.has_value(), "the table has stable row ids, but a fragment carries none");
  return *out;
}

Result<std::vector<uint64_t>> ReadRowIdColumn(FileCache& files, const table::Fragment& fragment,
                                              uint64_t num_rows) {
  file::SchemaField field;
  field.id = kRowIdField;
  field.name = kRowIdColumn;
  field.type = arrow::uint64();
  field.nullable = false;
  field.logical_type = "uint64";
  const file::SchemaField* const fields[] = {&field};
  ARROW_ASSIGN_OR_RAISE(auto columns, FragmentColumns::Open(files, fragment, fields));
  ARROW_ASSIGN_OR_RAISE(auto stream, columns->Scan({{0, num_rows}}, {}));
  std::vector<uint64_t> out;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(ColumnBatch batch, stream->Next());
    if (batch.num_rows == 0) return out;
    const auto& ids = static_cast<const arrow::UInt64Array&>(*batch.columns[0]);
    LANCE_CHECK_BYTES(ids.null_count() == 0, "the hidden column of row ids holds nulls");
    out.insert(out.end(), ids.raw_values(), ids.raw_values() + ids.length());
  }
}

Result<std::vector<uint64_t>> ReadRowIds(FileCache& files, const table::Fragment& fragment) {
  ARROW_ASSIGN_OR_RAISE(uint64_t num_rows, PhysicalRows(files, fragment));
  ARROW_ASSIGN_OR_RAISE(RowIdPlace place, FindRowIds(fragment.row_lineage));
  if (place.in_column) return ReadRowIdColumn(files, fragment, num_rows);
  return DecodeRowIds(AsText(place.sequence), num_rows);
}

}  // namespace

Result<std::shared_ptr<const std::vector<uint64_t>>> LoadRowIds(FileCache& files,
                                                                const table::Fragment& fragment) {
  auto ids = ReadRowIds(files, fragment);
  if (!ids.ok()) {
    return WithContext(ids.status(),
                       internal::Concat(files.table_name(), ", fragment ", fragment.id));
  }
  return std::make_shared<const std::vector<uint64_t>>(std::move(*ids));
}

Result<std::vector<uint64_t>> DecodeRowIds(std::string_view sequence, uint64_t num_rows) {
  std::vector<uint64_t> out;
  SequenceDecoder decoder(num_rows, &out);
  MessageReader reader(AsBytes(sequence));
  while (!reader.done()) {
    ARROW_ASSIGN_OR_RAISE(WireField field, reader.Next());
    if (field.number == 1) ARROW_RETURN_NOT_OK(decoder.Append(field.bytes));
  }
  LANCE_CHECK_BYTES(out.size() == num_rows, "a fragment of ", num_rows, " rows has ", out.size(),
                    " row ids");
  return out;
}

Result<std::shared_ptr<arrow::Array>> MakeRowIdColumn(std::span<const uint64_t> ids,
                                                      std::span<const RowRange> ranges,
                                                      arrow::MemoryPool* pool) {
  const auto num_rows = static_cast<int64_t>(CountRowsOf(ranges));
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(num_rows * 8, pool));
  auto* out = reinterpret_cast<uint64_t*>(buffer->mutable_data());
  for (const RowRange& range : ranges) {
    LANCE_CHECK_BYTES(range.end <= ids.size(), "row ", range.end, " has no row id");
    out = std::copy(ids.begin() + range.begin, ids.begin() + range.end, out);
  }
  return std::make_shared<arrow::UInt64Array>(num_rows, std::move(buffer));
}

}  // namespace lance::query
