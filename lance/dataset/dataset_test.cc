#include "lance/dataset/dataset.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lance/base/testing/matchers.h"
#include "lance/dataset/write.h"
#include "lance/io/testing/store_conformance.h"

namespace lance {
namespace {

using ::lance::testing::HasErrorMessage;
using ::lance::testing::IsError;
using ::lance::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;

namespace fs = std::filesystem;

std::shared_ptr<arrow::Array> Ids(int64_t begin, int64_t end) {
  arrow::Int64Builder builder;
  for (int64_t i = begin; i < end; ++i) EXPECT_THAT(builder.Append(i), IsOk());
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> Texts(int64_t begin, int64_t end) {
  arrow::StringBuilder builder;
  for (int64_t i = begin; i < end; ++i) {
    EXPECT_THAT(i % 5 == 0 ? builder.AppendNull() : builder.Append("t" + std::to_string(i)),
                IsOk());
  }
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> Vectors(int64_t num_rows, int size) {
  arrow::FloatBuilder builder;
  for (int64_t i = 0; i < num_rows * size; ++i) {
    EXPECT_THAT(builder.Append(static_cast<float>(i)), IsOk());
  }
  return *arrow::FixedSizeListArray::FromArrays(*builder.Finish(), size);
}

std::shared_ptr<arrow::RecordBatch> BatchOf(std::vector<std::string> names,
                                            std::vector<std::shared_ptr<arrow::Array>> columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (size_t i = 0; i < names.size(); ++i) {
    fields.push_back(arrow::field(names[i], columns[i]->type()));
  }
  const int64_t num_rows = columns[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), num_rows, std::move(columns));
}

std::shared_ptr<arrow::RecordBatch> Rows(int64_t begin, int64_t end) {
  return BatchOf({"id", "text"}, {Ids(begin, end), Texts(begin, end)});
}

std::shared_ptr<arrow::RecordBatchReader> ReaderOf(
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches) {
  auto schema = batches[0]->schema();
  return *arrow::RecordBatchReader::Make(std::move(batches), std::move(schema));
}

Result<std::shared_ptr<Dataset>> Write(const std::string& uri,
                                       const std::shared_ptr<arrow::RecordBatch>& batch,
                                       TableWriteOptions options = {}) {
  return WriteTable(uri, ReaderOf({batch}).get(), options);
}

TableWriteOptions Mode(WriteMode mode) {
  TableWriteOptions options;
  options.mode = mode;
  return options;
}

std::shared_ptr<arrow::Table> ReadAll(const Dataset& dataset) {
  auto reader = dataset.Scan({});
  EXPECT_THAT(reader, IsOk());
  auto table = (*reader)->ToTable();
  EXPECT_THAT(table, IsOk());
  return *(*table)->CombineChunks();
}

// Yields `good` batches and then fails, as an engine does whose input breaks.
class BreakingReader final : public arrow::RecordBatchReader {
 public:
  BreakingReader(int good, std::shared_ptr<arrow::RecordBatch> batch)
      : good_(good), batch_(std::move(batch)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batch_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    if (good_-- <= 0) return Error(ErrorCode::Io, "the input broke");
    *out = batch_;
    return Status::OK();
  }

 private:
  int good_;
  std::shared_ptr<arrow::RecordBatch> batch_;
};

class DatasetIn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    uri_ = GetParam() == "local" ? folder_.path() + "/t.lance"
                                 : "memory://" + folder_.path().substr(1) + "/t.lance";
  }
  size_t NumObjects() { return (*(*io::OpenStore(uri_))->ListRecursive("data")).size(); }
  io::testing::TemporaryFolder folder_;
  std::string uri_;
};

TEST_P(DatasetIn, CreatesAppendsOverwritesAndReadsEveryVersion) {
  const auto created = Write(uri_, Rows(0, 100));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ((*created)->version(), 1u);
  const auto appended = Write(uri_, Rows(100, 130), Mode(WriteMode::kAppend));
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(*(*appended)->CountRows(), 130u);
  EXPECT_TRUE(ReadAll(**appended)->Equals(*(*arrow::Table::FromRecordBatches({Rows(0, 130)}))));
  const auto replaced = Write(uri_, BatchOf({"x"}, {Ids(0, 3)}), Mode(WriteMode::kOverwrite));
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ((*replaced)->version(), 3u);
  EXPECT_THAT((*replaced)->schema()->field_names(), ElementsAre("x"));

  OpenOptions old;
  old.ref.version = 1;
  EXPECT_EQ(*(*Dataset::Open(uri_, old))->CountRows(), 100u);
  old.ref.version = 7;
  EXPECT_THAT(Dataset::Open(uri_, old), IsError(ErrorCode::VersionNotFound));
  const auto versions = *(*replaced)->Versions();
  ASSERT_THAT(versions, SizeIs(3));
  EXPECT_EQ(versions[1].operation, "Append");
  EXPECT_EQ(versions[1].num_rows, 130u);
  EXPECT_EQ(versions[1].num_fragments, 2u);
  EXPECT_LE(versions[0].timestamp, versions[2].timestamp);
}

TEST_P(DatasetIn, OpensTheVersionOfATime) {
  const auto first = *Write(uri_, Rows(0, 1));
  const auto between = first->manifest().timestamp;
  ASSERT_THAT(Write(uri_, Rows(1, 3), Mode(WriteMode::kAppend)), IsOk());
  OpenOptions options;
  options.ref.timestamp = between;
  EXPECT_EQ((*Dataset::Open(uri_, options))->version(), 1u);
  options.ref.timestamp = between + std::chrono::hours(1);
  EXPECT_EQ((*Dataset::Open(uri_, options))->version(), 2u);
  options.ref.timestamp = between - std::chrono::hours(1);
  EXPECT_THAT(Dataset::Open(uri_, options), IsError(ErrorCode::VersionNotFound));
  options.ref.version = 1;
  EXPECT_THAT(Dataset::Open(uri_, options), IsError(ErrorCode::InvalidInput));
}

TEST_P(DatasetIn, RollsFilesAtTheRowLimit) {
  TableWriteOptions options;
  options.max_rows_per_file = 40;
  const auto dataset = *Write(uri_, Rows(0, 100), options);
  ASSERT_THAT(dataset->manifest().fragments, SizeIs(3));
  EXPECT_EQ(dataset->manifest().fragments[2].physical_rows, 20u);
  EXPECT_EQ(dataset->manifest().fragments[2].id, 2u);
  const auto table = *dataset->Take({{99}, {0}, {41}, {0}}, std::vector<std::string>{"id"});
  EXPECT_EQ((*table->column(0)->GetScalar(0))->ToString(), "99");
  EXPECT_EQ((*table->column(0)->GetScalar(2))->ToString(), "41");
  EXPECT_EQ(table->num_rows(), 4);
}

TEST_P(DatasetIn, CreateRefusesAnExistingTableAndAppendAMissingOne) {
  EXPECT_THAT(Write(uri_, Rows(0, 1), Mode(WriteMode::kAppend)), IsError(ErrorCode::TableNotFound));
  ASSERT_THAT(Write(uri_, Rows(0, 1)), IsOk());
  EXPECT_THAT(Write(uri_, Rows(0, 1)), IsError(ErrorCode::TableAlreadyExists));
  EXPECT_EQ(NumObjects(), 1u);
}

TEST_P(DatasetIn, CreatesATableWithoutRows) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  const auto dataset = CreateEmptyTable(uri_, *schema);
  ASSERT_THAT(dataset, IsOk());
  EXPECT_EQ(*(*dataset)->CountRows(), 0u);
  EXPECT_EQ(ReadAll(**dataset)->num_rows(), 0);
  EXPECT_THAT(Write(uri_, BatchOf({"id"}, {Ids(0, 2)}), Mode(WriteMode::kAppend)), IsOk());
}

