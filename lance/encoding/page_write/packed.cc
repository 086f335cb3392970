#include "lance/encoding/page_write/packed.h"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include <cstring>
#include <limits>
#include <utility>

#include "lance/encoding/codec/codec_support.h"

namespace lance::encoding::page_write {
namespace {

// Finds the values of one child of a packed struct.
class ChildPages {
 public:
  ChildPages(const LeafPath& path, const LeafPage& page)
      : path_(path), page_(page), nulls_(NullMarks(page)) {}

  size_t num_children() const { return static_cast<size_t>(path_.type->num_fields()); }
  bool is_null(int64_t value) const { return !nulls_.empty() && nulls_[value] != 0; }

  /// The page as a stream of child `index`: the same levels, other values.
  Result<LeafPage> Make(size_t index) const {
    const auto& field = path_.type->field(static_cast<int>(index));
    LeafPage out = page_;
    out.rep.clear();
    out.runs.clear();
    ARROW_ASSIGN_OR_RAISE(out.type, LeafValueType(*field->type()));
    int64_t first = 0;
    for (const LeafRun& run : page_.runs) {
      LeafRun child = run;
      child.leaf = run.leaf->child_data[index];
      child.begin += child.leaf->offset;
      ARROW_RETURN_NOT_OK(CheckNulls(*field, child, first));
      first += run.count;
      out.runs.push_back(std::move(child));
    }
    return out;
  }

 private:
  Status CheckNulls(const arrow::Field& field, const LeafRun& run, int64_t first) const {
    if (run.leaf->GetNullCount() == 0) return Status::OK();
    const uint8_t* validity = run.leaf->buffers[0]->data();
    for (int64_t i = 0; i < run.count; ++i) {
      LANCE_REQUIRE(is_null(first + i) || arrow::bit_util::GetBit(validity, run.begin + i),
                    "the child '", field.name(), "' of a packed struct must not be null");
    }
    return Status::OK();
  }

  const LeafPath& path_;
  const LeafPage& page_;
  const std::vector<uint16_t> nulls_;
};

// One field, encoded value by value.
struct EncodedField {
  FlatValues flat;  // what `values` may borrow
  PerValueValues values;
  uint64_t length_bytes = 0;  // of the length in front of a variable value

