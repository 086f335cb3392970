#include "java/jni/unsafe_rows.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace lance::jni {
namespace {

using arrow::ArrayData;
using arrow::Type;

constexpr int64_t kWordBytes = 8;
constexpr int32_t kMaxLongDigits = 18;  // decimals up to this precision are one i64
constexpr int64_t kDecimalBytes = 16;

constexpr int64_t NullBytes(int64_t count) { return (count + 63) / 64 * kWordBytes; }

// One value: where its slot lies and the structure that its offset counts from.
struct Cell {
  const uint8_t* slot = nullptr;  // null = the value is NULL
  Bytes base;
};

// Column `ordinal` of the rows, cells made as they are asked for.
class RowCells {
 public:
  RowCells(const UnsafeRows& rows, int ordinal, int num_fields)
      : rows_(rows), ordinal_(ordinal), slot_(NullBytes(num_fields) + kWordBytes * ordinal) {}

  int64_t size() const { return rows_.num_rows; }
  Cell operator[](int64_t i) const {
    const uint8_t* row = rows_.bytes + rows_.offsets[i];
    Cell cell{row + slot_, {row, static_cast<size_t>(rows_.offsets[i + 1] - rows_.offsets[i])}};
    if (arrow::bit_util::GetBit(row, ordinal_)) cell.slot = nullptr;
    return cell;
  }

 private:
  const UnsafeRows& rows_;
  int ordinal_;
  int64_t slot_;
};

// Cells inside of arrays and structs.
using ListedCells = std::vector<Cell>;
int64_t NumCells(const RowCells& cells) { return cells.size(); }
int64_t NumCells(const ListedCells& cells) { return static_cast<int64_t>(cells.size()); }

// A validity bitmap that is only made when there is a null.
class Validity {
 public:
  explicit Validity(int64_t length) : length_(length) {}

  Status SetNull(int64_t i) {
    if (bitmap_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(bitmap_, arrow::AllocateBitmap(length_));
      std::memset(bitmap_->mutable_data(), 0xFF, bitmap_->size());
    }
    arrow::bit_util::ClearBit(bitmap_->mutable_data(), i);
    ++null_count_;
    return Status::OK();
  }
  int64_t null_count() const { return null_count_; }
  std::shared_ptr<arrow::Buffer> buffer() const { return bitmap_; }

 private:
  int64_t length_;
  int64_t null_count_ = 0;
  std::shared_ptr<arrow::Buffer> bitmap_;
};

// The bytes that a slot points at.
Result<Bytes> Pointee(const Cell& cell, const std::string& path) {
  const auto word = LoadUnaligned<uint64_t>(cell.slot);
  const uint64_t offset = word >> 32;
  const uint64_t size = word & UINT32_MAX;
  LANCE_CHECK_BYTES(RangeFits(offset, size, cell.base.size()), "column ", path,
                    ": a row of Spark points outside of itself (offset ", offset, ", size ", size,
                    ", row size ", cell.base.size(), ")");
  return cell.base.subspan(offset, size);
}

// Bytes of an item in an array of Spark; those of variable length have a slot of 8.
int64_t ItemBytes(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
    case Type::INT8:
      return 1;
    case Type::INT16:
      return 2;
    case Type::INT32:
    case Type::DATE32:
    case Type::FLOAT:
      return 4;
    default:
      return kWordBytes;
  }
}

// True when Spark's and Arrow's values have the same bytes.
bool IsPlain(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::DATE32:
    case Type::TIMESTAMP:
    case Type::DURATION:
      return true;
    default:
      return false;
  }
}

// An array inside of a row.
struct ItemsView {
  Bytes bytes;
  int64_t count = 0;
  const uint8_t* items = nullptr;

  bool is_null(int64_t i) const { return arrow::bit_util::GetBit(bytes.data() + kWordBytes, i); }
  bool has_nulls() const {
    uint64_t all = 0;
    for (int64_t at = kWordBytes; at < kWordBytes + NullBytes(count); at += kWordBytes) {
      all |= LoadUnaligned<uint64_t>(bytes.data() + at);
    }
    return all != 0;
  }
};

