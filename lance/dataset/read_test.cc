// Reads of whole tables against each other: rows taken one by one, scans in batches of any size,
// and what scans may hold in memory.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "lance/base/testing/matchers.h"
#include "lance/dataset/dataset.h"
#include "lance/dataset/write.h"
#include "lance/io/testing/store_conformance.h"

namespace lance {
namespace {

using ::lance::testing::IsOk;

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Draws columns that between them reach every page layout and most codecs.
class ColumnMaker {
 public:
  ColumnMaker(int64_t num_rows, uint64_t seed) : num_rows_(num_rows), random_(seed) {}

  uint64_t Draw(uint64_t below) { return random_() % below; }

  template <typename Builder, typename Value>
  ArrayPtr Make(double nulls, const Value& value) {
    Builder builder;
    for (int64_t i = 0; i < num_rows_; ++i) {
      const bool is_null = static_cast<double>(Draw(1000)) < nulls * 1000;
      EXPECT_THAT(is_null ? builder.AppendNull() : builder.Append(value(i)), IsOk());
    }
    return *builder.Finish();
  }

  ArrayPtr Texts(double nulls, uint64_t words) {
    static constexpr std::string_view kWords[] = {"carefully ", "final ", "deposits ", "sleep ",
                                                  "quickly ",   "even ",  "requests ", "haggle "};
    return Make<arrow::StringBuilder>(nulls, [&](int64_t) {
      std::string out;
      for (uint64_t n = Draw(words + 1); n > 0; --n) out += kWords[Draw(std::size(kWords))];
      return out + std::to_string(Draw(1000));
    });
  }

  // Lists over `items`, with empty and null ones.
  ArrayPtr Lists(const ArrayPtr& items, int64_t longest) {
    arrow::Int32Builder offsets;
    int32_t at = 0;
    for (int64_t i = 0; i < num_rows_; ++i) {
      EXPECT_THAT(i > 0 && Draw(10) == 0 ? offsets.AppendNull() : offsets.Append(at), IsOk());
      const auto left = static_cast<uint64_t>(items->length() - at);
      const uint64_t size = Draw(5) == 0 ? 0 : Draw(static_cast<uint64_t>(longest) + 1);
      at += static_cast<int32_t>(std::min(left, size));
    }
    EXPECT_THAT(offsets.Append(at), IsOk());
    return *arrow::ListArray::FromArrays(**offsets.Finish(), *items);
  }

