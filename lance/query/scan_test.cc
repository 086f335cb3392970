#include "lance/query/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/api.h"
#include "lance/base/testing/matchers.h"
#include "lance/query/scan/row_ids.h"
#include "lance/query/scan/rows.h"
#include "lance/table/commit.h"

namespace lance::query {
namespace {

using ::testing::ElementsAre;
using testing::HasErrorMessage;
using testing::IsError;
using testing::IsOk;

// The tables are drawn in testdata/make_testdata.py.
ScanContext OpenTable(const std::string& name) {
  ScanContext context;
  auto store = io::OpenStore("lance/query/testdata/" + name);
  EXPECT_THAT(store, IsOk());
  auto latest = table::CommitStore::ForFolder(*store)->Latest();
  EXPECT_THAT(latest, IsOk());
  auto manifest = table::LoadManifest(**store, **latest);
  EXPECT_THAT(manifest, IsOk());
  context.manifest = *manifest;
  context.files = FileCache::Make(*store, *manifest);
  return context;
}

// Ids that live in evolved.lance: 0..299 without multiples of seven.
std::vector<int64_t> LiveIds() {
  std::vector<int64_t> out;
  for (int64_t id = 0; id < 300; ++id) {
    if (id % 7 != 0) out.push_back(id);
  }
  return out;
}

std::vector<int64_t> Int64s(const arrow::Table& rows, const std::string& name) {
  std::vector<int64_t> out;
  for (const auto& chunk : rows.GetColumnByName(name)->chunks()) {
    const auto* values = chunk->data()->GetValues<int64_t>(1);
    out.insert(out.end(), values, values + chunk->length());
  }
  return out;
}

Result<std::shared_ptr<arrow::Table>> ReadAll(const ScanContext& context,
                                              const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto reader, Scan(context, request));
  ARROW_ASSIGN_OR_RAISE(auto rows, reader->ToTable());
  ARROW_RETURN_NOT_OK(rows->ValidateFull());
  return rows;
}

ScanRequest WithFilter(const std::string& sql) {
  ScanRequest request;
  auto filter = ParseFilter(sql);
  EXPECT_THAT(filter, IsOk());
  request.filter = *filter;
  return request;
}

TEST(Scan, GivesAllLiveRowsInOrder) {
  const ScanContext context = OpenTable("evolved.lance");
  for (const int parallelism : {1, 2, 5}) {
    ScanRequest request;
    request.parallelism = parallelism;
    request.batch_num_rows = 16;
    auto rows = ReadAll(context, request);
    ASSERT_THAT(rows, IsOk());
    EXPECT_THAT((*rows)->ColumnNames(), ElementsAre("id", "s", "price", "point", "y"));
    EXPECT_EQ(Int64s(**rows, "id"), LiveIds()) << parallelism;
    std::vector<int64_t> doubled = LiveIds();
    for (int64_t& id : doubled) id *= 2;
    EXPECT_EQ(Int64s(**rows, "y"), doubled);
  }
}

TEST(Scan, KeepsTheColumnOrderThatWasAskedFor) {
  const ScanContext context = OpenTable("evolved.lance");
  ScanRequest request;
  request.columns = {{"y", "_fragid", "id", "_rowaddr", "_rowid", "id"}};
  auto rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT((*rows)->ColumnNames(),
              ElementsAre("y", "_fragid", "id", "_rowaddr", "_rowid", "id"));
  EXPECT_EQ((*rows)->field(1)->type()->id(), arrow::Type::INT32);
  EXPECT_EQ((*ScanSchema(*context.manifest, request))->ToString(), (*rows)->schema()->ToString());
  const auto addresses = Int64s(**rows, "_rowaddr");
  const std::vector<int64_t> ids = LiveIds();
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(addresses[i], (ids[i] / 100) << 32 | ids[i] % 100);
  }
  EXPECT_EQ(Int64s(**rows, "_rowid"), addresses);
}

