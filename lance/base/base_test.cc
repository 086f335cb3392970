#include <arrow/memory_pool.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lance/base/byte_budget.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"
#include "lance/base/executor.h"
#include "lance/base/memory.h"
#include "lance/base/testing/matchers.h"

namespace lance {
namespace {

using testing::HasErrorMessage;
using testing::IsError;
using testing::IsOk;

TEST(Error, KeepsItsKindThroughContext) {
  const Status status = WithContext(Corruption("bad magic at offset ", 12), "/t/data/x.lance");
  EXPECT_THAT(status, IsError(ErrorCode::Corruption));
  EXPECT_EQ(status.message(), "/t/data/x.lance: bad magic at offset 12");
  EXPECT_THAT(WithContext(Status::OK(), "x"), IsOk());
}

TEST(Error, ForeignStatusHasTheNearestKind) {
  EXPECT_EQ(GetErrorCode(Status::Invalid("x")), ErrorCode::InvalidInput);
  EXPECT_EQ(GetErrorCode(Status::IOError("x")), ErrorCode::Io);
  EXPECT_EQ(GetErrorCode(Status::UnknownError("x")), ErrorCode::Internal);
}

TEST(Error, NamesAreUnique) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::Cancelled); ++i) {
    const ErrorKind& kind = GetErrorKind(static_cast<ErrorCode>(i));
    EXPECT_EQ(static_cast<int>(kind.code), i);
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
  }
}

TEST(Bytes, KnowWhatIsUtf8) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("plain, \xc3\xa5 and \xf0\x9f\x90\x9f"));
  EXPECT_FALSE(IsUtf8("\xff"));
  EXPECT_FALSE(IsUtf8("ends early \xc3"));
}

TEST(ByteCursor, RefusesToReadPastTheEnd) {
  const std::vector<uint8_t> raw = {1, 0, 2, 0, 0, 0, 9};
  ByteCursor cursor(raw, "header");
  EXPECT_EQ(*cursor.Read<uint16_t>(), 1);
  EXPECT_EQ(*cursor.Read<uint32_t>(), 2u);
  EXPECT_THAT(cursor.Read<uint16_t>(), IsError(ErrorCode::Corruption));
  EXPECT_THAT(cursor.Read<uint16_t>(), HasErrorMessage("2 bytes wanted at offset 6"));
  EXPECT_THAT(cursor.Take(UINT64_MAX), IsError(ErrorCode::Corruption));
  EXPECT_EQ(*cursor.Read<uint8_t>(), 9);
}

TEST(ByteCursor, AlignsWithinBounds) {
  const std::vector<uint8_t> raw(11);
  ByteCursor cursor(raw, "chunk");
  ASSERT_THAT(cursor.Skip(3), IsOk());
  ASSERT_THAT(cursor.AlignTo(8), IsOk());
  EXPECT_EQ(cursor.position(), 8u);
  ASSERT_THAT(cursor.Skip(1), IsOk());
  EXPECT_THAT(cursor.AlignTo(8), IsError(ErrorCode::Corruption));
}

TEST(Bytes, RangesDoNotWrap) {
  EXPECT_TRUE(RangeFits(5, 5, 10));
  EXPECT_FALSE(RangeFits(6, 5, 10));
  EXPECT_FALSE(RangeFits(UINT64_MAX, 2, 10));
  EXPECT_FALSE(RangeFits(2, UINT64_MAX, 10));
}

TEST(ParallelFor, RunsEveryItemOnce) {
  auto pool = Executor::Make(3);
  std::vector<std::atomic<int>> hits(1000);
  ASSERT_THAT(ParallelFor(*pool, 1000,
                          [&](int64_t i) {
                            ++hits[i];
                            return Status::OK();
                          }),
              IsOk());
  for (auto& hit : hits) EXPECT_EQ(hit, 1);
}

