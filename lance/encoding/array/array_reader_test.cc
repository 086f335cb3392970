// Pages of version 2.0 from bytes written by hand.
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "array_encodings.pb.h"
#include "lance/base/testing/matchers.h"
#include "lance/encoding/codec/fsst/symbol_table.h"
#include "lance/encoding/page_reader.h"

namespace lance::encoding {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;
using ::testing::ElementsAre;

// A page whose buffers lie one after the other in a file of their own.
struct ArrayPage {
  spec::ArrayEncoding encoding;
  std::vector<std::string> buffers;
  uint64_t num_rows = 0;
  uint64_t first_item = 0;
};

template <typename T>
std::string RawBytesOf(std::initializer_list<T> values) {
  std::string out;
  for (const T value : values) out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return out;
}

void SetFlat(spec::ArrayEncoding* out, uint64_t bits, uint32_t buffer) {
  out->mutable_flat()->set_bits_per_value(bits);
  out->mutable_flat()->mutable_buffer()->set_index(buffer);
}
void SetNoNulls(spec::ArrayEncoding* out, uint64_t bits, uint32_t buffer) {
  SetFlat(out->mutable_nullable()->mutable_no_nulls()->mutable_values(), bits, buffer);
}
void SetBinary(spec::ArrayEncoding* out, uint32_t first_buffer, uint64_t adjustment) {
  SetNoNulls(out->mutable_binary()->mutable_indices(), 64, first_buffer);
  SetFlat(out->mutable_binary()->mutable_bytes(), 8, first_buffer + 1);
  out->mutable_binary()->set_null_adjustment(adjustment);
}

// Reads rows of a page and counts the bytes that it asked for.
struct PageRead {
  LeafColumn column;
  uint64_t num_bytes = 0;
};

Status FetchFrom(const std::string& file, const std::vector<ByteRange>& ranges, FetchedBytes* out,
                 uint64_t* num_bytes) {
  for (const ByteRange& range : ranges) {
    LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, file.size()), "outside of the file");
    out->Add(range, arrow::Buffer::FromString(file.substr(range.offset, range.length)));
    *num_bytes += range.length;
  }
  return Status::OK();
}

Result<PageRead> ReadPage(const ArrayPage& page, const LeafShape& shape,
                          std::vector<RowRange> rows = {}) {
  if (rows.empty()) rows.push_back({0, page.num_rows});
  std::string file;
  std::vector<ByteRange> places;
  for (const std::string& buffer : page.buffers) {
    places.push_back({file.size(), buffer.size()});
    file += buffer + "#";
  }
  const std::string layout = page.encoding.SerializeAsString();
  ARROW_ASSIGN_OR_RAISE(auto reader, PageReader::Make({AsBytes(layout), places, page.num_rows,
                                                       kVersion20, page.first_item},
                                                      shape));
  PageRead out;
  FetchedBytes initial;
  uint64_t ignored = 0;
  ARROW_RETURN_NOT_OK(FetchFrom(file, reader->InitialRanges(), &initial, &ignored));
  ARROW_RETURN_NOT_OK(reader->Initialize(initial));
  FetchedBytes bytes;
  DecodeScratch scratch;
  std::vector<ByteRange> ranges;
  ARROW_RETURN_NOT_OK(reader->AddRanges(rows, &ranges));
  ARROW_RETURN_NOT_OK(FetchFrom(file, ranges, &bytes, &out.num_bytes));
  ranges.clear();
  ARROW_RETURN_NOT_OK(reader->AddDependentRanges(rows, bytes, &scratch, &ranges));
  ARROW_RETURN_NOT_OK(FetchFrom(file, ranges, &bytes, &out.num_bytes));
  int64_t count = 0;
  for (const RowRange& range : rows) count += static_cast<int64_t>(range.size());
  ARROW_ASSIGN_OR_RAISE(auto decoded,
                        LeafAccumulator::Make(shape, count, {}, arrow::default_memory_pool()));
  ARROW_RETURN_NOT_OK(reader->Decode(rows, bytes, &scratch, &decoded));
  ARROW_ASSIGN_OR_RAISE(out.column, decoded.Finish());
  return out;
}

bool IsValid(const LeafColumn& column, int64_t i) {
  return column.validity == nullptr || (column.validity->data()[i / 8] >> (i % 8) & 1) != 0;
}

std::vector<std::optional<std::string>> Texts(const LeafColumn& column) {
  std::vector<std::optional<std::string>> out;
  const auto* offsets = reinterpret_cast<const int32_t*>(column.values.offsets->data());
  const auto* data = reinterpret_cast<const char*>(column.values.data->data());
  for (int64_t i = 0; i < column.num_values; ++i) {
    const auto length = static_cast<size_t>(offsets[i + 1] - offsets[i]);
    out.push_back(IsValid(column, i) ? std::optional(std::string(data + offsets[i], length))
                                     : std::nullopt);
  }
  return out;
}

