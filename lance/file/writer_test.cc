#include "lance/file/writer.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

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

WriteOptions SmallPages(int num_threads) {
  WriteOptions options;
  options.page_bytes = 64 << 10;
  options.executor = num_threads == 0 ? Executor::MakeInline() : Executor::Make(num_threads);
  return options;
}

// Write `rows` in batches of `step`; each one a copy of its own when `copies`.
Result<Written> WriteRows(const arrow::RecordBatch& rows, const WriteOptions& options, int64_t step,
                          const std::string& name, bool copies = false) {
  Written out;
  ARROW_ASSIGN_OR_RAISE(out.store, io::OpenStore("memory://" + name));
  ARROW_ASSIGN_OR_RAISE(auto object, out.store->Create("f.lance"));
  ARROW_ASSIGN_OR_RAISE(Schema schema, Schema::FromArrow(*rows.schema()));
  ARROW_ASSIGN_OR_RAISE(auto writer, FileWriter::Open(std::move(object), schema, options));
  for (int64_t begin = 0; begin < rows.num_rows(); begin += step) {
    auto batch = rows.Slice(begin, step);
    if (copies) {
      arrow::ArrayVector columns;
      for (const auto& column : batch->columns()) {
        ARROW_ASSIGN_OR_RAISE(auto copy, arrow::Concatenate({column}));
        columns.push_back(std::move(copy));
      }
      batch = arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
    }
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
  ARROW_ASSIGN_OR_RAISE(out.file, writer->Finish());
  return out;
}

std::shared_ptr<arrow::Buffer> BytesOf(const Result<Written>& written) {
  EXPECT_THAT(written, IsOk());
  return *written->store->Get("f.lance");
}

TEST(FileWriter, BytesDoNotDependOnTheNumberOfThreads) {
  const auto rows = MakeRows(50'000);
  const auto expected = BytesOf(WriteRows(*rows, SmallPages(0), 3000, "threads0"));
  for (const int num_threads : {1, 2, 8}) {
    const std::string name = "threads" + std::to_string(num_threads);
    const auto found = BytesOf(WriteRows(*rows, SmallPages(num_threads), 3000, name));
    EXPECT_TRUE(expected->Equals(*found)) << num_threads;
  }
}

TEST(FileWriter, BytesDoNotDependOnTheBatches) {
  const auto rows = MakeRows(50'000);
  for (const uint64_t buffer_bytes : {uint64_t{1} << 30, uint64_t{0}}) {
    WriteOptions options = SmallPages(2);
    // With 0 pages end early, because much waits altogether.
    options.page_bytes = buffer_bytes == 0 ? 150'000 : 64 << 10;
    options.buffer_bytes = buffer_bytes;
    const auto expected = BytesOf(WriteRows(*rows, options, 50'000, "whole"));
    for (const int64_t step : {1, 7, 777, 3000, 16'384, 49'999}) {
      const std::string name = "step" + std::to_string(step) + std::to_string(buffer_bytes);
      const auto found = BytesOf(WriteRows(*rows, options, step, name, step % 2 == 1));
      EXPECT_TRUE(expected->Equals(*found)) << step;
    }
  }
}

// Takes its time with every piece.
class SlowWriter final : public io::ObjectWriter {
 public:
  Status Write(Bytes bytes) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    position_ += bytes.size();
    return Status::OK();
  }
  uint64_t position() const override { return position_; }
  Status Finish() override { return Status::OK(); }
  Status Abort() override { return Status::OK(); }

 private:
  uint64_t position_ = 0;
};

// Most memory that was taken from a pool while batches of one column type were written, input
// included.
Result<int64_t> PeakOfWriting(int num_columns, int64_t value_bytes, int64_t rows_per_batch,
                              int num_batches) {
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  arrow::FieldVector fields;
  for (int i = 0; i < num_columns; ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), arrow::binary()));
  }
  const auto schema = arrow::schema(std::move(fields));
  WriteOptions options;
  options.page_bytes = 1 << 20;
  options.buffer_bytes = 4 << 20;
  options.max_bytes_in_flight = 4 << 20;
  options.executor = Executor::Make(4);
  options.pool = &pool;
  ARROW_ASSIGN_OR_RAISE(Schema own, Schema::FromArrow(*schema));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        FileWriter::Open(std::make_unique<SlowWriter>(), own, options));
  std::mt19937 random(1);
  std::string value(static_cast<size_t>(value_bytes), '.');
  for (int batch = 0; batch < num_batches; ++batch) {
    arrow::ArrayVector columns;
    for (int c = 0; c < num_columns; ++c) {
      arrow::BinaryBuilder builder(&pool);
      for (int64_t i = 0; i < rows_per_batch; ++i) {
        for (size_t k = 0; k < value.size(); k += 3) value[k] = static_cast<char>(random());
        ARROW_RETURN_NOT_OK(builder.Append(value));
      }
      ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
      columns.push_back(std::move(column));
    }
    ARROW_RETURN_NOT_OK(
        writer->Write(*arrow::RecordBatch::Make(schema, rows_per_batch, std::move(columns))));
  }
  ARROW_RETURN_NOT_OK(writer->Finish().status());
  return pool.max_memory();
}