TEST_P(DatasetIn, AppendMatchesColumnsByNameAndLeavesOutNullableOnes) {
  ASSERT_THAT(Write(uri_, Rows(0, 2)), IsOk());
  ASSERT_THAT(
      Write(uri_, BatchOf({"text", "id"}, {Texts(2, 4), Ids(2, 4)}), Mode(WriteMode::kAppend)),
      IsOk());
  const auto dataset = *Write(uri_, BatchOf({"id"}, {Ids(4, 6)}), Mode(WriteMode::kAppend));
  const auto table = ReadAll(*dataset);
  EXPECT_EQ(table->num_rows(), 6);
  EXPECT_TRUE(table->column(0)->chunk(0)->Equals(Ids(0, 6)));
  EXPECT_EQ(table->column(1)->null_count(), 3);  // row 0 and the two that were left out
}

TEST_P(DatasetIn, SchemaMismatchNamesColumnExpectedAndFound) {
  ASSERT_THAT(Write(uri_, BatchOf({"id", "vector"}, {Ids(0, 2), Vectors(2, 4)})), IsOk());
  const auto append = Mode(WriteMode::kAppend);
  const auto wrong_size =
      Write(uri_, BatchOf({"id", "vector"}, {Ids(0, 2), Vectors(2, 3)}), append);
  EXPECT_THAT(wrong_size, IsError(ErrorCode::SchemaMismatch));
  EXPECT_THAT(wrong_size, HasErrorMessage("'vector' takes vectors of 4 values, but the data has "
                                          "vectors of 3"));
  const auto wrong_type = Write(uri_, BatchOf({"id"}, {Texts(0, 2)}), append);
  EXPECT_THAT(wrong_type, HasErrorMessage("column 'id': expected int64, found string"));
  const auto unknown = Write(uri_, BatchOf({"id", "no"}, {Ids(0, 2), Ids(0, 2)}), append);
  EXPECT_THAT(unknown, HasErrorMessage("no column 'no'; its columns are: id, vector"));
  EXPECT_THAT(Write(uri_, BatchOf({"id", "id"}, {Ids(0, 2), Ids(0, 2)}), append),
              HasErrorMessage("two columns named 'id'"));
  EXPECT_EQ((*Dataset::Open(uri_))->version(), 1u);
  EXPECT_EQ(NumObjects(), 1u);
}