Result<ItemsView> ViewItems(Bytes bytes, int64_t item_bytes, const std::string& path) {
  LANCE_CHECK_BYTES(bytes.size() >= kWordBytes, "column ", path, ": an array of Spark has ",
                    bytes.size(), " bytes");
  ItemsView view;
  view.bytes = bytes;
  view.count = LoadUnaligned<int64_t>(bytes.data());
  const auto size = static_cast<int64_t>(bytes.size());
  LANCE_CHECK_BYTES(view.count >= 0 && view.count <= size * 64, "column ", path,
                    ": an array of Spark has ", view.count, " items in ", size, " bytes");
  const int64_t head = kWordBytes + NullBytes(view.count);
  LANCE_CHECK_BYTES(head <= size && view.count * item_bytes <= size - head, "column ", path,
                    ": an array of Spark has ", view.count, " items of ", item_bytes, " bytes in ",
                    size, " bytes");
  view.items = bytes.data() + head;
  return view;
}

using Column = Result<std::shared_ptr<ArrayData>>;

template <typename Cells>
Column Convert(const arrow::Field& field, const Cells& cells, const std::string& path);

template <typename T, typename Cells>
Column ConvertFixed(const std::shared_ptr<arrow::DataType>& type, const Cells& cells) {
  const int64_t count = NumCells(cells);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateBuffer(count * sizeof(T)));
  auto* out = reinterpret_cast<T*>(values->mutable_data());
  Validity validity(count);
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
      out[i] = 0;
    } else {
      out[i] = LoadUnaligned<T>(cell.slot);
    }
  }
  return ArrayData::Make(type, count, {validity.buffer(), std::move(values)},
                         validity.null_count());
}

template <typename Cells>
Column ConvertBool(const std::shared_ptr<arrow::DataType>& type, const Cells& cells) {
  const int64_t count = NumCells(cells);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values, arrow::AllocateEmptyBitmap(count));
  Validity validity(count);
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
    } else if (*cell.slot != 0) {
      arrow::bit_util::SetBit(values->mutable_data(), i);
    }
  }
  return ArrayData::Make(type, count, {validity.buffer(), std::move(values)},
                         validity.null_count());
}

// Sign-extend a decimal of Spark to 16 bytes, little-endian.
Status PutDecimal(const Cell& cell, int32_t precision, const std::string& path, uint8_t* out) {
  if (precision <= kMaxLongDigits) {
    const auto low = LoadUnaligned<int64_t>(cell.slot);
    StoreUnaligned(out, low);
    StoreUnaligned<int64_t>(out + kWordBytes, low >> 63);
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Bytes big, Pointee(cell, path));
  LANCE_CHECK_BYTES(!big.empty() && big.size() <= kDecimalBytes, "column ", path,
                    ": a decimal of Spark has ", big.size(), " bytes");
  std::memset(out, (big[0] & 0x80) != 0 ? 0xFF : 0, kDecimalBytes);
  for (size_t i = 0; i < big.size(); ++i) out[i] = big[big.size() - 1 - i];
  return Status::OK();
}

template <typename Cells>
Column ConvertDecimal(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                      const std::string& path) {
  const int64_t count = NumCells(cells);
  const int32_t precision = static_cast<const arrow::DecimalType&>(*type).precision();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateBuffer(count * kDecimalBytes));
  Validity validity(count);
  for (int64_t i = 0; i < count; ++i) {
    uint8_t* out = values->mutable_data() + kDecimalBytes * i;
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
      std::memset(out, 0, kDecimalBytes);
    } else {
      ARROW_RETURN_NOT_OK(PutDecimal(cell, precision, path, out));
    }
  }
  return ArrayData::Make(type, count, {validity.buffer(), std::move(values)},
                         validity.null_count());
}

Status CheckOffset(int64_t total, const std::string& path) {
  LANCE_REQUIRE(total <= INT32_MAX, "column ", path, ": the values of one batch have ", total,
                " bytes or items; at most ", INT32_MAX, " fit");
  return Status::OK();
}