template <typename T>
std::vector<std::optional<T>> Numbers(const LeafColumn& column) {
  std::vector<std::optional<T>> out;
  for (int64_t i = 0; i < column.num_values; ++i) {
    const T value = LoadUnaligned<T>(column.values.data->data() + i * sizeof(T));
    out.push_back(IsValid(column, i) ? std::optional(value) : std::nullopt);
  }
  return out;
}

LeafShape ShapeOf(ValueType type, LeafRole role = LeafRole::kValues) {
  LeafShape out;
  out.values = std::move(type);
  out.role = role;
  return out;
}

ArrayPage NullableNumbers() {
  ArrayPage page;
  auto* some = page.encoding.mutable_nullable()->mutable_some_nulls();
  SetFlat(some->mutable_validity(), 1, 0);
  SetFlat(some->mutable_values(), 32, 1);
  page.buffers = {std::string(1, 0x15), RawBytesOf<int32_t>({1, 0, 3, 0, 5})};
  page.num_rows = 5;
  return page;
}

TEST(ArrayReader, ReadsNumbersWithNulls) {
  const auto read = ReadPage(NullableNumbers(), ShapeOf(ValueType::Fixed(32)));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->column.null_count, 2);
  EXPECT_THAT(Numbers<int32_t>(read->column), ElementsAre(1, std::nullopt, 3, std::nullopt, 5));
  const auto taken = ReadPage(NullableNumbers(), ShapeOf(ValueType::Fixed(32)), {{1, 2}, {4, 5}});
  ASSERT_THAT(taken, IsOk());
  EXPECT_THAT(Numbers<int32_t>(taken->column), ElementsAre(std::nullopt, 5));
  EXPECT_EQ(taken->num_bytes, 1U + 4 + 4);
}

ArrayPage NullableTexts() {
  ArrayPage page;
  SetBinary(&page.encoding, 0, 7);
  page.buffers = {RawBytesOf<uint64_t>({3, 10, 6}), "foobaz"};
  page.num_rows = 3;
  return page;
}

TEST(ArrayReader, FindsNullsOfTextsInTheirEnds) {
  const auto read = ReadPage(NullableTexts(), ShapeOf(ValueType::Variable(32)));
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(Texts(read->column), ElementsAre("foo", std::nullopt, "baz"));
  // A row behind a null begins where the null ends.
  const auto taken = ReadPage(NullableTexts(), ShapeOf(ValueType::Variable(32)), {{2, 3}});
  ASSERT_THAT(taken, IsOk());
  EXPECT_THAT(Texts(taken->column), ElementsAre("baz"));
  EXPECT_EQ(taken->num_bytes, 16U + 3);
}

TEST(ArrayReader, RefusesEndsThatFallOrLeaveTheBytes) {
  const LeafShape shape = ShapeOf(ValueType::Variable(32));
  for (const auto& ends : {RawBytesOf<uint64_t>({3, 2, 6}), RawBytesOf<uint64_t>({3, 5, 6 + 7 + 1}),
                           RawBytesOf<uint64_t>({3, ~uint64_t{0}, 6}),
                           RawBytesOf<uint64_t>({~uint64_t{0}, 3, ~uint64_t{0}})}) {
    ArrayPage page = NullableTexts();
    page.buffers[0] = ends;
    EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
  }
  ArrayPage page = NullableTexts();
  page.buffers[0].pop_back();
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
  page = NullableTexts();
  page.buffers[1] = "fooba";
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
}

TEST(ArrayReader, ReadsListsAsPairsOfTheirItems) {
  ArrayPage page;
  SetNoNulls(page.encoding.mutable_list()->mutable_offsets(), 64, 0);
  page.encoding.mutable_list()->set_null_offset_adjustment(5);
  page.encoding.mutable_list()->set_num_items(4);
  page.buffers = {RawBytesOf<uint64_t>({2, 7, 4})};
  page.num_rows = 3;
  page.first_item = 100;
  const LeafShape shape = ShapeOf(ValueType::Fixed(128), LeafRole::kListEnds);
  const auto read = ReadPage(page, shape);
  ASSERT_THAT(read, IsOk());
  const auto* pairs = reinterpret_cast<const uint64_t*>(read->column.values.data->data());
  EXPECT_THAT(std::vector<uint64_t>(pairs, pairs + 6), ElementsAre(100, 102, 102, 102, 102, 104));
  EXPECT_FALSE(IsValid(read->column, 1));
  EXPECT_EQ(NumListItems(AsBytes(page.encoding.SerializeAsString())).ValueOr(0), 4U);
  // A column of values cannot be lists, nor the other way round.
  EXPECT_THAT(ReadPage(page, ShapeOf(ValueType::Fixed(128))), IsError(ErrorCode::Corruption));
  EXPECT_THAT(ReadPage(NullableNumbers(), shape), IsError(ErrorCode::Corruption));
  page.encoding.mutable_list()->set_num_items(3);
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
}

