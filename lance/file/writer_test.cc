#include "lance/file/writer.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lance/base/testing/matchers.h"
#include "lance/file/reader.h"

namespace lance::file {
namespace {

using ::lance::testing::HasErrorMessage;
using ::lance::testing::IsError;
using ::lance::testing::IsOk;

// Columns of several kinds, with nulls, in `num_rows` rows.
std::shared_ptr<arrow::RecordBatch> MakeRows(int64_t num_rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::FloatBuilder>());
  auto* items = static_cast<arrow::FloatBuilder*>(lists.value_builder());
  for (int64_t i = 0; i < num_rows; ++i) {
    EXPECT_TRUE(ids.Append(i * 7919 % 100'003).ok());
    EXPECT_TRUE((i % 5 == 0 ? texts.AppendNull() : texts.Append("text " + std::to_string(i))).ok());
    EXPECT_TRUE((i % 11 == 0 ? lists.AppendNull() : lists.Append()).ok());
    for (int64_t k = 0; i % 11 != 0 && k < i % 4; ++k) {
      EXPECT_TRUE(items->Append(static_cast<float>(k)).ok());
    }
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
                     arrow::field("list", arrow::list(arrow::float32()))});
  return arrow::RecordBatch::Make(schema, num_rows,
                                  {*ids.Finish(), *texts.Finish(), *lists.Finish()});
}

struct Written {
  std::shared_ptr<io::ObjectStore> store;
  WrittenFile file;
};

Result<Written> WriteRows(const arrow::RecordBatch& rows, int num_threads, int64_t step,
                          const std::string& name) {
  Written out;
  ARROW_ASSIGN_OR_RAISE(out.store, io::OpenStore("memory://" + name));
  ARROW_ASSIGN_OR_RAISE(auto object, out.store->Create("f.lance"));
  ARROW_ASSIGN_OR_RAISE(Schema schema, Schema::FromArrow(*rows.schema()));
  WriteOptions options;
  options.page_bytes = 64 << 10;
  options.executor = num_threads == 0 ? Executor::MakeInline() : Executor::Make(num_threads);
  ARROW_ASSIGN_OR_RAISE(auto writer, FileWriter::Open(std::move(object), schema, options));
  for (int64_t begin = 0; begin < rows.num_rows(); begin += step) {
    ARROW_RETURN_NOT_OK(writer->Write(*rows.Slice(begin, step)));
  }
  ARROW_ASSIGN_OR_RAISE(out.file, writer->Finish());
  return out;
}

TEST(FileWriter, BytesDoNotDependOnTheNumberOfThreads) {
  const auto rows = MakeRows(50'000);
  const auto alone = WriteRows(*rows, 0, 3000, "alone");
  ASSERT_THAT(alone, IsOk());
  const auto together = WriteRows(*rows, 4, 3000, "together");
  ASSERT_THAT(together, IsOk());
  const auto expected = alone->store->Get("f.lance");
  const auto found = together->store->Get("f.lance");
  ASSERT_THAT(expected, IsOk());
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE((*expected)->Equals(**found));
}

TEST(FileWriter, RowsComeBack) {
  const auto rows = MakeRows(50'000);
  const auto written = WriteRows(*rows, 2, 1777, "rows");
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->file.num_rows, 50'000u);
  EXPECT_THAT(written->file.field_ids, ::testing::ElementsAre(0, 1, 3));
  EXPECT_THAT(written->file.column_indices, ::testing::ElementsAre(0, 1, 2));
  const auto reader = FileReader::Open(*written->store->Open("f.lance"));
  ASSERT_THAT(reader, IsOk());
  const auto scan = (*reader)->Scan(*(*reader)->OwnColumns(), {{0, 50'000}}, {});
  ASSERT_THAT(scan, IsOk());
  const auto table = (*scan)->ToTable();
  ASSERT_THAT(table, IsOk());
  const auto expected = arrow::Table::FromRecordBatches({rows});
  EXPECT_TRUE((*table)->Equals(**expected));
}

TEST(FileWriter, RefusesVectorsOfAnotherSize) {
  const auto vectors = [](int32_t size) {
    const auto type = arrow::fixed_size_list(arrow::float32(), size);
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("v", type)}), 2,
                                    {*arrow::MakeArrayOfNull(type, 2)});
  };
  const auto store = io::OpenStore("memory://vectors");
  ASSERT_THAT(store, IsOk());
  auto writer =
      FileWriter::Open(*(*store)->Create("f.lance"), *Schema::FromArrow(*vectors(4)->schema()), {});
  ASSERT_THAT(writer, IsOk());
  const Status refused = (*writer)->Write(*vectors(3));
  EXPECT_THAT(refused, IsError(ErrorCode::SchemaMismatch));
  EXPECT_THAT(refused, HasErrorMessage("column 'v' holds vectors of 3 items"));
}

TEST(FileWriter, NamesTheColumnOfAnotherType) {
  const auto rows = MakeRows(10);
  const auto store = io::OpenStore("memory://types");
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int32()), arrow::field("text", arrow::utf8()),
                     arrow::field("list", arrow::list(arrow::float32()))});
  auto writer = FileWriter::Open(*(*store)->Create("f.lance"), *Schema::FromArrow(*schema), {});
  ASSERT_THAT(writer, IsOk());
  const Status refused = (*writer)->Write(*rows);
  EXPECT_THAT(refused, IsError(ErrorCode::SchemaMismatch));
  EXPECT_THAT(refused, HasErrorMessage("column 'id' must be of type int32, found int64"));
}

TEST(FileWriter, RefusesVersionsItDoesNotWrite) {
  const auto store = io::OpenStore("memory://versions");
  WriteOptions options;
  options.version = {2, 0};
  const auto writer = FileWriter::Open(*(*store)->Create("f.lance"), Schema(), options);
  EXPECT_THAT(writer, IsError(ErrorCode::Unsupported));
}

}  // namespace
}  // namespace lance::file