template <typename Cells>
Column ConvertText(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                   const std::string& path) {
  const int64_t count = NumCells(cells);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((count + 1) * sizeof(int32_t)));
  auto* ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  Validity validity(count);
  int64_t total = 0;
  ends[0] = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
    } else {
      total += LoadUnaligned<uint32_t>(cell.slot);  // the low half of the word is the size
      ARROW_RETURN_NOT_OK(CheckOffset(total, path));
    }
    ends[i + 1] = static_cast<int32_t>(total);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> text, arrow::AllocateBuffer(total));
  for (int64_t i = 0; i < count; ++i) {
    if (ends[i] == ends[i + 1]) continue;
    ARROW_ASSIGN_OR_RAISE(const Bytes bytes, Pointee(cells[i], path));
    std::memcpy(text->mutable_data() + ends[i], bytes.data(), bytes.size());
  }
  return ArrayData::Make(type, count, {validity.buffer(), std::move(offsets), std::move(text)},
                         validity.null_count());
}

template <typename Cells>
Column ConvertFixedBinary(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                          const std::string& path) {
  const int64_t count = NumCells(cells);
  const int64_t width = static_cast<const arrow::FixedSizeBinaryType&>(*type).byte_width();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateBuffer(count * width));
  Validity validity(count);
  for (int64_t i = 0; i < count; ++i) {
    uint8_t* out = values->mutable_data() + width * i;
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
      std::memset(out, 0, width);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const Bytes bytes, Pointee(cell, path));
    if (static_cast<int64_t>(bytes.size()) != width) {
      return Error(ErrorCode::SchemaMismatch, "column ", path, " takes values of ", width,
                   " bytes, but a row has one of ", bytes.size());
    }
    std::memcpy(out, bytes.data(), width);
  }
  return ArrayData::Make(type, count, {validity.buffer(), std::move(values)},
                         validity.null_count());
}

// The arrays of a column; a null one has no items.
struct Lists {
  std::vector<ItemsView> views;
  int64_t num_items = 0;
};

// Items whose bytes are Arrow's: copied whole. `fill_nulls` = items of a null list, else 0.
Column CopyItems(const arrow::Field& item, const Lists& lists, int64_t fill_nulls) {
  const int64_t width = ItemBytes(*item.type());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateBuffer(lists.num_items * width));
  Validity validity(lists.num_items);
  uint8_t* out = values->mutable_data();
  int64_t done = 0;
  for (const ItemsView& view : lists.views) {
    if (view.items == nullptr) {
      std::memset(out + done * width, 0, fill_nulls * width);
      done += fill_nulls;
      continue;
    }
    if (view.count > 0) std::memcpy(out + done * width, view.items, view.count * width);
    const int64_t nulls = view.has_nulls() ? view.count : 0;
    for (int64_t i = 0; i < nulls; ++i) {
      if (view.is_null(i)) ARROW_RETURN_NOT_OK(validity.SetNull(done + i));
    }
    done += view.count;
  }
  return ArrayData::Make(item.type(), lists.num_items, {validity.buffer(), std::move(values)},
                         validity.null_count());
}

Column ConvertItems(const arrow::Field& item, const Lists& lists, int64_t fill_nulls,
                    const std::string& path) {
  if (IsPlain(*item.type())) return CopyItems(item, lists, fill_nulls);
  const int64_t width = ItemBytes(*item.type());
  ListedCells cells;
  cells.reserve(lists.num_items);
  for (const ItemsView& view : lists.views) {
    if (view.items == nullptr) {
      cells.resize(cells.size() + fill_nulls);
      continue;
    }
    for (int64_t i = 0; i < view.count; ++i) {
      cells.push_back({view.is_null(i) ? nullptr : view.items + i * width, view.bytes});
    }
  }
  return Convert(item, cells, path + "." + item.name());
}

template <typename Cells>
Column ConvertList(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                   const std::string& path) {
  const arrow::Field& item = *type->field(0);
  const int64_t count = NumCells(cells);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((count + 1) * sizeof(int32_t)));
  auto* ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  Validity validity(count);
  Lists lists;
  lists.views.resize(count);
  ends[0] = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
    } else {
      ARROW_ASSIGN_OR_RAISE(const Bytes bytes, Pointee(cell, path));
      ARROW_ASSIGN_OR_RAISE(lists.views[i], ViewItems(bytes, ItemBytes(*item.type()), path));
      lists.num_items += lists.views[i].count;
      ARROW_RETURN_NOT_OK(CheckOffset(lists.num_items, path));
    }
    ends[i + 1] = static_cast<int32_t>(lists.num_items);
  }
  ARROW_ASSIGN_OR_RAISE(auto items, ConvertItems(item, lists, 0, path));
  return ArrayData::Make(type, count, {validity.buffer(), std::move(offsets)}, {std::move(items)},
                         validity.null_count());
}