 private:
  int64_t num_rows_;
  std::mt19937_64 random_;
};

std::shared_ptr<arrow::RecordBatch> RandomRows(int64_t num_rows, uint64_t seed) {
  ColumnMaker maker(num_rows, seed);
  ColumnMaker items(num_rows * 3, seed + 1);
  ColumnMaker floats(num_rows * 8, seed + 2);
  ColumnMaker wide(num_rows * 96, seed + 3);
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const auto add = [&](const std::string& name, ArrayPtr column) {
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  };
  const auto any_float = [&](int64_t i) { return static_cast<float>(i) * 0.37F; };
  add("small", maker.Make<arrow::Int64Builder>(0, [&](int64_t) { return maker.Draw(3000); }));
  add("null", maker.Make<arrow::Int32Builder>(0.2, [&](int64_t) { return maker.Draw(1 << 20); }));
  add("runs", maker.Make<arrow::Int32Builder>(0, [](int64_t i) { return i / 90; }));
  add("random", maker.Make<arrow::UInt64Builder>(0, [&](int64_t) { return maker.Draw(~0ULL); }));
  add("double", maker.Make<arrow::DoubleBuilder>(0.1, [](int64_t i) { return 1.0 / (i + 1); }));
  add("flag", maker.Make<arrow::BooleanBuilder>(0.1, [&](int64_t) { return maker.Draw(2) == 0; }));
  add("few", maker.Make<arrow::StringBuilder>(
                 0.1, [&](int64_t) { return "mode " + std::to_string(maker.Draw(7)); }));
  add("text", maker.Texts(0.1, 6));
  add("all_text", maker.Texts(0, 9));
  add("list",
      maker.Lists(items.Make<arrow::Int32Builder>(0.1, [](int64_t i) { return i % 1000; }), 5));
  add("texts", maker.Lists(items.Texts(0.1, 3), 5));
  add("vector",
      *arrow::FixedSizeListArray::FromArrays(floats.Make<arrow::FloatBuilder>(0, any_float), 8));
  add("wide",
      *arrow::FixedSizeListArray::FromArrays(wide.Make<arrow::FloatBuilder>(0, any_float), 96));
  add("blob", maker.Make<arrow::BinaryBuilder>(
                  0.3, [&](int64_t i) { return std::string(300 + maker.Draw(400), char(i)); }));
  const arrow::ArrayVector children = {columns[1], columns[7]};
  add("pair", *arrow::StructArray::Make(children, std::vector<std::string>{"number", "text"}));
  return arrow::RecordBatch::Make(arrow::schema(fields), num_rows, std::move(columns));
}

Status WriteRows(const std::string& uri, const std::shared_ptr<arrow::RecordBatch>& rows,
                 const TableWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::RecordBatchReader::Make({rows}, rows->schema()));
  return WriteTable(uri, reader.get(), options).status();
}

std::vector<RowOffset> RandomPositions(uint64_t num_rows, size_t count, bool sorted,
                                       std::mt19937_64* random) {
  std::vector<uint64_t> rows(count);
  for (uint64_t& row : rows) row = (*random)() % num_rows;
  // Some neighbours, and some that come again.
  for (size_t i = 1; i < count; ++i) {
    if ((*random)() % 8 == 0) rows[i] = std::min(rows[i - 1] + (*random)() % 3, num_rows - 1);
  }
  if (sorted) std::sort(rows.begin(), rows.end());
  std::vector<RowOffset> out;
  for (const uint64_t row : rows) out.push_back({row});
  return out;
}

class ReadsOfVersion : public ::testing::TestWithParam<encoding::FormatVersion> {};

TEST_P(ReadsOfVersion, TakingAndScanningGiveTheSame) {
  constexpr int64_t kNumRows = 20000;
  io::testing::TemporaryFolder folder;
  const auto rows = RandomRows(kNumRows, 5);
  TableWriteOptions options;
  options.file_version = GetParam();
  options.max_rows_per_file = 7000;
  ASSERT_THAT(WriteRows(folder.path() + "/t", rows, options), IsOk());
  const auto written = *arrow::Table::FromRecordBatches({rows});
  std::mt19937_64 random(6);
  // Everything kept between reads, and nothing.
  for (const uint64_t metadata_bytes : {uint64_t{1} << 30, uint64_t{0}}) {
    OpenOptions open;
    open.metadata_bytes = metadata_bytes;
    open.executor = Executor::Make(3);
    const auto dataset = *Dataset::Open(folder.path() + "/t", open);
    for (const int64_t batch_num_rows : {8192, 1000, 77}) {
      query::ScanRequest request;
      request.batch_num_rows = batch_num_rows;
      const auto scanned = *(*dataset->Scan(request))->ToTable();
      ASSERT_THAT(scanned->ValidateFull(), IsOk());
      ASSERT_TRUE(scanned->Equals(*written)) << "batches of " << batch_num_rows;
    }
    for (const size_t count : {1, 2, 5, 40, 40, 900, 5000}) {
      for (const bool sorted : {true, false}) {
        const auto wanted = RandomPositions(kNumRows, count, sorted, &random);
        arrow::UInt64Builder indices;
        for (const RowOffset& row : wanted) ASSERT_THAT(indices.Append(row.value), IsOk());
        const auto expected = arrow::compute::Take(written, *indices.Finish())->table();
        const auto taken = dataset->Take(wanted);
        ASSERT_THAT(taken, IsOk());
        ASSERT_THAT((*taken)->ValidateFull(), IsOk());
        for (int i = 0; i < expected->num_columns(); ++i) {
          ASSERT_TRUE((*taken)->column(i)->Equals(*expected->column(i)))
              << expected->field(i)->name() << " of " << count << " rows";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ReadsOfVersion,
                         ::testing::Values(encoding::kVersion21, encoding::kVersion22),
                         [](const auto& info) { return "v2_" + std::to_string(info.param.minor); });

// A table of some 100 MB decoded, part of it text that is tiny in the file.
std::shared_ptr<arrow::RecordBatch> LargeRows() {
  constexpr int64_t kNumRows = 12000;
  ColumnMaker maker(kNumRows, 8);
  ColumnMaker floats(kNumRows * 256, 9);
  const auto zipped = arrow::KeyValueMetadata::Make({"lance-encoding:compression"}, {"zstd"});
  const auto same = maker.Make<arrow::StringBuilder>(
      0, [](int64_t i) { return std::string(6000, 'x') + std::to_string(i); });
  const auto vectors = *arrow::FixedSizeListArray::FromArrays(
      floats.Make<arrow::FloatBuilder>(0, [](int64_t i) { return static_cast<float>(i); }), 256);
  const auto text = maker.Texts(0.1, 40);
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("same", same->type(), true, zipped),
                     arrow::field("vector", vectors->type()), arrow::field("text", text->type())}),
      kNumRows, arrow::ArrayVector{same, vectors, text});
}

TEST(ScanMemory, StaysBelowTheLimit) {
  io::testing::TemporaryFolder folder;
  const auto rows = LargeRows();
  ASSERT_THAT(WriteRows(folder.path() + "/t", rows, {}), IsOk());
  const auto written = *arrow::Table::FromRecordBatches({rows});
  for (const int parallelism : {1, 2, 4}) {
    for (const uint64_t limit : {uint64_t{64} << 20, uint64_t{8} << 20}) {
      arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
      OpenOptions open;
      open.pool = &pool;
      open.executor = Executor::Make(4);
      const auto dataset = *Dataset::Open(folder.path() + "/t", open);
      query::ScanRequest request;
      request.parallelism = parallelism;
      request.memory_limit_bytes = limit;
      auto reader = *dataset->Scan(request);
      int64_t num_rows = 0;
      for (;;) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ASSERT_THAT(reader->ReadNext(&batch), IsOk());
        if (batch == nullptr) break;
        const auto expected = written->Slice(num_rows, batch->num_rows());
        ASSERT_TRUE(
            (*arrow::Table::FromRecordBatches({batch}))->column(0)->Equals(*expected->column(0)));
        num_rows += batch->num_rows();
        // Let what can run ahead do so.
        if (num_rows % 16 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      EXPECT_EQ(num_rows, rows->num_rows());
      EXPECT_LE(pool.max_memory(), static_cast<int64_t>(limit))
          << parallelism << " pieces at once under " << limit;
      EXPECT_GT(pool.max_memory(), static_cast<int64_t>(limit / 64));
    }
  }
}

TEST(ScanMemory, NobodyReadsAheadForever) {
  io::testing::TemporaryFolder folder;
  ASSERT_THAT(WriteRows(folder.path() + "/t", LargeRows(), {}), IsOk());
  arrow::ProxyMemoryPool pool(arrow::default_memory_pool());
  OpenOptions open;
  open.pool = &pool;
  open.executor = Executor::Make(4);
  const auto dataset = *Dataset::Open(folder.path() + "/t", open);
  query::ScanRequest request;
  request.parallelism = 3;
  request.memory_limit_bytes = 10 << 20;
  auto reader = *dataset->Scan(request);
  ASSERT_THAT(reader->Next(), IsOk());
  int64_t before = -1;
  // Until nothing moves any more: the consumer has gone for a walk.
  for (int i = 0; i < 200 && before != pool.bytes_allocated(); ++i) {
    before = pool.bytes_allocated();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LE(pool.max_memory(), 10 << 20);
  EXPECT_THAT(reader->Close(), IsOk());
  reader.reset();
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

}  // namespace
}  // namespace lance