  const uint64_t* ends() const { return reinterpret_cast<const uint64_t*>(values.offsets->data()); }
  uint64_t SizeOf(int64_t value) const {
    if (values.fixed) return values.bits_per_value / 8;
    return length_bytes + ends()[value + 1] - ends()[value];
  }
  uint8_t* Put(int64_t value, uint8_t* to) const {
    uint64_t length = values.bits_per_value / 8;
    uint64_t begin = static_cast<uint64_t>(value) * length;
    if (!values.fixed) {
      begin = ends()[value];
      length = ends()[value + 1] - begin;
      std::memcpy(to, &length, length_bytes);
      to += length_bytes;
    }
    if (length != 0) std::memcpy(to, values.data->data() + begin, length);
    return to + length;
  }
};

EncodingNode RowNode(const std::vector<EncodedField>& fields) {
  EncodingNode out;
  out.tag = kVariablePackedStruct;
  for (const EncodedField& field : fields) {
    const bool is_variable = !field.values.fixed;
    out.field_is_variable.push_back(is_variable);
    out.field_bits.push_back(is_variable ? field.length_bytes * 8 : field.values.bits_per_value);
    out.children.push_back(field.values.encoding);
  }
  return out;
}

// Positions of the rows among the bytes of all; null rows have none.
Result<std::shared_ptr<arrow::Buffer>> MeasureRows(const std::vector<EncodedField>& fields,
                                                   const ChildPages& children, int64_t num_rows,
                                                   arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(
      auto out, codec::AllocateBytes(static_cast<uint64_t>(num_rows + 1) * sizeof(uint64_t), pool));
  auto* ends = reinterpret_cast<uint64_t*>(out->mutable_data());
  ends[0] = 0;
  for (int64_t i = 0; i < num_rows; ++i) {
    uint64_t size = 0;
    for (const EncodedField& field : fields) size += children.is_null(i) ? 0 : field.SizeOf(i);
    LANCE_REQUIRE(size <= std::numeric_limits<uint32_t>::max(), "a packed row of ", size,
                  " bytes is too large");
    ends[i + 1] = ends[i] + size;
  }
  return out;
}

}  // namespace

Result<FlatValues> InterleaveFields(const LeafPath& path, const LeafPage& page,
                                    arrow::MemoryPool* pool) {
  const ChildPages children(path, page);
  ValueBuilder rows(page.type, pool);
  ARROW_RETURN_NOT_OK(rows.Reserve(page.num_values));
  ARROW_ASSIGN_OR_RAISE(uint8_t* first, rows.AppendFixed(page.num_values));
  const uint64_t stride = page.type.bytes();
  for (size_t child = 0; child < children.num_children(); ++child) {
    ARROW_ASSIGN_OR_RAISE(const LeafPage values, children.Make(child));
    ARROW_ASSIGN_OR_RAISE(const FlatValues flat, Flatten(values, pool));
    LANCE_REQUIRE(flat.view.item_validity.empty(),
                  "the items of a vector in a packed struct must not be null");
    const uint64_t width = values.type.bytes();
    const uint8_t* from = flat.view.data.data();
    uint8_t* to = first;
    for (int64_t i = 0; i < page.num_values; ++i, from += width, to += stride) {
      std::memcpy(to, from, width);
    }
    first += width;
  }
  FlatValues out;
  out.owner.emplace(std::move(rows));
  out.view = out.owner->View();
  return out;
}

EncodingNode PackedStructNode(const arrow::DataType& type, EncodingNode rows) {
  EncodingNode out;
  out.tag = kPackedStruct;
  for (const auto& field : type.fields()) {
    out.field_bits.push_back(LeafValueType(*field->type()).ValueOr(ValueType()).bits);
  }
  out.children.push_back(std::move(rows));
  return out;
}

Result<PerValueValues> EncodePackedRows(const LeafPath& path, const LeafPage& page,
                                        const PageOptions& options) {
  const ChildPages children(path, page);
  std::vector<EncodedField> fields(children.num_children());
  for (size_t i = 0; i < fields.size(); ++i) {
    PageOptions own = i < options.fields.size() ? options.fields[i] : PageOptions();
    own.encode.version = options.encode.version;
    own.encode.pool = options.encode.pool;
    ARROW_ASSIGN_OR_RAISE(const LeafPage values, children.Make(i));
    ARROW_ASSIGN_OR_RAISE(fields[i].flat, Flatten(values, own.encode.pool));
    ARROW_ASSIGN_OR_RAISE(const Choice choice, ChoosePerValue(fields[i].flat.view, own));
    ARROW_ASSIGN_OR_RAISE(fields[i].values, EncodePerValues(fields[i].flat.view, choice.best()));
    fields[i].length_bytes = values.type.is_variable() ? values.type.bytes() : 0;
  }
  PerValueValues out;
  out.fixed = false;
  out.num_values = page.num_values;
  out.encoding = RowNode(fields);
  ARROW_ASSIGN_OR_RAISE(out.offsets,
                        MeasureRows(fields, children, page.num_values, options.encode.pool));
  const auto* ends = reinterpret_cast<const uint64_t*>(out.offsets->data());
  ARROW_ASSIGN_OR_RAISE(auto data,
                        codec::AllocateBytes(ends[page.num_values], options.encode.pool));
  uint8_t* to = data->mutable_data();
  for (int64_t row = 0; row < page.num_values; ++row) {
    if (children.is_null(row)) continue;
    for (const EncodedField& field : fields) to = field.Put(row, to);
  }
  out.data = std::move(data);
  return out;
}

}  // namespace lance::encoding::page_write