ArrayPage DictionaryPage() {
  ArrayPage page;
  auto* dictionary = page.encoding.mutable_dictionary();
  SetNoNulls(dictionary->mutable_indices(), 8, 0);
  SetBinary(dictionary->mutable_items(), 1, 4);
  dictionary->set_num_dictionary_items(2);
  page.buffers = {std::string("\1\0\2\1", 4), RawBytesOf<uint64_t>({1, 3}), "abc"};
  page.num_rows = 4;
  return page;
}

TEST(ArrayReader, CountsItemsOfAutomaticDictionariesFromOne) {
  const auto read = ReadPage(DictionaryPage(), ShapeOf(ValueType::Variable(32)));
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(Texts(read->column), ElementsAre("a", std::nullopt, "bc", "a"));
}

TEST(ArrayReader, CountsItemsOfArrowDictionariesFromZero) {
  ArrayPage page = DictionaryPage();
  page.buffers[0] = std::string("\1\0\1\0", 4);
  const LeafShape shape = ShapeOf(ValueType::Variable(32), LeafRole::kDictionary);
  const auto read = ReadPage(page, shape);
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(Texts(read->column), ElementsAre("bc", "a", "bc", "a"));
  // A null item is a null value.
  page.buffers[1] = RawBytesOf<uint64_t>({1, 5});
  const auto with_null = ReadPage(page, shape);
  ASSERT_THAT(with_null, IsOk());
  EXPECT_THAT(Texts(with_null->column), ElementsAre(std::nullopt, "a", std::nullopt, "a"));
  page.buffers[0][3] = 2;
  EXPECT_THAT(ReadPage(page, shape), HasErrorMessage("dictionary of 2"));
}

TEST(ArrayReader, ReadsItemsOfFixedSizeListsWithTheirNulls) {
  ArrayPage page;
  auto* rows = page.encoding.mutable_nullable()->mutable_some_nulls();
  SetFlat(rows->mutable_validity(), 1, 0);
  auto* list = rows->mutable_values()->mutable_fixed_size_list();
  list->set_dimension(3);
  auto* items = list->mutable_items()->mutable_nullable()->mutable_some_nulls();
  SetFlat(items->mutable_validity(), 1, 1);
  SetFlat(items->mutable_values(), 8, 2);
  page.buffers = {"\5", std::string("\x6f\1", 2), "abcdefghi"};
  page.num_rows = 3;
  ValueType type = ValueType::Fixed(24);
  type.lists.push_back({3, false});
  const auto read = ReadPage(page, ShapeOf(type), {{1, 3}});
  ASSERT_THAT(read, IsOk());
  EXPECT_FALSE(IsValid(read->column, 0));
  EXPECT_TRUE(IsValid(read->column, 1));
  EXPECT_EQ(read->column.values.data->ToString(), "defghi");
  EXPECT_EQ(read->column.values.item_validity[0]->data()[0] & 0x3f, 0x2d);
  list->set_dimension(4);
  EXPECT_THAT(ReadPage(page, ShapeOf(type)), IsError(ErrorCode::Corruption));
}

TEST(ArrayReader, ReadsRowsOfPackedStructs) {
  ArrayPage page;
  auto* packed = page.encoding.mutable_packed_struct();
  SetNoNulls(packed->add_inner(), 8, 0);
  SetNoNulls(packed->add_inner(), 16, 0);
  page.buffers = {"abcABC"};
  page.num_rows = 2;
  const auto read = ReadPage(page, ShapeOf(ValueType::Fixed(24)), {{1, 2}});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->column.values.data->ToString(), "ABC");
  EXPECT_EQ(read->num_bytes, 3U);
  EXPECT_THAT(ReadPage(page, ShapeOf(ValueType::Fixed(32))), IsError(ErrorCode::Corruption));
}