TEST_P(DatasetIn, ListsOfTheRightLengthGoIntoAVectorColumn) {
  ASSERT_THAT(Write(uri_, BatchOf({"vector"}, {Vectors(2, 4)})), IsOk());
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::FloatBuilder>());
  auto* values = static_cast<arrow::FloatBuilder*>(lists.value_builder());
  ASSERT_THAT(lists.Append(), IsOk());
  ASSERT_THAT(values->AppendValues({1, 2, 3, 4}), IsOk());
  ASSERT_THAT(lists.AppendNull(), IsOk());
  const auto good = *lists.Finish();
  const auto dataset = Write(uri_, BatchOf({"vector"}, {good}), Mode(WriteMode::kAppend));
  ASSERT_THAT(dataset, IsOk());
  EXPECT_EQ(ReadAll(**dataset)->column(0)->null_count(), 1);
  ASSERT_THAT(lists.Append(), IsOk());
  ASSERT_THAT(values->AppendValues({1, 2, 3}), IsOk());
  EXPECT_THAT(Write(uri_, BatchOf({"vector"}, {*lists.Finish()}), Mode(WriteMode::kAppend)),
              HasErrorMessage("'vector' takes vectors of 4 values, but a vector of 3 was found"));
}

TEST_P(DatasetIn, NullsAreRefusedWhereTheTableHasNone) {
  const auto schema = arrow::schema({arrow::field("text", arrow::utf8(), false)});
  ASSERT_THAT(CreateEmptyTable(uri_, *schema), IsOk());
  EXPECT_THAT(Write(uri_, BatchOf({"text"}, {Texts(4, 7)}), Mode(WriteMode::kAppend)),
              HasErrorMessage("column 'text' must not be null, but row 1"));
  EXPECT_THAT(Write(uri_, BatchOf({"text"}, {Texts(1, 4)}), Mode(WriteMode::kAppend)), IsOk());
}