TEST(ParallelFor, NestsWithoutDeadlock) {
  auto pool = Executor::Make(2);
  std::atomic<int> sum = 0;
  ASSERT_THAT(ParallelFor(*pool, 8,
                          [&](int64_t) {
                            return ParallelFor(*pool, 8, [&](int64_t) {
                              ++sum;
                              return Status::OK();
                            });
                          }),
              IsOk());
  EXPECT_EQ(sum, 64);
}

TEST(ParallelFor, ReportsTheFirstFailure) {
  auto pool = Executor::MakeInline();
  int started = 0;
  const Status status = ParallelFor(*pool, 10, [&](int64_t i) {
    ++started;
    return i == 3 ? InvalidInput("item ", i) : Status::OK();
  });
  EXPECT_THAT(status, HasErrorMessage("item 3"));
  EXPECT_EQ(started, 4);
}

TEST(ByteBudget, DropsWhatWasNotUsedLately) {
  ByteBudget budget(100);
  std::vector<std::string> dropped;
  const auto add = [&](const std::string& name, uint64_t size) {
    return budget.Add(size, [&dropped, name] { dropped.push_back(name); });
  };
  const auto a = add("a", 40);
  const auto b = add("b", 40);
  EXPECT_EQ(budget.used_bytes(), 80u);
  const auto c = add("c", 40);  // all are new: the oldest goes
  EXPECT_EQ(dropped, std::vector<std::string>({"a"}));
  c->Touch();
  const auto d = add("d", 40);
  EXPECT_EQ(dropped, std::vector<std::string>({"a", "b"}));
  budget.Remove(b);  // is not there any more
  budget.Remove(d);
  budget.Remove(nullptr);
  EXPECT_EQ(budget.used_bytes(), 40u);
  const auto huge = add("huge", 1000);
  EXPECT_LE(budget.used_bytes(), 100u);
  EXPECT_EQ(dropped.back(), "huge");
}

TEST(ByteBudget, HoldsUnderManyThreads) {
  ByteBudget budget(1000);
  std::atomic<int> dropped = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 500; ++k) {
        const auto item = budget.Add(10, [&dropped] { ++dropped; });
        if (k % 3 == 0) item->Touch();
        if (k % 5 == 0) budget.Remove(item);
        EXPECT_LE(budget.used_bytes(), 1000u);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(budget.used_bytes(), 1000u);
  EXPECT_GT(dropped, 1000);
}

TEST(RecyclingPool, KeepsContentsWhenABlockGrowsAndShrinks) {
  arrow::MemoryPool* pool = RecyclingPool();
  const int64_t before = pool->bytes_allocated();
  uint8_t* data = nullptr;
  int64_t size = 1000;
  ASSERT_THAT(pool->Allocate(size, 64, &data), IsOk());
  for (int64_t i = 0; i < size; ++i) data[i] = static_cast<uint8_t>(i);
  for (int64_t next : {70000L, 65536L, 65537L, 81920L, 200000L, 100L << 20, 90000L, 1000L}) {
    ASSERT_THAT(pool->Reallocate(size, next, 64, &data), IsOk());
    size = next;
    data[size - 1] = static_cast<uint8_t>(size - 1);
    ASSERT_EQ(data[998], static_cast<uint8_t>(998));
  }
  pool->Free(data, size, 64);
  EXPECT_EQ(pool->bytes_allocated(), before);
}

TEST(RecyclingPool, SizesOfEveryClassFit) {
  arrow::MemoryPool* pool = RecyclingPool();
  for (int64_t size = 12 << 10; size < (70 << 20); size += size / 7) {
    uint8_t* first = nullptr;
    ASSERT_THAT(pool->Allocate(size, 64, &first), IsOk());
    first[0] = first[size - 1] = 7;
    pool->Free(first, size, 64);
    uint8_t* again = nullptr;
    ASSERT_THAT(pool->Allocate(size, 64, &again), IsOk());
    again[size - 1] = 8;
    pool->Free(again, size, 64);
  }
  pool->ReleaseUnused();
}

}  // namespace
}  // namespace lance