TEST(ArrayReader, FindsNullsAmongPlacesOfBlobs) {
  ArrayPage page;
  auto* packed = page.encoding.mutable_packed_struct();
  SetNoNulls(packed->add_inner(), 64, 0);
  SetNoNulls(packed->add_inner(), 64, 0);
  page.buffers = {RawBytesOf<uint64_t>({64, 10, 1, 0, 0, 0})};
  page.num_rows = 3;
  const auto read = ReadPage(page, ShapeOf(ValueType::Fixed(128), LeafRole::kBlobPlaces));
  ASSERT_THAT(read, IsOk());
  const auto* pairs = reinterpret_cast<const uint64_t*>(read->column.values.data->data());
  EXPECT_THAT(std::vector<uint64_t>(pairs, pairs + 6), ElementsAre(64, 10, 0, 0, 0, 0));
  EXPECT_TRUE(IsValid(read->column, 0));
  EXPECT_FALSE(IsValid(read->column, 1));
  EXPECT_TRUE(IsValid(read->column, 2));
}

TEST(ArrayReader, DecompressesTextOfSymbols) {
  fsst::SymbolTable table;
  table.num_symbols = 1;
  std::memcpy(&table.symbols[0], "lance", 5);
  table.lengths[0] = 5;
  ArrayPage page;
  page.encoding.mutable_fsst()->set_symbol_table(fsst::SerializeSymbolTable(table));
  SetBinary(page.encoding.mutable_fsst()->mutable_binary(), 0, 5);
  page.buffers = {RawBytesOf<uint64_t>({1, 6, 4}), std::string("\0\xff!\0", 4)};
  page.num_rows = 3;
  const auto read = ReadPage(page, ShapeOf(ValueType::Variable(32)));
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(Texts(read->column), ElementsAre("lance", std::nullopt, "!lance"));
  page.buffers[1][3] = 7;
  EXPECT_THAT(ReadPage(page, ShapeOf(ValueType::Variable(32))), IsError(ErrorCode::Corruption));
}

TEST(ArrayReader, DecompressesTheWholeBuffer) {
  ArrayPage page = NullableTexts();
  page.encoding.mutable_binary()
      ->mutable_bytes()
      ->mutable_flat()
      ->mutable_compression()
      ->set_scheme("lz4");
  page.buffers[1] = RawBytesOf<uint32_t>({6}) + "\x60" + "foobaz";
  const LeafShape shape = ShapeOf(ValueType::Variable(32));
  const auto read = ReadPage(page, shape, {{2, 3}});
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(Texts(read->column), ElementsAre("baz"));
  page.buffers[1] = RawBytesOf<uint32_t>({1 << 30}) + "\x60" + "foobaz";
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
  page.encoding.mutable_binary()
      ->mutable_bytes()
      ->mutable_flat()
      ->mutable_compression()
      ->set_scheme("brotli");
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Unsupported));
}

TEST(ArrayReader, ReadsPagesWithoutBytes) {
  ArrayPage page;
  page.num_rows = uint64_t{1} << 61;
  page.encoding.mutable_nullable()->mutable_all_nulls();
  const auto nulls = ReadPage(page, ShapeOf(ValueType::Variable(32)), {{7, 9}});
  ASSERT_THAT(nulls, IsOk());
  EXPECT_THAT(Texts(nulls->column), ElementsAre(std::nullopt, std::nullopt));
  page.encoding.mutable_simple_struct();
  const auto structs = ReadPage(page, ShapeOf(ValueType::Fixed(8)), {{7, 9}});
  ASSERT_THAT(structs, IsOk());
  EXPECT_EQ(structs->column.null_count, 0);
}

TEST(ArrayReader, RefusesWhatItDoesNotKnow) {
  const LeafShape shape = ShapeOf(ValueType::Fixed(32));
  ArrayPage page;
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
  page.encoding.mutable_bitpacked();
  EXPECT_THAT(ReadPage(page, shape), HasErrorMessage("Bitpacked"));
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Unsupported));
  page.encoding.mutable_constant();
  EXPECT_THAT(ReadPage(page, shape), HasErrorMessage("Constant"));
  SetNoNulls(&page.encoding, 64, 0);
  EXPECT_THAT(ReadPage(page, shape), HasErrorMessage("have 32 bits"));
  SetNoNulls(&page.encoding, 32, 3);
  EXPECT_THAT(ReadPage(page, shape), HasErrorMessage("buffer 3"));
  page.buffers = {"", "", "", ""};
  page.num_rows = ~uint64_t{0};
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
  auto* deep = &page.encoding;
  for (int i = 0; i < 40; ++i)
    deep = deep->mutable_nullable()->mutable_no_nulls()->mutable_values();
  EXPECT_THAT(ReadPage(page, shape), IsError(ErrorCode::Corruption));
}

}  // namespace
}  // namespace lance::encoding