// A batch whose columns lie in one piece of memory, as in a message of a stream.
Result<std::shared_ptr<arrow::RecordBatch>> AsMessage(const arrow::RecordBatch& batch,
                                                      arrow::MemoryPool* pool) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = pool;
  ARROW_ASSIGN_OR_RAISE(auto bytes, arrow::ipc::SerializeRecordBatch(batch, options));
  arrow::io::BufferReader reader(bytes);
  return arrow::ipc::ReadRecordBatch(batch.schema(), nullptr,
                                     arrow::ipc::IpcReadOptions::Defaults(), &reader);
}

TEST(FileWriter, SlowColumnsDoNotKeepTheMessagesTheyCameIn) {
  constexpr int64_t kRows = 2000;
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  const auto schema =
      arrow::schema({arrow::field("slow", arrow::int8()), arrow::field("fast", arrow::int64())});
  WriteOptions options;
  options.page_bytes = 256 << 10;
  options.executor = Executor::MakeInline();
  options.pool = &pool;
  auto writer =
      FileWriter::Open(std::make_unique<SlowWriter>(), *Schema::FromArrow(*schema), options);
  ASSERT_THAT(writer, IsOk());
  std::vector<int8_t> bytes(kRows);
  std::vector<int64_t> words(kRows);
  for (int batch = 0; batch < 120; ++batch) {
    for (int64_t i = 0; i < kRows; ++i) {
      words[i] = static_cast<int64_t>(static_cast<uint64_t>(i + batch) * 0x9E3779B97F4A7C15ULL);
      bytes[i] = static_cast<int8_t>(words[i] >> 56);
    }
    arrow::Int8Builder small;
    arrow::Int64Builder large;
    ASSERT_TRUE(small.AppendValues(bytes).ok() && large.AppendValues(words).ok());
    const auto rows = arrow::RecordBatch::Make(schema, kRows, {*small.Finish(), *large.Finish()});
    const auto message = AsMessage(*rows, &pool);
    ASSERT_THAT(message, IsOk());
    ASSERT_THAT((*writer)->Write(**message), IsOk());
  }
  ASSERT_THAT((*writer)->Finish(), IsOk());
  EXPECT_LT(pool.max_memory(), 1'600'000);  // the messages are 2.1 MB
}

TEST(FileWriter, MemoryIsBounded) {
  constexpr int64_t kMegabyte = 1 << 20;
  // 4 MiB wait, 4 MiB are in the works and take up to three times as much, 1 MiB goes into what the
  // policy tries in four threads, and two batches are there, one of them being built with room to
  // spare.
  const auto narrow = PeakOfWriting(4, 100, 2000, 60);
  ASSERT_THAT(narrow, IsOk());
  EXPECT_LT(*narrow, 20 * kMegabyte);
  const auto wide = PeakOfWriting(60, 100, 200, 40);
  ASSERT_THAT(wide, IsOk());
  EXPECT_LT(*wide, 20 * kMegabyte);
  const auto huge = PeakOfWriting(1, 3 * kMegabyte, 1, 30);
  ASSERT_THAT(huge, IsOk());
  EXPECT_LT(*huge, 26 * kMegabyte);
}

TEST(FileWriter, RowsComeBack) {
  const auto rows = MakeRows(50'000);
  const auto written = WriteRows(*rows, SmallPages(2), 1777, "rows");
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