TEST_P(DatasetIn, AFailureMidwayDeletesTheFiles) {
  TableWriteOptions options;
  options.max_rows_per_file = 10;
  BreakingReader reader(5, Rows(0, 10));
  EXPECT_THAT(WriteTable(uri_, &reader, options), HasErrorMessage("the input broke"));
  EXPECT_TRUE((*(*io::OpenStore(uri_))->ListRecursive("")).empty());
  EXPECT_THAT(Dataset::Open(uri_), IsError(ErrorCode::TableNotFound));
}

TEST_P(DatasetIn, AStoppedWriteLeavesNothing) {
  StopSource source;
  source.RequestStop();
  TableWriteOptions options;
  options.stop = source.token();
  EXPECT_THAT(Write(uri_, Rows(0, 10), options), IsError(ErrorCode::Cancelled));
  EXPECT_TRUE((*(*io::OpenStore(uri_))->ListRecursive("")).empty());
}

TEST_P(DatasetIn, AppendsInTheFileVersionOfTheTable) {
  TableWriteOptions options;
  options.file_version = encoding::kVersion21;
  ASSERT_THAT(Write(uri_, Rows(0, 10), options), IsOk());
  const auto dataset = *Write(uri_, Rows(10, 20), Mode(WriteMode::kAppend));
  EXPECT_EQ(dataset->manifest().fragments[1].files[0].minor, 1u);
  options.mode = WriteMode::kAppend;
  options.file_version = encoding::kVersion22;
  EXPECT_THAT(Write(uri_, Rows(0, 1), options), HasErrorMessage("has files of version 2.1"));
}

TEST_P(DatasetIn, FragmentsOfSeveralTasksAreOneVersion) {
  ASSERT_THAT(Write(uri_, Rows(0, 10)), IsOk());
  const auto table = *Dataset::Open(uri_);
  std::vector<WrittenFragments> parts;
  for (int64_t task = 1; task <= 3; ++task) {
    auto writer = *FragmentWriter::Open(uri_, table->lance_schema(), Mode(WriteMode::kAppend));
    ASSERT_THAT(writer->Write(*Rows(task * 10, task * 10 + 10)), IsOk());
    const auto written = *writer->Finish();
    EXPECT_EQ(written.num_rows, 10u);
    const std::string message = SerializeFragments(written);
    parts.push_back(*ParseFragments(AsBytes(message)));
  }
  auto idle = *FragmentWriter::Open(uri_, table->lance_schema(), Mode(WriteMode::kAppend));
  parts.push_back(*idle->Finish());
  EXPECT_EQ(*(*Dataset::Open(uri_))->CountRows(), 10u);
  const auto committed =
      CommitFragments(uri_, 1, parts, table->lance_schema(), Mode(WriteMode::kAppend));
  ASSERT_THAT(committed, IsOk());
  EXPECT_EQ((*committed)->version(), 2u);
  EXPECT_TRUE(ReadAll(**committed)->Equals(*(*arrow::Table::FromRecordBatches({Rows(0, 40)}))));
}

TEST_P(DatasetIn, AbortedTasksDeleteTheirFiles) {
  ASSERT_THAT(Write(uri_, Rows(0, 10)), IsOk());
  const auto schema = (*Dataset::Open(uri_))->lance_schema();
  {
    auto writer = *FragmentWriter::Open(uri_, schema, Mode(WriteMode::kAppend));
    ASSERT_THAT(writer->Write(*Rows(0, 10)), IsOk());
  }
  EXPECT_EQ(NumObjects(), 1u);
  auto writer = *FragmentWriter::Open(uri_, schema, Mode(WriteMode::kAppend));
  ASSERT_THAT(writer->Write(*Rows(0, 10)), IsOk());
  const std::vector<WrittenFragments> parts = {*writer->Finish()};
  EXPECT_EQ(NumObjects(), 2u);
  EXPECT_THAT(DeleteUncommitted(uri_, parts), IsOk());
  EXPECT_EQ(NumObjects(), 1u);
}