TEST(Scan, CountsRowsWithoutColumns) {
  const ScanContext context = OpenTable("evolved.lance");
  ScanRequest request;
  request.columns = std::vector<std::string>();
  auto rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->num_columns(), 0);
  auto reader = Scan(context, request);
  ASSERT_THAT(reader, IsOk());
  int64_t total = 0;
  for (auto batch = (*reader)->Next(); batch.ok() && *batch; batch = (*reader)->Next()) {
    total += (*batch)->num_rows();
  }
  EXPECT_EQ(total, 257);
}

struct FilterCase {
  const char* sql;
  bool (*passes)(int64_t id);
};

TEST(Scan, FiltersAndReadsOtherColumnsLate) {
  const ScanContext context = OpenTable("evolved.lance");
  const FilterCase cases[] = {
      {"id = 123", [](int64_t id) { return id == 123; }},
      {"id >= 90 AND y < 220", [](int64_t id) { return id >= 90 && id < 110; }},
      {"s IS NOT NULL", [](int64_t id) { return id % 10 != 3; }},
      {"price > 1.3", [](int64_t id) { return id > 5; }},
      {"point.b", [](int64_t id) { return id % 3 == 0; }},
      {"_fragid = 1 AND _rowaddr > 4294967390", [](int64_t id) { return id > 194 && id < 200; }},
      {"id < 0", [](int64_t) { return false; }},
  };
  for (const FilterCase& one : cases) {
    std::vector<int64_t> expected;
    for (const int64_t id : LiveIds()) {
      if (one.passes(id)) expected.push_back(id);
    }
    for (const int parallelism : {1, 2}) {
      ScanRequest request = WithFilter(one.sql);
      request.parallelism = parallelism;
      request.batch_num_rows = 30;
      auto rows = ReadAll(context, request);
      ASSERT_THAT(rows, IsOk()) << one.sql;
      EXPECT_EQ(Int64s(**rows, "id"), expected) << one.sql;
      request.columns = {{"y"}};
      rows = ReadAll(context, request);
      ASSERT_THAT(rows, IsOk()) << one.sql;
      for (int64_t& id : expected) id *= 2;
      EXPECT_EQ(Int64s(**rows, "y"), expected) << one.sql;
      for (int64_t& id : expected) id /= 2;
    }
    auto count = CountRows(context, WithFilter(one.sql).filter);
    ASSERT_THAT(count, IsOk());
    EXPECT_EQ(*count, expected.size()) << one.sql;
  }
}

TEST(Scan, AppliesOffsetAndLimit) {
  const ScanContext context = OpenTable("evolved.lance");
  const std::vector<int64_t> live = LiveIds();
  for (const uint64_t offset : {0, 1, 85, 86, 200, 257, 1000}) {
    for (const uint64_t limit : {0, 1, 7, 100, 1000}) {
      for (const bool filtered : {false, true}) {
        ScanRequest request = WithFilter("id >= 0");
        if (!filtered) request.filter = nullptr;
        request.offset = offset;
        request.limit = limit;
        request.batch_num_rows = 9;
        auto rows = ReadAll(context, request);
        ASSERT_THAT(rows, IsOk());
        const size_t begin = std::min<size_t>(offset, live.size());
        const size_t end = std::min<size_t>(begin + limit, live.size());
        EXPECT_EQ(Int64s(**rows, "id"),
                  std::vector<int64_t>(live.begin() + begin, live.begin() + end));
      }
    }
  }
}

TEST(Scan, ReadsOnlyTheGivenPieces) {
  const ScanContext context = OpenTable("evolved.lance");
  ScanRequest request;
  request.splits = {{{2, {50, 53}}, {0, {0, 9}}}};
  auto rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(Int64s(**rows, "id"), ElementsAre(250, 251, 1, 2, 3, 4, 5, 6, 8));
  EXPECT_EQ(CountRows(context, nullptr, request.splits).ValueOr(0), 9);
  request.splits = {{{0, {90, 101}}}};
  EXPECT_THAT(ReadAll(context, request), HasErrorMessage("leave fragment 0, which has 100 rows"));
  request.splits = {{{9, {0, 1}}}};
  EXPECT_THAT(ReadAll(context, request), HasErrorMessage("has no fragment 9"));
}