template <typename Cells>
Column ConvertVector(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                     const std::string& path) {
  const arrow::Field& item = *type->field(0);
  const int64_t size = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
  const int64_t count = NumCells(cells);
  Validity validity(count);
  Lists lists;
  lists.views.resize(count);
  lists.num_items = count * size;
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const Bytes bytes, Pointee(cell, path));
    ARROW_ASSIGN_OR_RAISE(lists.views[i], ViewItems(bytes, ItemBytes(*item.type()), path));
    if (lists.views[i].count != size) {
      return Error(ErrorCode::SchemaMismatch, "column ", path, " takes arrays of ", size,
                   " elements, but a row has one of ", lists.views[i].count);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto items, ConvertItems(item, lists, size, path));
  return ArrayData::Make(type, count, {validity.buffer()}, {std::move(items)},
                         validity.null_count());
}

template <typename Cells>
Column ConvertStruct(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                     const std::string& path) {
  const int64_t count = NumCells(cells);
  const int num_fields = type->num_fields();
  const int64_t slots = NullBytes(num_fields);
  Validity validity(count);
  std::vector<Bytes> rows(count);
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(rows[i], Pointee(cell, path));
    LANCE_CHECK_BYTES(static_cast<int64_t>(rows[i].size()) >= slots + kWordBytes * num_fields,
                      "column ", path, ": a struct of Spark has ", rows[i].size(), " bytes for ",
                      num_fields, " fields");
  }
  std::vector<std::shared_ptr<ArrayData>> children(num_fields);
  ListedCells below(count);
  for (int f = 0; f < num_fields; ++f) {
    for (int64_t i = 0; i < count; ++i) {
      const bool null = rows[i].empty() || arrow::bit_util::GetBit(rows[i].data(), f);
      below[i] = {null ? nullptr : rows[i].data() + slots + kWordBytes * f, rows[i]};
    }
    const arrow::Field& child = *type->field(f);
    ARROW_ASSIGN_OR_RAISE(children[f], Convert(child, below, path + "." + child.name()));
  }
  return ArrayData::Make(type, count, {validity.buffer()}, std::move(children),
                         validity.null_count());
}

// A map's two arrays.
Status SplitMap(Bytes map, const arrow::MapType& type, const std::string& path, ItemsView* keys,
                ItemsView* values) {
  LANCE_CHECK_BYTES(map.size() >= kWordBytes, "column ", path, ": a map of Spark has ", map.size(),
                    " bytes");
  const auto key_bytes = LoadUnaligned<uint64_t>(map.data());
  LANCE_CHECK_BYTES(key_bytes <= map.size() - kWordBytes, "column ", path,
                    ": the keys of a map of Spark have ", key_bytes, " of ", map.size(), " bytes");
  const Bytes arrays = map.subspan(kWordBytes);
  ARROW_ASSIGN_OR_RAISE(*keys,
                        ViewItems(arrays.first(key_bytes), ItemBytes(*type.key_type()), path));
  ARROW_ASSIGN_OR_RAISE(*values,
                        ViewItems(arrays.subspan(key_bytes), ItemBytes(*type.item_type()), path));
  LANCE_CHECK_BYTES(keys->count == values->count, "column ", path, ": a map of Spark has ",
                    keys->count, " keys and ", values->count, " values");
  return Status::OK();
}

