#include <arrow/buffer.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "lance/base/testing/matchers.h"
#include "lance/io/object_store.h"
#include "lance/io/path.h"
#include "lance/io/ranges.h"
#include "lance/io/testing/store_conformance.h"

namespace lance::io {
namespace {

using ::lance::testing::HasErrorMessage;
using ::lance::testing::IsError;
using ::lance::testing::IsOk;
using ::testing::ElementsAre;

std::string TextOf(const std::shared_ptr<arrow::Buffer>& buffer) {
  return std::string(reinterpret_cast<const char*>(buffer->data()), buffer->size());
}

std::vector<std::string> PathsOf(const std::vector<ObjectInfo>& objects) {
  std::vector<std::string> out;
  for (const auto& object : objects) out.push_back(object.path);
  return out;
}

class StoreConformance : public ::testing::TestWithParam<testing::StoreUnderTest> {
 protected:
  void SetUp() override {
    store_ = GetParam().make();
    ASSERT_NE(store_, nullptr);
  }
  std::shared_ptr<ObjectStore> store_;
};

TEST_P(StoreConformance, ReadsBackWhatWasPut) {
  ASSERT_THAT(store_->Put("a/b/c.txt", AsBytes("hello")), IsOk());
  EXPECT_EQ(TextOf(*store_->Get("a/b/c.txt")), "hello");
  EXPECT_EQ(store_->Head("a/b/c.txt")->size_bytes, 5u);
  ASSERT_THAT(store_->Put("a/b/c.txt", AsBytes("")), IsOk());
  EXPECT_EQ(TextOf(*store_->Get("a/b/c.txt")), "");
}

TEST_P(StoreConformance, MissingObjectsAreToldApart) {
  EXPECT_THAT(store_->Open("none"), IsError(ErrorCode::ObjectNotFound));
  EXPECT_THAT(store_->Head("none"), IsError(ErrorCode::ObjectNotFound));
  EXPECT_THAT(store_->Get("none"), IsError(ErrorCode::ObjectNotFound));
  ASSERT_THAT(store_->Put("folder/x", AsBytes("1")), IsOk());
  EXPECT_THAT(store_->Open("folder"), IsError(ErrorCode::ObjectNotFound));
  EXPECT_THAT(store_->Delete("none"), IsOk());
  EXPECT_THAT(store_->DeleteFolder("none"), IsOk());
  EXPECT_TRUE(store_->List("none")->objects.empty());
}

TEST_P(StoreConformance, RefusesPathsThatLeaveTheRoot) {
  for (const char* path : {"", "/", "../x", "a/../b", "a//b", "a/", "./a", "a\nb"}) {
    EXPECT_THAT(store_->Put(path, AsBytes("1")), IsError(ErrorCode::InvalidInput)) << path;
    EXPECT_THAT(store_->Open(path), IsError(ErrorCode::InvalidInput)) << path;
  }
}

TEST_P(StoreConformance, ReadsRangesInAnyOrder) {
  ASSERT_THAT(store_->Put("x", AsBytes("0123456789")), IsOk());
  auto reader = *store_->Open("x");
  EXPECT_EQ(reader->size_bytes(), 10u);
  const std::vector<ByteRange> ranges = {{8, 2}, {0, 3}, {2, 4}, {5, 0}, {0, 10}};
  const auto buffers = *reader->ReadRanges(ranges);
  ASSERT_EQ(buffers.size(), 5u);
  EXPECT_EQ(TextOf(buffers[0]), "89");
  EXPECT_EQ(TextOf(buffers[1]), "012");
  EXPECT_EQ(TextOf(buffers[2]), "2345");
  EXPECT_EQ(buffers[3]->size(), 0);
  EXPECT_EQ(TextOf(buffers[4]), "0123456789");
  EXPECT_THAT(reader->Read({9, 2}), IsError(ErrorCode::Corruption));
  EXPECT_THAT(reader->Read({UINT64_MAX, 2}), IsError(ErrorCode::Corruption));
  const std::vector<ByteRange> bad = {{0, 1}, {10, 1}};
  EXPECT_THAT(reader->ReadRanges(bad), HasErrorMessage("shorter than its metadata says"));
}

std::string RandomBytes(size_t size) {
  std::mt19937_64 random(4);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// Ranges all over an object: empty, touching, overlapping, far apart; more than one queue holds.
std::vector<ByteRange> RandomRanges(uint64_t size, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ByteRange> out;
  while (out.size() < count) {
    const uint64_t offset = random() % size;
    const uint64_t longest = random() % 50 == 0 ? 200000 : 6000;
    out.push_back({offset, std::min(random() % longest, size - offset)});
  }
  return out;
}

TEST_P(StoreConformance, ReadsManyRangesInManyThreads) {
  const std::string content = RandomBytes(8 << 20);
  ASSERT_THAT(store_->Put("x", AsBytes(content)), IsOk());
  auto reader = *store_->Open("x");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      const auto ranges = RandomRanges(content.size(), 700, seed);
      reader->WillRead(ranges);
      const auto buffers = reader->ReadRanges(ranges);
      for (size_t i = 0; i < ranges.size(); ++i) {
        const ByteRange& range = ranges[i];
        const bool same =
            buffers.ok() && TextOf((*buffers)[i]) == content.substr(range.offset, range.length);
        wrong += same ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(StoreConformance, PutIfAbsentHasOneWinner) {
  std::atomic<int> winners = 0;
  std::atomic<int> losers = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Status status =
          store_->PutIfAbsent("v/1", AsBytes(std::string(1, static_cast<char>('a' + i))));
      if (status.ok()) ++winners;
      if (::lance::IsError(status, ErrorCode::ObjectAlreadyExists)) ++losers;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(losers, 7);
  EXPECT_EQ((*store_->Get("v/1"))->size(), 1);
  EXPECT_THAT(PathsOf(store_->List("v")->objects), ElementsAre("v/1"));
}

TEST_P(StoreConformance, NothingIsVisibleBeforeFinish) {
  {
    auto writer = *store_->Create("d/file");
    ASSERT_THAT(writer->Write(AsBytes("part")), IsOk());
    EXPECT_EQ(writer->position(), 4u);
    EXPECT_THAT(store_->Head("d/file"), IsError(ErrorCode::ObjectNotFound));
    EXPECT_TRUE(store_->List("d")->objects.empty());
  }
  EXPECT_TRUE(store_->ListRecursive("")->empty());
  auto writer = *store_->Create("d/file");
  const std::string large(3 << 20, 'x');
  ASSERT_THAT(writer->Write(AsBytes("head")), IsOk());
  ASSERT_THAT(writer->Write(AsBytes(large)), IsOk());
  ASSERT_THAT(writer->Write(AsBytes("tail")), IsOk());
  ASSERT_THAT(writer->Finish(), IsOk());
  EXPECT_EQ(TextOf(*store_->Get("d/file")), "head" + large + "tail");
}

TEST_P(StoreConformance, ListsAndDeletes) {
  for (const char* path : {"t/_versions/2", "t/_versions/1", "t/data/x", "u", "t2/y"}) {
    ASSERT_THAT(store_->Put(path, AsBytes(path)), IsOk());
  }
  const Listing top = *store_->List("");
  EXPECT_THAT(PathsOf(top.objects), ElementsAre("u"));
  EXPECT_THAT(top.folders, ElementsAre("t", "t2"));
  EXPECT_THAT(PathsOf(store_->List("t/_versions")->objects),
              ElementsAre("t/_versions/1", "t/_versions/2"));
  auto sub = *store_->SubStore("t");
  EXPECT_THAT(PathsOf(*sub->ListRecursive("")),
              ElementsAre("_versions/1", "_versions/2", "data/x"));
  ASSERT_THAT(store_->DeleteFolder("t"), IsOk());
  EXPECT_THAT(PathsOf(*store_->ListRecursive("")), ElementsAre("t2/y", "u"));
  ASSERT_THAT(store_->Delete("u"), IsOk());
  EXPECT_THAT(PathsOf(*store_->ListRecursive("")), ElementsAre("t2/y"));
}

TEST_P(StoreConformance, GetIsBounded) {
  ASSERT_THAT(store_->Put("x", AsBytes("0123456789")), IsOk());
  EXPECT_THAT(store_->Get("x", 9), HasErrorMessage("more than the limit of 9"));
}

INSTANTIATE_TEST_SUITE_P(AllStores, StoreConformance,
                         ::testing::ValuesIn(testing::AllStoresUnderTest()),
                         [](const auto& info) { return info.param.name; });

TEST(OpenStore, NamesTheSchemesItKnows) {
  EXPECT_THAT(OpenStore("gopher://x"), HasErrorMessage("memory://"));
  EXPECT_THAT(OpenStore(""), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT(OpenStore("file://host/x"), HasErrorMessage("file:///absolute/path"));
}

TEST(OpenStore, DecodesFileUris) {
  testing::TemporaryFolder folder;
  auto by_path = *OpenStore(folder.path() + "/a b");
  ASSERT_THAT(by_path->Put("x", AsBytes("1")), IsOk());
  auto by_uri = *OpenStore("file://" + folder.path() + "/a%20b");
  EXPECT_THAT(by_uri->Get("x"), IsOk());
  EXPECT_THAT(OpenStore("file:///a%2"), IsError(ErrorCode::InvalidInput));
}

TEST(LocalStore, LeftoversOfAKilledWriterAreNotListed) {
  testing::TemporaryFolder folder;
  std::ofstream(folder.path() + "/.tmp_1_dead") << "half";
  auto store = *OpenStore(folder.path());
  EXPECT_TRUE(store->List("")->objects.empty());
  EXPECT_TRUE(store->ListRecursive("")->empty());
}

TEST(LocalStore, DeletingAFolderDoesNotFollowLinks) {
  testing::TemporaryFolder folder;
  auto store = *OpenStore(folder.path());
  ASSERT_THAT(store->Put("keep/x", AsBytes("1")), IsOk());
  ASSERT_THAT(store->Put("gone/y", AsBytes("1")), IsOk());
  std::filesystem::create_directory_symlink(folder.path() + "/keep", folder.path() + "/gone/link");
  ASSERT_THAT(store->DeleteFolder("gone"), IsOk());
  EXPECT_THAT(store->Get("keep/x"), IsOk());
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/gone"));
}

TEST(LocalStore, AFileCutWhileReadIsAnError) {
  for (const char* method : {"auto", "pread", "io_uring"}) {
    testing::TemporaryFolder folder;
    auto store = *OpenStore(folder.path(), {{"local_reads", method}});
    ASSERT_THAT(store->Put("x", AsBytes(std::string(300000, 'x'))), IsOk());
    auto reader = *store->Open("x");
    std::filesystem::resize_file(folder.path() + "/x", 100004);
    EXPECT_THAT(reader->Read({100000, 10}), IsError(ErrorCode::Corruption)) << method;
    // A short read, one behind the end, and ones before it.
    const std::vector<ByteRange> ranges = {{0, 10}, {50000, 10}, {100000, 10}, {250000, 10}};
    EXPECT_THAT(reader->ReadRanges(ranges), IsError(ErrorCode::Corruption)) << method;
    EXPECT_THAT(reader->ReadRanges(std::span(ranges).first(2)), IsOk()) << method;
  }
}

// Drop the pages of a file from the cache, so that reads go to the disk.
void DropFromCache(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  ::fsync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
}

TEST(LocalStore, ReadsTheSameFromTheDiskAndFromTheCache) {
  const std::string content = RandomBytes(16 << 20);
  for (const char* method : {"auto", "pread", "io_uring"}) {
    testing::TemporaryFolder folder;
    auto store = *OpenStore(folder.path(), {{"local_reads", method}});
    ASSERT_THAT(store->Put("x", AsBytes(content)), IsOk());
    auto reader = *store->Open("x");
    const auto ranges = RandomRanges(content.size(), 400, 9);
    for (int turn = 0; turn < 2; ++turn) {
      if (turn == 0) DropFromCache(folder.path() + "/x");
      const auto buffers = reader->ReadRanges(ranges);
      ASSERT_THAT(buffers, IsOk()) << method;
      for (size_t i = 0; i < ranges.size(); ++i) {
        ASSERT_EQ(TextOf((*buffers)[i]), content.substr(ranges[i].offset, ranges[i].length))
            << method << " turn " << turn << " range " << i;
      }
    }
  }
}

// Such a file system cannot tell what is cached.
TEST(LocalStore, ReadsFromAFileSystemInMemory) {
  std::string folder = "/dev/shm/lance-test-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) GTEST_SKIP() << "there is no /dev/shm";
  const std::string content = RandomBytes(1 << 20);
  for (const char* method : {"auto", "pread", "io_uring"}) {
    auto store = *OpenStore(folder, {{"local_reads", method}});
    ASSERT_THAT(store->Put("x", AsBytes(content)), IsOk());
    auto reader = *store->Open("x");
    const auto ranges = RandomRanges(content.size(), 300, 12);
    const auto buffers = reader->ReadRanges(ranges);
    ASSERT_THAT(buffers, IsOk()) << method;
    for (size_t i = 0; i < ranges.size(); ++i) {
      ASSERT_EQ(TextOf((*buffers)[i]), content.substr(ranges[i].offset, ranges[i].length));
    }
  }
  std::filesystem::remove_all(folder);
}

TEST(LocalStore, RefusesUnknownWaysToRead) {
  EXPECT_THAT(OpenStore("/tmp", {{"local_reads", "carrier"}}),
              HasErrorMessage("must be auto, pread or io_uring"));
}

TEST(CoalesceRanges, MergesNeighboursOnly) {
  const std::vector<ByteRange> ranges = {{100, 10}, {0, 10}, {112, 5}, {5000, 1}, {3, 2}, {7, 0}};
  const auto [order, groups] =
      CoalesceRanges(ranges, {.max_gap_bytes = 4, .max_request_bytes = 1000});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(order, ElementsAre(1, 4, 0, 2, 3));
  EXPECT_EQ(groups[0].range, (ByteRange{0, 10}));
  EXPECT_EQ(groups[0].end, 2u);
  EXPECT_EQ(groups[1].range, (ByteRange{100, 17}));
  EXPECT_EQ(groups[1].begin, 2u);
  EXPECT_EQ(groups[2].range, (ByteRange{5000, 1}));
  EXPECT_EQ(groups[2].end, 5u);
}

TEST(SplitLastSegment, TakesUrisAndPaths) {
  EXPECT_EQ(SplitLastSegment("/a/b.lance/")->name, "b.lance");
  EXPECT_EQ(SplitLastSegment("/a/b.lance")->parent, "/a");
  EXPECT_EQ(SplitLastSegment("b.lance")->parent, ".");
  EXPECT_EQ(SplitLastSegment("/b")->parent, "/");
  EXPECT_EQ(SplitLastSegment("memory://x/t")->parent, "memory://x");
  EXPECT_THAT(SplitLastSegment("memory://x"), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT(SplitLastSegment("/"), IsError(ErrorCode::InvalidInput));
}

}  // namespace
}  // namespace lance::io
