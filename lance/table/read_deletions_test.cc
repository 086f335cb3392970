#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "lance/base/testing/matchers.h"
#include "lance/table/commit.h"
#include "lance/table/deletions/deletion_bitmap.h"
#include "lance/table/refs/ref_document.h"

namespace lance::table {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

constexpr std::string_view kArrowFile = "_deletions/0-1-6250136253326159620.arrow";

Fragment WithDeletions(DeletionFile::Type type, uint64_t id, uint64_t num_deleted_rows) {
  Fragment out;
  out.physical_rows = 100;
  out.deletions = DeletionFile{type, 1, id, num_deleted_rows, {}};
  return out;
}

std::string Words(const std::vector<uint16_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * 2};
}

TEST(DeletionBitmap, ReadsArraysBitsAndRuns) {
  // Row set of the format's worked bytes: values 0 and 97.
  const std::string array = Words({12346, 0, 1, 0, 0, 1, 16, 0, 0, 97});
  EXPECT_EQ(ReadDeletionBitmap(AsBytes(array), 98).ValueOr({}), std::vector<uint32_t>({0, 97}));

  // Two containers, the first of one run: 12347 | 1 << 16, run flags 01.
  std::string runs = Words({12347, 1}) + '\x01' + Words({0, 2, 1, 0, 1, 5, 2, 7});
  EXPECT_EQ(ReadDeletionBitmap(AsBytes(runs), 1 << 20).ValueOr({}),
            std::vector<uint32_t>({5, 6, 7, 65543}));

  std::string bits =
      Words({12346, 0, 1, 0, 0, 8191, 16, 0}) + std::string(1024, '\xff') + std::string(7168, '\0');
  const auto read = ReadDeletionBitmap(AsBytes(bits), 1 << 20);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->size(), 8192u);
  EXPECT_EQ(read->back(), 8191u);
}

TEST(DeletionBitmap, RefusesForgedBytes) {
  const std::string array = Words({12346, 0, 1, 0, 0, 1, 16, 0, 0, 97});
  EXPECT_THAT(ReadDeletionBitmap(AsBytes(array), 97), HasErrorMessage("value 97"));
  for (size_t length = 0; length < array.size(); ++length) {
    EXPECT_THAT(ReadDeletionBitmap(AsBytes(array).first(length), 98),
                IsError(ErrorCode::Corruption))
        << length;
  }
  EXPECT_THAT(ReadDeletionBitmap(AsBytes(array + "x"), 98), HasErrorMessage("follow"));
  const std::string descending = Words({12346, 0, 1, 0, 0, 1, 16, 0, 97, 0});
  EXPECT_THAT(ReadDeletionBitmap(AsBytes(descending), 98), HasErrorMessage("not ascending"));
  const std::string long_run = Words({12347}) + Words({0}) + '\x01' + Words({0, 9, 1, 0xFFFF, 9});
  EXPECT_THAT(ReadDeletionBitmap(AsBytes(long_run), 1 << 20), HasErrorMessage("leaves"));
  const std::string count = Words({12346, 0, 0xFFFF, 0xFFFF});
  EXPECT_THAT(ReadDeletionBitmap(AsBytes(count), 98), IsError(ErrorCode::Corruption));
}

TEST(ReadDeletions, ReadsTheArrowFileOfTheOfficialWriter) {
  const auto store = io::OpenStore("lance/table/testdata");
  ASSERT_THAT(store, IsOk());
  const Fragment fragment = WithDeletions(DeletionFile::Type::kArrow, 6250136253326159620ULL, 0);
  const auto rows = ReadDeletions(**store, fragment);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(*rows, std::vector<uint32_t>({3, 10, 17, 24, 31, 38, 45, 52, 59, 66, 73, 80, 87, 94}));

  Fragment miscounted = fragment;
  miscounted.deletions->num_deleted_rows = rows->size() + 1;
  EXPECT_THAT(ReadDeletions(**store, miscounted), HasErrorMessage("as the manifest says"));
  Fragment shorter = fragment;
  shorter.physical_rows = rows->back();
  EXPECT_THAT(ReadDeletions(**store, shorter), IsError(ErrorCode::Corruption));
}