template <typename Cells>
Column ConvertMap(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                  const std::string& path) {
  const auto& map = static_cast<const arrow::MapType&>(*type);
  const int64_t count = NumCells(cells);
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((count + 1) * sizeof(int32_t)));
  auto* ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  Validity validity(count);
  Lists keys;
  Lists values;
  keys.views.resize(count);
  values.views.resize(count);
  ends[0] = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Cell cell = cells[i];
    if (cell.slot == nullptr) {
      ARROW_RETURN_NOT_OK(validity.SetNull(i));
    } else {
      ARROW_ASSIGN_OR_RAISE(const Bytes bytes, Pointee(cell, path));
      ARROW_RETURN_NOT_OK(SplitMap(bytes, map, path, &keys.views[i], &values.views[i]));
      keys.num_items += keys.views[i].count;
      ARROW_RETURN_NOT_OK(CheckOffset(keys.num_items, path));
    }
    ends[i + 1] = static_cast<int32_t>(keys.num_items);
  }
  values.num_items = keys.num_items;
  ARROW_ASSIGN_OR_RAISE(auto key_data, ConvertItems(*map.key_field(), keys, 0, path));
  ARROW_ASSIGN_OR_RAISE(auto value_data, ConvertItems(*map.item_field(), values, 0, path));
  auto entries = ArrayData::Make(map.value_type(), keys.num_items, {nullptr},
                                 {std::move(key_data), std::move(value_data)}, 0);
  return ArrayData::Make(type, count, {validity.buffer(), std::move(offsets)}, {std::move(entries)},
                         validity.null_count());
}

template <typename Cells>
Column ConvertType(const std::shared_ptr<arrow::DataType>& type, const Cells& cells,
                   const std::string& path) {
  switch (type->id()) {
    case Type::NA:
      return ArrayData::Make(type, NumCells(cells), {nullptr}, NumCells(cells));
    case Type::BOOL:
      return ConvertBool(type, cells);
    case Type::INT8:
      return ConvertFixed<int8_t>(type, cells);
    case Type::INT16:
      return ConvertFixed<int16_t>(type, cells);
    case Type::INT32:
    case Type::DATE32:
    case Type::FLOAT:
      return ConvertFixed<int32_t>(type, cells);
    case Type::INT64:
    case Type::DOUBLE:
    case Type::TIMESTAMP:
    case Type::DURATION:
      return ConvertFixed<int64_t>(type, cells);
    case Type::DECIMAL128:
      return ConvertDecimal(type, cells, path);
    case Type::STRING:
    case Type::BINARY:
      return ConvertText(type, cells, path);
    case Type::FIXED_SIZE_BINARY:
      return ConvertFixedBinary(type, cells, path);
    case Type::LIST:
      return ConvertList(type, cells, path);
    case Type::FIXED_SIZE_LIST:
      return ConvertVector(type, cells, path);
    case Type::STRUCT:
      return ConvertStruct(type, cells, path);
    case Type::MAP:
      return ConvertMap(type, cells, path);
    default:
      return Unsupported("column ", path, ": rows of Spark do not hold ", type->ToString());
  }
}

template <typename Cells>
Column Convert(const arrow::Field& field, const Cells& cells, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto data, ConvertType(field.type(), cells, path));
  if (!field.nullable() && data->GetNullCount() > 0) {
    // Below a null struct there is nothing to say about its fields.
    data->buffers[0] = nullptr;
    data->SetNullCount(0);
  }
  return data;
}

Status CheckRows(const UnsafeRows& rows, int num_fields) {
  const int64_t least = NullBytes(num_fields) + kWordBytes * num_fields;
  for (int64_t i = 0; i < rows.num_rows; ++i) {
    LANCE_CHECK_BYTES(rows.offsets[i + 1] - rows.offsets[i] >= least, "a row of Spark has ",
                      rows.offsets[i + 1] - rows.offsets[i], " bytes for ", num_fields, " fields");
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> ToColumns(
    const UnsafeRows& rows, const std::shared_ptr<arrow::Schema>& schema) {
  ARROW_RETURN_NOT_OK(CheckRows(rows, schema->num_fields()));
  std::vector<std::shared_ptr<ArrayData>> columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    const arrow::Field& field = *schema->field(i);
    const RowCells cells(rows, i, schema->num_fields());
    ARROW_ASSIGN_OR_RAISE(auto column, ConvertType(field.type(), cells, field.name()));
    if (!field.nullable() && column->GetNullCount() > 0) {
      return Error(ErrorCode::SchemaMismatch, "column ", field.name(),
                   " must not be null, but a row has no value for it");
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, rows.num_rows, std::move(columns));
}

}  // namespace lance::jni