TEST(Scan, PiecesOfAPlanCoverTheTableOnce) {
  const ScanContext context = OpenTable("evolved.lance");
  for (const uint64_t target : {1, 500, 5000, 1000000}) {
    ScanRequest request;
    request.splits = PlanSplits(*context.manifest, target);
    EXPECT_GE(request.splits->size(), 3U);
    for (const ScanSplit& split : *request.splits) EXPECT_GT(split.rows.size(), 0U);
    auto rows = ReadAll(context, request);
    ASSERT_THAT(rows, IsOk());
    EXPECT_EQ(Int64s(**rows, "id"), LiveIds()) << target;
  }
  EXPECT_EQ(PlanSplits(*context.manifest, 1).size(), 300U);
}

TEST(Scan, NamesUnknownColumns) {
  const ScanContext context = OpenTable("evolved.lance");
  ScanRequest request;
  request.columns = {{"id", "nope"}};
  EXPECT_THAT(Scan(context, request), IsError(ErrorCode::ColumnNotFound));
  EXPECT_THAT(Scan(context, request), HasErrorMessage("there are: id, s, price, point, y"));
  EXPECT_THAT(Scan(context, WithFilter("nope = 1")), IsError(ErrorCode::ColumnNotFound));
}

TEST(Scan, StopsWhenDroppedOrToldTo) {
  ScanContext context = OpenTable("evolved.lance");
  context.executor = Executor::Make(3);
  for (int num_batches = 0; num_batches < 4; ++num_batches) {
    ScanRequest request;
    request.batch_num_rows = 3;
    request.parallelism = 3;
    request.memory_limit_bytes = 1;
    auto reader = Scan(context, request);
    ASSERT_THAT(reader, IsOk());
    for (int i = 0; i < num_batches; ++i) ASSERT_THAT((*reader)->Next(), IsOk());
    if (num_batches % 2 == 1) EXPECT_THAT((*reader)->Close(), IsOk());
  }
  StopSource source;
  ScanRequest request;
  request.stop = source.token();
  auto reader = Scan(context, request);
  ASSERT_THAT(reader, IsOk());
  source.RequestStop();
  EXPECT_TRUE((*reader)->Next().status().IsCancelled());
}

TEST(Scan, FinishesUnderTheSmallestMemoryLimit) {
  const ScanContext context = OpenTable("evolved.lance");
  for (const bool ordered : {true, false}) {
    ScanRequest request;
    request.memory_limit_bytes = 1;
    request.parallelism = 2;
    request.ordered = ordered;
    request.batch_num_rows = 4;
    auto rows = ReadAll(context, request);
    ASSERT_THAT(rows, IsOk());
    std::vector<int64_t> ids = Int64s(**rows, "id");
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, LiveIds());
  }
}

// Keeps tasks and never runs them, like a pool whose threads are all blocked.
class StuckExecutor final : public Executor {
 public:
  void Submit(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  int num_threads() const override { return 2; }

 private:
  std::vector<std::function<void()>> tasks_;
};

TEST(Scan, NeedsNoFreeThreadOfTheExecutor) {
  ScanContext context = OpenTable("evolved.lance");
  context.executor = std::make_shared<StuckExecutor>();
  ScanRequest request;
  request.batch_num_rows = 10;
  auto rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Int64s(**rows, "id"), LiveIds());
  context.executor = Executor::MakeInline();
  request.parallelism = 3;
  rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(Int64s(**rows, "id"), LiveIds());
}

TEST(Scan, ReportsAFileThatIsMissing) {
  const ScanContext context = OpenTable("evolved.lance");
  auto broken = std::make_shared<table::Manifest>(*context.manifest);
  broken->fragments[1].files[0].path = "gone.lance";
  ScanContext other = context;
  other.manifest = broken;
  for (const int parallelism : {1, 2}) {
    ScanRequest request;
    request.parallelism = parallelism;
    EXPECT_THAT(ReadAll(other, request), IsError(ErrorCode::ObjectNotFound));
  }
}