TEST(ReadDeletions, IsBoundedByItsOwnMemoryNotByThatOfTheProcess) {
  const auto held = arrow::AllocateBuffer(64 << 20, arrow::default_memory_pool());
  ASSERT_THAT(held, IsOk());
  const auto store = io::OpenStore("lance/table/testdata");
  ASSERT_THAT(store, IsOk());
  const Fragment fragment = WithDeletions(DeletionFile::Type::kArrow, 6250136253326159620ULL, 0);
  EXPECT_THAT(ReadDeletions(**store, fragment), IsOk());
}

TEST(ReadDeletions, EveryFlippedByteIsAResultOrCorruption) {
  const auto golden = io::OpenStore("lance/table/testdata");
  ASSERT_THAT(golden, IsOk());
  const auto file = (*golden)->Get(kArrowFile);
  ASSERT_THAT(file, IsOk());
  const auto store = io::OpenStore("memory://deletions");
  ASSERT_THAT(store, IsOk());
  const Fragment fragment = WithDeletions(DeletionFile::Type::kArrow, 6250136253326159620ULL, 0);
  for (int64_t i = 0; i < (*file)->size(); ++i) {
    std::string bytes = (*file)->ToString();
    bytes[static_cast<size_t>(i)] ^= '\xff';
    ASSERT_THAT((*store)->Put(kArrowFile, AsBytes(bytes)), IsOk());
    const auto rows = ReadDeletions(**store, fragment);
    EXPECT_TRUE(rows.ok() || lance::IsError(rows.status(), ErrorCode::Corruption))
        << i << ": " << rows.status().ToString();
  }
}

TEST(Refs, ReadsTagsAndBranches) {
  const auto store = io::OpenStore("memory://refs");
  ASSERT_THAT(store, IsOk());
  const std::string_view tag =
      R"({"branch": null, "version": 3, "createdAt": "2026-01-01T00:00:00Z", "manifestSize": 9,
          "metadata": {"branch": "no", "list": [1, {"version": 4}]}})";
  ASSERT_THAT((*store)->Put("_refs/tags/v1.0.json", AsBytes(tag)), IsOk());
  const std::string_view on_branch = R"({"branch":"exp/one","version":7})";
  ASSERT_THAT((*store)->Put("_refs/tags/side.json", AsBytes(on_branch)), IsOk());
  ASSERT_THAT((*store)->Put("_refs/branches/exp%2Fone.json", AsBytes("{}")), IsOk());

  const auto found = FindTag(**store, "v1.0");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->version, 3u);
  EXPECT_FALSE(found->branch.has_value());
  EXPECT_EQ(FindTag(**store, "side")->branch, "exp/one");
  EXPECT_EQ(ListTags(**store)->size(), 2u);
  EXPECT_THAT(FindTag(**store, "v2"), HasErrorMessage("side, v1.0"));
  EXPECT_THAT(FindTag(**store, "../tags/v1.0"), IsError(ErrorCode::TagNotFound));

  EXPECT_EQ(FindBranch(**store, "exp/one").ValueOr(""), "tree/exp/one");
  EXPECT_THAT(FindBranch(**store, "exp"), IsError(ErrorCode::BranchNotFound));
  EXPECT_THAT(FindBranch(**store, "exp"), HasErrorMessage("exp/one"));
}

TEST(Refs, RefusesBrokenDocuments) {
  for (const std::string& text : std::vector<std::string>{
           "", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":\"x", "{\"a\":\"\\",
           "{\"a\":\"\\u00", "{} x", "{\"a\":[1", "{\"a\":" + std::string(100000, '[')}) {
    EXPECT_THAT(ParseRefDocument(text), IsError(ErrorCode::Corruption)) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace lance::table
