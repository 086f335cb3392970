// Files whose frame is right and whose parts are forged.
#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

#include "encodings.pb.h"
#include "file.pb.h"
#include "lance/base/testing/matchers.h"
#include "lance/encoding/leaf.h"
#include "lance/file/null_array.h"
#include "lance/file/reader.h"
#include "lance/file/schema.h"
#include "lance/file/testing/assembled_file.h"
#include "lance/io/object_store.h"

namespace lance::file {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

std::string DescriptorOf(int num_columns, uint64_t num_rows) {
  spec::FileDescriptor out;
  out.set_length(num_rows);
  for (int i = 0; i < num_columns; ++i) {
    spec::Field* field = out.mutable_schema()->add_fields();
    field->set_id(i);
    field->set_parent_id(-1);
    field->set_name("c" + std::to_string(i));
    field->set_logical_type("int32");
    field->set_nullable(true);
  }
  return out.SerializeAsString();
}

// A mini-block page of plain integers without nulls: the chunk words and the chunks.
spec::PageLayout PlainLayout(uint64_t num_items) {
  spec::PageLayout out;
  spec::MiniBlockLayout* mini_block = out.mutable_mini_block();
  mini_block->mutable_value_compression()->mutable_flat()->set_bits_per_value(32);
  mini_block->add_layers(spec::LAYER_ALL_VALID_ITEM);
  mini_block->set_num_buffers(1);
  mini_block->set_num_items(num_items);
  return out;
}

void AddPage(const spec::PageLayout& layout, uint64_t num_rows, std::vector<ByteRange> buffers,
             spec::ColumnMetadata* out) {
  spec::AnyMessage any;
  any.set_type_url("/lance.encodings21.PageLayout");
  any.set_value(layout.SerializeAsString());
  spec::Page* page = out->add_pages();
  page->set_length(num_rows);
  page->mutable_encoding()->mutable_direct()->set_encoding(any.SerializeAsString());
  for (const ByteRange& buffer : buffers) {
    page->add_buffer_offsets(buffer.offset);
    page->add_buffer_sizes(buffer.length);
  }
}

// Open the file and scan its columns.
Status ReadParts(const testing::FileParts& parts) {
  ARROW_ASSIGN_OR_RAISE(auto store, io::OpenStore("memory://forged"));
  ARROW_RETURN_NOT_OK(store->Put("forged.lance", AsBytes(testing::AssembleFile(parts))));
  ARROW_ASSIGN_OR_RAISE(auto object, store->Open("forged.lance"));
  ARROW_ASSIGN_OR_RAISE(auto reader, FileReader::Open(std::move(object)));
  ARROW_ASSIGN_OR_RAISE(auto columns, reader->OwnColumns());
  ARROW_ASSIGN_OR_RAISE(auto scan, reader->Scan(columns, {{0, reader->num_rows()}}, {}));
  std::shared_ptr<arrow::RecordBatch> batch;
  return scan->ReadNext(&batch);
}

// One chunk word u16, at 64 the chunk: [levels u16 = 0][bytes of values u16][pad to 8][values][pad]
std::string OneChunk(uint16_t word) {
  std::string out(128, '\0');
  out[0] = static_cast<char>(word);
  out[1] = static_cast<char>(word >> 8);
  out[66] = 16;
  return out;
}

TEST(ForgedFile, FrameIsRight) {
  const std::string pages = OneChunk(2 << 4);
  spec::ColumnMetadata column;
  AddPage(PlainLayout(4), 4, {{0, 2}, {64, 24}}, &column);
  testing::FileParts parts{AsBytes(pages), DescriptorOf(1, 4), {column.SerializeAsString()}, 1};
  EXPECT_THAT(ReadParts(parts), IsOk());
}

TEST(ForgedFile, RefusesAChunkOfMoreItemsThanAChunkCanHave) {
  constexpr uint64_t kNumRows = uint64_t{1} << 40;
  const std::string pages = OneChunk(2 << 4);
  spec::ColumnMetadata column;
  AddPage(PlainLayout(kNumRows), kNumRows, {{0, 2}, {64, 24}}, &column);
  testing::FileParts parts{
      AsBytes(pages), DescriptorOf(1, kNumRows), {column.SerializeAsString()}, 1};
  EXPECT_THAT(ReadParts(parts), IsError(ErrorCode::Corruption));
  EXPECT_THAT(ReadParts(parts), HasErrorMessage("expected at most 65536"));
}

TEST(ForgedFile, RefusesPagesThatShareBytes) {
  const std::string pages = OneChunk(2 << 4);
  spec::ColumnMetadata column;
  for (int i = 0; i < 1000; ++i) AddPage(PlainLayout(4), 4, {{0, 2}, {0, 128}}, &column);
  testing::FileParts parts{AsBytes(pages), DescriptorOf(1, 4000), {column.SerializeAsString()}, 1};
  EXPECT_THAT(ReadParts(parts), HasErrorMessage("buffers overlap"));
}

TEST(ForgedFile, RefusesColumnsThatShareMetadata) {
  spec::ColumnMetadata column;
  for (int i = 0; i < 100; ++i) AddPage(PlainLayout(0), 0, {{0, 0}, {0, 0}}, &column);
  testing::FileParts parts{{}, DescriptorOf(100, 0), {}, 1};
  parts.columns.assign(100, "");
  parts.columns[0] = column.SerializeAsString();
  std::string file = testing::AssembleFile(parts);
  // All columns point at the metadata of the first.
  const auto table = LoadUnaligned<uint64_t>(file.data() + file.size() - 32);
  for (int i = 1; i < 100; ++i) file.replace(table + 16 * i, 16, file, table, 16);
  const auto store = io::OpenStore("memory://forged").ValueOr(nullptr);
  ASSERT_THAT(store->Put("shared.lance", AsBytes(file)), IsOk());
  const auto reader = FileReader::Open(*store->Open("shared.lance"));
  EXPECT_THAT(reader, IsError(ErrorCode::Corruption));
  EXPECT_THAT(reader, HasErrorMessage("shared.lance: the metadata of columns 0 to"));
}

TEST(ForgedFile, RefusesTypesWithoutAStreamOfValues) {
  // 8 * 536870913 bits are 8 in the 32 bits that Arrow counts in.
  EXPECT_THAT(ParseLogicalType("fixed_size_binary:536870913"), IsError(ErrorCode::Corruption));
  EXPECT_THAT(ParseLogicalType("fixed_size_list:double:536870912"), IsError(ErrorCode::Corruption));
  // An array of it would lack its dictionary.
  const auto list = ParseLogicalType("fixed_size_list:dict:int32:int8:false:3");
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(encoding::LeafValueType(**list), IsError(ErrorCode::Unsupported));
}

TEST(ForgedFile, BoundsNullsThatNoFileHolds) {
  const auto wide = arrow::fixed_size_list(arrow::float32(), 1 << 20);
  const auto few = MakeNullArray(wide, 2, arrow::default_memory_pool());
  ASSERT_THAT(few, IsOk());
  EXPECT_EQ((*few)->null_count(), 2);
  EXPECT_THAT(MakeNullArray(wide, 8192, arrow::default_memory_pool()),
              IsError(ErrorCode::OutOfMemory));
}

}  // namespace
}  // namespace lance::file