TEST_P(DatasetIn, ACommitThatSawNoTableDoesNotReplaceOne) {
  const auto schema = *file::Schema::FromArrow(*Rows(0, 1)->schema());
  auto writer = *FragmentWriter::Open(uri_, schema, Mode(WriteMode::kOverwrite));
  ASSERT_THAT(writer->Write(*Rows(0, 5)), IsOk());
  const auto part = *writer->Finish();
  ASSERT_THAT(Write(uri_, Rows(0, 1)), IsOk());
  EXPECT_THAT(CommitFragments(uri_, 0, {part}, schema, Mode(WriteMode::kOverwrite)),
              IsError(ErrorCode::TableAlreadyExists));
  const auto replaced = CommitFragments(uri_, 1, {part}, schema, Mode(WriteMode::kOverwrite));
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(*(*replaced)->CountRows(), 5u);
}

TEST_P(DatasetIn, InspectNamesEveryColumn) {
  const auto dataset = *Write(uri_, Rows(0, 1000));
  const auto columns = InspectColumns(*dataset);
  ASSERT_THAT(columns, IsOk());
  ASSERT_THAT(*columns, SizeIs(2));
  EXPECT_EQ((*columns)[1].path, "text");
  EXPECT_GT((*columns)[1].size_bytes, 0u);
  EXPECT_EQ((*columns)[1].num_pages, 1u);
  EXPECT_THAT((*columns)[1].encodings, SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Stores, DatasetIn, ::testing::Values("local", "memory"),
                         [](const auto& info) { return info.param; });

class BadTables : public ::testing::Test {
 protected:
  io::testing::TemporaryFolder folder_;
};

TEST_F(BadTables, SayWhatIsThere) {
  const std::string missing = folder_.path() + "/missing";
  EXPECT_THAT(Dataset::Open(missing), HasErrorMessage("there is no table at '" + missing));
  std::ofstream(folder_.path() + "/file.lance") << "hello";
  EXPECT_THAT(Dataset::Open(folder_.path() + "/file.lance"), HasErrorMessage("is a file"));
  fs::create_directories(folder_.path() + "/folder/sub");
  EXPECT_THAT(Dataset::Open(folder_.path() + "/folder"), HasErrorMessage("not a Lance table"));
  for (const char* name : {"/missing", "/file.lance", "/folder"}) {
    EXPECT_THAT(Dataset::Open(folder_.path() + name), IsError(ErrorCode::TableNotFound));
  }
}

TEST_F(BadTables, CutManifestsAreCorruptAndNamed) {
  const std::string uri = folder_.path() + "/t.lance";
  ASSERT_THAT(Write(uri, Rows(0, 10)), IsOk());
  fs::path found;
  for (const auto& entry : fs::directory_iterator(uri + "/_versions")) {
    if (entry.path().extension() == ".manifest") found = entry.path();
  }
  ASSERT_FALSE(found.empty());
  for (uintmax_t size = fs::file_size(found); size > 0;) {
    size = size > 37 ? size - 37 : 0;
    fs::resize_file(found, size);
    const auto opened = Dataset::Open(uri);
    EXPECT_THAT(opened, IsError(ErrorCode::Corruption)) << size;
    EXPECT_THAT(opened, HasErrorMessage(found.filename().string())) << size;
  }
}

TEST_F(BadTables, ForeignFragmentMessagesAreRefused) {
  EXPECT_THAT(ParseFragments(AsBytes("\xFF\xFF\xFF")), IsError(ErrorCode::Corruption));
  WrittenFragments outside;
  outside.fragments.emplace_back().files.emplace_back().path = "../../etc/passwd";
  const std::string message = SerializeFragments(outside);
  EXPECT_THAT(ParseFragments(AsBytes(message)), HasErrorMessage("no path of a data file"));
  const std::string uri = folder_.path() + "/t.lance";
  ASSERT_THAT(Write(uri, Rows(0, 10)), IsOk());
  WrittenFragments stray;
  auto& data_file = stray.fragments.emplace_back().files.emplace_back();
  data_file.path = "x.lance";
  data_file.field_ids = {17};
  data_file.column_indices = {0};
  EXPECT_THAT(CommitFragments(uri, 1, {stray}, {}, Mode(WriteMode::kAppend)),
              HasErrorMessage("field 17"));
}

}  // namespace
}  // namespace lance
