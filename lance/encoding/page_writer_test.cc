#include "lance/encoding/page_writer.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lance/encoding/page/layout.h"

namespace lance::encoding {
namespace {

using ::testing::ElementsAre;

std::string ToHex(const PageBuffer& buffer) {
  std::string out;
  for (const auto& piece : buffer.pieces) {
    for (int64_t i = 0; i < piece->size(); ++i) {
      constexpr char kDigits[] = "0123456789abcdef";
      out += kDigits[piece->data()[i] >> 4];
      out += kDigits[piece->data()[i] & 15];
    }
  }
  return out;
}

std::string Squeeze(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c;
  }
  return out;
}

// Page options with everything that could replace plain values switched off.
PageOptions PlainOptions(FormatVersion version) {
  PageOptions options;
  options.encode.version = version;
  options.encode.compression = "none";
  options.encode.pool = arrow::default_memory_pool();
  return options;
}

EncodedPage EncodeOne(const std::shared_ptr<arrow::Array>& column, const PageOptions& options,
                      int leaf = 0) {
  auto leaves = ListLeaves(*arrow::field("c", column->type()), options.encode.version);
  EXPECT_TRUE(leaves.ok()) << leaves.status().ToString();
  auto pages = EncodePages((*leaves)[leaf], {column}, options);
  EXPECT_TRUE(pages.ok()) << pages.status().ToString();
  EXPECT_EQ(pages->size(), 1u);
  return (*pages)[0];
}

page::ParsedLayout LayoutOf(const EncodedPage& encoded) {
  auto layout = page::ParseLayout(AsBytes(encoded.layout));
  EXPECT_TRUE(layout.ok()) << layout.status().ToString();
  return *layout;
}

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> MakeArray(const std::vector<std::optional<Value>>& values) {
  Builder builder;
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> ListOfInt8() {
  auto items = MakeArray<arrow::Int8Builder, int8_t>({1, 2, std::nullopt, 3});
  auto offsets = MakeArray<arrow::Int32Builder, int32_t>({0, std::nullopt, 2, 2, 4});
  return *arrow::ListArray::FromArrays(*offsets, *items);
}

TEST(PageWriter, WritesNullableIntegersAsOfficialBytes) {
  const auto column = MakeArray<arrow::Int32Builder, int32_t>({1, std::nullopt, 3});
  const EncodedPage old_page = EncodeOne(column, PlainOptions(kVersion21));
  EXPECT_EQ(ToHex(old_page.buffers[0]), "3000");
  EXPECT_EQ(ToHex(old_page.buffers[1]), Squeeze("0300 0600 0c00 fefe 0000 0100 0000 fefe"
                                                "01000000 00000000 03000000 fefefefe"));
  EXPECT_THAT(LayoutOf(old_page).layers, ElementsAre(Layer::kNullableItem));
  const EncodedPage new_page = EncodeOne(column, PlainOptions(kVersion22));
  EXPECT_EQ(ToHex(new_page.buffers[0]), "30000000");
  EXPECT_EQ(ToHex(new_page.buffers[1]), Squeeze("0300 0600 0c000000 0000 0100 0000 fefe"
                                                "01000000 00000000 03000000 fefefefe"));
}

TEST(PageWriter, WritesTextAsOfficialBytes) {
  const auto column = MakeArray<arrow::StringBuilder, std::string>({"ab", std::nullopt, "", "xyz"});
  const EncodedPage page = EncodeOne(column, PlainOptions(kVersion21));
  EXPECT_EQ(ToHex(page.buffers[1]),
            Squeeze("0400 0800 1c00 fefe 0000 0100 0000 0000 14000000 16000000 16000000 16000000"
                    "19000000 616278797a 484848 fefefefe"));
}

TEST(PageWriter, WritesListsAsOfficialBytes) {
  const EncodedPage page = EncodeOne(ListOfInt8(), PlainOptions(kVersion21));
  EXPECT_EQ(ToHex(page.buffers[1]),
            Squeeze("0600 0c00 0c00 0400 0100 0000 0100 0100 0100 0000 fefefefe"
                    "0000 0000 0200 0300 0100 0000 fefefefe 01020003 fefefefe"));
  EXPECT_EQ(ToHex(page.buffers[2]), "04000000000000000000000000000000");
  EXPECT_THAT(LayoutOf(page).layers, ElementsAre(Layer::kNullableItem, Layer::kNullAndEmptyList));
}

TEST(PageWriter, WritesFullZipListsAsOfficialBytes) {
  PageOptions options = PlainOptions(kVersion21);
  options.structure = PageOptions::Structure::kFullZip;
  const EncodedPage page = EncodeOne(ListOfInt8(), options);
  EXPECT_EQ(ToHex(page.buffers[0]), Squeeze("04 01 00 02 06 07 05 00 00 03"));
  EXPECT_EQ(ToHex(page.buffers[1]), Squeeze("00 04 05 06 0a"));
}

TEST(PageWriter, WritesFullZipTextAsOfficialBytes) {
  PageOptions options = PlainOptions(kVersion21);
  options.structure = PageOptions::Structure::kFullZip;
  const auto column = MakeArray<arrow::StringBuilder, std::string>({"ab", std::nullopt, "xyz"});
  const EncodedPage page = EncodeOne(column, options);
  EXPECT_EQ(ToHex(page.buffers[0]), Squeeze("00 02000000 6162 01 00 03000000 78797a"));
  EXPECT_EQ(ToHex(page.buffers[1]), Squeeze("00 07 08 10"));
}

TEST(PageWriter, NumbersLevelsFromTheLeafOutwards) {
  // struct{a int16}: [{1}, null, {null}] has levels 0, 2, 1.
  auto item = MakeArray<arrow::Int16Builder, int16_t>({1, 7, std::nullopt});
  auto validity = *arrow::AllocateBitmap(3);
  validity->mutable_data()[0] = 0b101;
  auto column = std::make_shared<arrow::StructArray>(
      arrow::struct_({arrow::field("a", arrow::int16())}), 3, arrow::ArrayVector{item}, validity);
  const EncodedPage page = EncodeOne(column, PlainOptions(kVersion21));
  EXPECT_THAT(LayoutOf(page).layers, ElementsAre(Layer::kNullableItem, Layer::kNullableItem));
  EXPECT_EQ(ToHex(page.buffers[1]),
            Squeeze("0300 0600 0600 fefe 0000 0200 0100 fefe 0100 0000 0000 fefe"));
}

TEST(PageWriter, LeavesNothingOfValuesBelowNullLists) {
  // The first list is null but its range of items is not empty.
  auto items = MakeArray<arrow::Int8Builder, int8_t>({9, 9, 5});
  auto offsets = arrow::Buffer::FromVector(std::vector<int32_t>{0, 2, 3});
  auto validity = *arrow::AllocateBitmap(2);
  validity->mutable_data()[0] = 0b10;
  auto column = std::make_shared<arrow::ListArray>(arrow::list(arrow::int8()), 2,
                                                   std::move(offsets), items, validity);
  const EncodedPage page = EncodeOne(column, PlainOptions(kVersion21));
  EXPECT_EQ(LayoutOf(page).mini_block->num_items, 1u);
  EXPECT_EQ(ToHex(page.buffers[1]).find("0909"), std::string::npos);
}

TEST(PageWriter, SlicesGiveTheBytesOfCopies) {
  std::vector<std::optional<std::string>> values;
  for (int i = 0; i < 3000; ++i) {
    values.push_back(i % 7 == 0 ? std::nullopt : std::optional("v" + std::to_string(i)));
  }
  const auto whole = MakeArray<arrow::StringBuilder, std::string>(values);
  values.erase(values.begin(), values.begin() + 11);
  const auto copied = MakeArray<arrow::StringBuilder, std::string>(values);
  PageOptions options;
  options.encode.pool = arrow::default_memory_pool();
  const EncodedPage from_slice = EncodeOne(whole->Slice(11), options);
  const EncodedPage from_copy = EncodeOne(copied, options);
  EXPECT_EQ(from_slice.layout, from_copy.layout);
  ASSERT_EQ(from_slice.buffers.size(), from_copy.buffers.size());
  for (size_t i = 0; i < from_copy.buffers.size(); ++i) {
    EXPECT_EQ(ToHex(from_slice.buffers[i]), ToHex(from_copy.buffers[i]));
  }
}

TEST(PageWriter, OneValueBecomesAConstantFrom22On) {
  const auto column = MakeArray<arrow::Int32Builder, int32_t>({7, 7, std::nullopt, 7});
  PageOptions options;
  options.encode.pool = arrow::default_memory_pool();
  const EncodedPage page = EncodeOne(column, options);
  ASSERT_TRUE(LayoutOf(page).constant.has_value());
  EXPECT_EQ(LayoutOf(page).constant->inline_value, std::string("\x07\0\0\0", 4));
  EXPECT_EQ(ToHex(page.buffers[1]), Squeeze("0000 0000 0100 0000"));
  options.encode.version = kVersion21;
  EXPECT_TRUE(LayoutOf(EncodeOne(column, options)).mini_block.has_value());
}

TEST(PageWriter, AllNullPagesHaveNoBuffers) {
  const EncodedPage page =
      EncodeOne(*arrow::MakeArrayOfNull(arrow::utf8(), 10), PlainOptions(kVersion22));
  EXPECT_TRUE(page.buffers.empty());
  EXPECT_THAT(LayoutOf(page).layers, ElementsAre(Layer::kNullableItem));
}

TEST(PageWriter, PagesWithTooManyLevelsAreCutAtRows) {
  arrow::ListBuilder builder(arrow::default_memory_pool(), std::make_shared<arrow::Int8Builder>());
  for (int i = 0; i < 200'000; ++i) ASSERT_TRUE(builder.AppendEmptyValue().ok());
  ASSERT_TRUE(builder.Append().ok());
  auto* items = static_cast<arrow::Int8Builder*>(builder.value_builder());
  ASSERT_TRUE(items->Append(1).ok());
  ASSERT_TRUE(items->Append(2).ok());
  const std::shared_ptr<arrow::Array> column = *builder.Finish();
  PageOptions options;
  options.encode.pool = arrow::default_memory_pool();
  const auto leaves = ListLeaves(*arrow::field("c", column->type()), kVersion22);
  const auto pages = EncodePages((*leaves)[0], {column}, options);
  ASSERT_TRUE(pages.ok()) << pages.status().ToString();
  uint64_t num_rows = 0;
  for (const EncodedPage& page : *pages) num_rows += page.num_rows;
  EXPECT_EQ(num_rows, 200'001u);
  EXPECT_GT(pages->size(), 1u);
}

TEST(PageWriter, NamesTheColumnOfATypeItCannotWrite) {
  const auto type = arrow::struct_({arrow::field("x", arrow::fixed_size_list(arrow::utf8(), 2))});
  const auto leaves = ListLeaves(*arrow::field("c", type), kVersion22);
  ASSERT_FALSE(leaves.ok());
  EXPECT_TRUE(lance::IsError(leaves.status(), ErrorCode::Unsupported));
  EXPECT_THAT(leaves.status().message(), ::testing::HasSubstr("c.x"));
}

}  // namespace
}  // namespace lance::encoding