TEST(TakeRows, GivesRowsInAnyOrderWithRepeats) {
  const ScanContext context = OpenTable("evolved.lance");
  const std::vector<int64_t> live = LiveIds();
  const std::vector<std::vector<uint64_t>> wanted = {
      {}, {0}, {256}, {5, 4, 3}, {0, 85, 86, 171, 172, 256}, {200, 3, 200, 200, 100, 3}};
  for (const auto& positions : wanted) {
    std::vector<RowOffset> rows;
    std::vector<int64_t> expected;
    for (const uint64_t position : positions) {
      rows.push_back({position});
      expected.push_back(live[position]);
    }
    auto taken = TakeRows(context, rows, std::vector<std::string>{"y", "id", "_rowaddr"});
    ASSERT_THAT(taken, IsOk());
    ASSERT_THAT((*taken)->ValidateFull(), IsOk());
    EXPECT_EQ(Int64s(**taken, "id"), expected);
    const auto addresses = Int64s(**taken, "_rowaddr");
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(addresses[i], (expected[i] / 100) << 32 | expected[i] % 100);
    }
  }
  EXPECT_THAT(TakeRows(context, {{257}}, std::nullopt),
              HasErrorMessage("row 257 is wanted, but the table has 257 rows"));
}

TEST(Scan, GivesStableRowIds) {
  const ScanContext context = OpenTable("stable_ids.lance");
  ScanRequest request;
  request.columns = {{"id", "_rowid"}};
  auto rows = ReadAll(context, request);
  ASSERT_THAT(rows, IsOk());
  const std::vector<int64_t> ids = Int64s(**rows, "id");
  EXPECT_EQ(ids.size(), 20U);
  EXPECT_EQ(Int64s(**rows, "_rowid"), ids);  // the update moved rows, but not their ids
}

TEST(Rows, CutsDeletionsOutOfRanges) {
  const std::vector<uint32_t> deleted = {0, 3, 4, 9};
  EXPECT_THAT(LiveRanges({0, 10}, deleted), ElementsAre(RowRange{1, 3}, RowRange{5, 9}));
  EXPECT_THAT(LiveRanges({3, 5}, deleted), ElementsAre());
  EXPECT_THAT(LiveRanges({4, 7}, deleted), ElementsAre(RowRange{5, 7}));
  EXPECT_EQ(CountDeleted({3, 9}, deleted), 2U);
  EXPECT_EQ(LiveRowAt(0, deleted), 1U);
  EXPECT_EQ(LiveRowAt(2, deleted), 5U);
  EXPECT_EQ(LiveRowAt(5, deleted), 8U);
  EXPECT_EQ(LiveRowAt(6, deleted), 10U);
}

TEST(RowIds, DecodesEveryKindOfSegment) {
  const std::string range("\x0a\x06\x0a\x04\x08\x05\x10\x08", 8);  // 5..8
  const std::string holes("\x0a\x10\x12\x0e\x08\x0a\x10\x0e\x1a\x08\x0a\x06\x08\x0a\x12\x02\x01\0",
                          18);                                                   // 10..14 - 11
  const std::string bitmap("\x0a\x09\x1a\x07\x08\x14\x10\x18\x1a\x01\x05", 11);  // 20..24: 1010
  const std::string array("\x0a\x0b\x2a\x09\x12\x07\x08\x01\x12\x03...", 10);
  EXPECT_THAT(*DecodeRowIds(range, 3), ElementsAre(5, 6, 7));
  EXPECT_THAT(*DecodeRowIds(holes, 3), ElementsAre(10, 12, 13));
  EXPECT_THAT(*DecodeRowIds(bitmap, 2), ElementsAre(20, 22));
  EXPECT_THAT(*DecodeRowIds(range + bitmap, 5), ElementsAre(5, 6, 7, 20, 22));
  EXPECT_THAT(DecodeRowIds(range, 4), HasErrorMessage("a fragment of 4 rows has 3 row ids"));
  EXPECT_THAT(DecodeRowIds(range, 2), IsError(ErrorCode::Corruption));
  EXPECT_THAT(DecodeRowIds(array, 1), IsError(ErrorCode::Corruption));
  const std::string endless("\x0a\x0c\x0a\x0a\x10\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 14);
  EXPECT_THAT(DecodeRowIds(endless, 10), IsError(ErrorCode::Corruption));
}

}  // namespace
}  // namespace lance::query
