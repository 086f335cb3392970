#include "lance/table/commit.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "arrow/buffer.h"
#include "lance/base/testing/matchers.h"
#include "table.pb.h"

namespace lance::table {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

class CommitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name =
        ::testing::UnitTest::GetInstance()->current_test_info()->name() + MakeUuid();
    auto store = io::OpenStore("memory://" + name);
    ASSERT_THAT(store, IsOk());
    store_ = *store;
    versions_ = CommitStore::ForFolder(store_);
  }

  static Fragment NewFragment(const std::string& path, uint64_t num_rows = 10) {
    Fragment out;
    out.physical_rows = num_rows;
    DataFile& file = out.files.emplace_back();
    file.path = path;
    file.field_ids = {0};
    file.column_indices = {0};
    return out;
  }

  static Transaction Overwrite(uint64_t read_version, std::vector<Fragment> fragments) {
    Transaction out;
    out.read_version = read_version;
    out.kind = OperationKind::kOverwrite;
    out.fragments = std::move(fragments);
    out.schema = file::Schema::FromArrow(*arrow::schema({arrow::field("a", arrow::int64())}))
                     .ValueOr(file::Schema());
    return out;
  }

  static Transaction Append(uint64_t read_version, std::vector<Fragment> fragments) {
    Transaction out;
    out.read_version = read_version;
    out.fragments = std::move(fragments);
    return out;
  }

  Result<Committed> Run(Transaction transaction, const CommitOptions& options = {}) {
    return Commit(*store_, *versions_, std::move(transaction), options);
  }

  std::shared_ptr<const Manifest> Latest() {
    auto location = versions_->Latest();
    EXPECT_THAT(location, IsOk());
    if (!location.ok() || !location->has_value()) return nullptr;
    auto manifest = LoadManifest(*store_, **location);
    EXPECT_THAT(manifest, IsOk());
    return manifest.ValueOr(nullptr);
  }

  std::vector<std::string> TransactionFiles() {
    std::vector<std::string> out;
    const auto listing = store_->List("_transactions");
    EXPECT_THAT(listing, IsOk());
    for (const auto& object : listing->objects) out.push_back(object.path);
    return out;
  }

  // Another writer's commit of `operation` on top of the newest version.
  void CommitByOther(const spec::Transaction& operation) {
    Manifest next = *Latest();
    ++next.version;
    const auto bytes = SerializeManifest(next, operation.SerializeAsString());
    ASSERT_THAT(bytes, IsOk());
    ASSERT_THAT(versions_->Publish(next.version, NamingScheme::kV2, AsBytes(*bytes)), IsOk());
  }

  std::shared_ptr<io::ObjectStore> store_;
  std::unique_ptr<CommitStore> versions_;
};

TEST_F(CommitTest, CreatesThenAppends) {
  auto created = Run(Overwrite(0, {NewFragment("a")}));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->manifest->version, 1u);
  auto appended = Run(Append(1, {NewFragment("b"), NewFragment("c", 5)}));
  ASSERT_THAT(appended, IsOk());

  const auto latest = Latest();
  EXPECT_EQ(latest->version, 2u);
  EXPECT_EQ(latest->num_rows(), 25u);
  EXPECT_EQ(latest->fragments[2].id, 2u);
  EXPECT_EQ(latest->max_fragment_id, 2u);
  EXPECT_EQ(latest->writer->library, "lance-cpp");
  EXPECT_EQ(TransactionFiles().size(), 2u);
  const auto hint = store_->Get("_versions/latest_version_hint.json");
  if (!store_->lists_in_order()) {
    ASSERT_THAT(hint, IsOk());
    EXPECT_EQ((*hint)->ToString(), "{\"version\":2}");
  }
  const auto summary = ParseTransaction(AsBytes(latest->inline_transaction));
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->operation, "Append");
  EXPECT_EQ(summary->read_version, 1u);
}

TEST_F(CommitTest, OverwriteContinuesIdsAndDropsIndexes) {
  ASSERT_THAT(Run(Overwrite(0, {NewFragment("a"), NewFragment("b")})), IsOk());
  Manifest indexed = *Latest();
  indexed.version = 2;
  indexed.index_section = "section";
  indexed.config = {{"k", "v"}};
  spec::Transaction index;
  index.set_create_index("");
  const auto bytes = SerializeManifest(indexed, index.SerializeAsString());
  ASSERT_THAT(versions_->Publish(2, NamingScheme::kV2, AsBytes(*bytes)), IsOk());

  auto appended = Run(Append(1, {NewFragment("c")}));
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(Latest()->index_section, "section");
  EXPECT_EQ(Latest()->writer_flags, uint64_t{kTableConfig});
  EXPECT_EQ(Latest()->reader_flags, 0u);

  Transaction overwrite = Overwrite(3, {NewFragment("d")});
  overwrite.config = {{"k", "w"}};
  ASSERT_THAT(Run(std::move(overwrite)), IsOk());
  EXPECT_EQ(Latest()->index_section, "");
  EXPECT_EQ(Latest()->fragments.front().id, 3u);
  EXPECT_EQ(Latest()->config.at("k"), "w");
}

TEST_F(CommitTest, StableRowIdsContinueTheCounter) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  Manifest stable = *Latest();
  stable.version = 2;
  stable.reader_flags = stable.writer_flags = kStableRowIds;
  stable.next_row_id = 40;
  spec::Transaction config;
  config.set_update_config("");
  const auto bytes = SerializeManifest(stable, config.SerializeAsString());
  ASSERT_THAT(versions_->Publish(2, NamingScheme::kV2, AsBytes(*bytes)), IsOk());

  ASSERT_THAT(Run(Append(2, {NewFragment("a", 40)})), IsOk());
  const auto latest = Latest();
  EXPECT_EQ(latest->next_row_id, 80u);
  EXPECT_EQ(latest->reader_flags, uint64_t{kStableRowIds});
  spec::DataFragment lineage;
  ASSERT_TRUE(lineage.ParseFromString(latest->fragments[0].row_lineage));
  // Bytes as the official writer has them for ids 40 to 80, and 40 rows of version 3.
  EXPECT_EQ(lineage.inline_row_ids(), "\n\x06\n\x04\x08(\x10P");
  EXPECT_EQ(lineage.inline_created_at(), "\n\x08\n\x04\n\x02\x10(\x10\x03");
  EXPECT_EQ(lineage.inline_last_updated_at(), lineage.inline_created_at());
}

TEST_F(CommitTest, CreatingOverATableIsRefused) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  EXPECT_THAT(Run(Overwrite(0, {})), IsError(ErrorCode::TableAlreadyExists));
  EXPECT_EQ(Latest()->version, 1u);
}

TEST_F(CommitTest, AppendNeedsATable) {
  EXPECT_THAT(Run(Append(0, {NewFragment("a")})), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT(Run(Append(1, {NewFragment("a")})), IsError(ErrorCode::TableNotFound));
}

TEST_F(CommitTest, RefusesFragmentsThatDoNotFit) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  Fragment old_file = NewFragment("a");
  old_file.files[0].minor = 1;
  EXPECT_THAT(Run(Append(1, {old_file})), HasErrorMessage("version 2.1"));
  EXPECT_THAT(Run(Append(1, {NewFragment("a", 0)})), IsError(ErrorCode::InvalidInput));
  EXPECT_EQ(Latest()->version, 1u);
  EXPECT_EQ(TransactionFiles().size(), 1u);
}

TEST_F(CommitTest, AppendRebasesOverAppends) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  ASSERT_THAT(Run(Append(1, {NewFragment("a")})), IsOk());
  ASSERT_THAT(Run(Append(1, {NewFragment("b")})), IsOk());
  EXPECT_EQ(Latest()->version, 3u);
  EXPECT_EQ(Latest()->num_rows(), 20u);
}

TEST_F(CommitTest, AppendAfterOverwriteIsAConflict) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  ASSERT_THAT(Run(Overwrite(1, {NewFragment("a")})), IsOk());
  const auto late = Run(Append(1, {NewFragment("b")}));
  EXPECT_THAT(late, IsError(ErrorCode::ConcurrentModification));
  EXPECT_THAT(late, HasErrorMessage("version 2 (Overwrite)"));
  EXPECT_THAT(Run(Overwrite(1, {})), IsError(ErrorCode::ConcurrentModification));
  EXPECT_EQ(TransactionFiles().size(), 2u);
}

TEST_F(CommitTest, OverwriteReplacesWhatOthersAppended) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  ASSERT_THAT(Run(Append(1, {NewFragment("a")})), IsOk());
  EXPECT_THAT(Run(Overwrite(1, {NewFragment("b")}), {.max_retries = 0}),
              IsError(ErrorCode::ConcurrentModification));
  ASSERT_THAT(Run(Overwrite(1, {NewFragment("b")})), IsOk());
  EXPECT_EQ(Latest()->num_rows(), 10u);
  EXPECT_EQ(Latest()->fragments[0].id, 1u);
}

TEST_F(CommitTest, JudgesOperationsOfOtherWriters) {
  const auto append_over = [&](const spec::Transaction& theirs) {
    const uint64_t read_version = Latest()->version;
    CommitByOther(theirs);
    return Run(Append(read_version, {NewFragment("x")})).status();
  };
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  spec::Transaction theirs;
  theirs.mutable_delete_();
  EXPECT_THAT(append_over(theirs), IsOk());
  theirs.set_update("");
  EXPECT_THAT(append_over(theirs), IsOk());
  theirs.set_rewrite("");
  EXPECT_THAT(append_over(theirs), IsOk());
  theirs.mutable_project()->set_preserves_nullability(true);
  EXPECT_THAT(append_over(theirs), IsOk());
  theirs.mutable_project()->set_preserves_nullability(false);
  EXPECT_THAT(append_over(theirs), IsError(ErrorCode::ConcurrentModification));
  theirs.mutable_merge();
  EXPECT_THAT(append_over(theirs), IsError(ErrorCode::ConcurrentModification));
  theirs.set_restore("");
  EXPECT_THAT(append_over(theirs), HasErrorMessage("(Restore)"));
  theirs.clear_operation();
  theirs.set_uuid("other");
  EXPECT_THAT(append_over(theirs), HasErrorMessage("(Unknown)"));
  ASSERT_TRUE(theirs.ParseFromString("\xa2\x07\x01x"));  // field 116, of a later release
  EXPECT_THAT(append_over(theirs), HasErrorMessage("(Unknown(116))"));
}

TEST_F(CommitTest, ReadsTheTransactionFileWhenNothingIsInlined) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  spec::Transaction theirs;
  theirs.mutable_append();
  Manifest next = *Latest();
  next.version = 2;
  next.transaction_file = "1-other.txn";
  const auto bytes = SerializeManifest(next, "");
  ASSERT_THAT(versions_->Publish(2, NamingScheme::kV2, AsBytes(*bytes)), IsOk());
  EXPECT_THAT(Run(Append(1, {NewFragment("a")})), IsError(ErrorCode::ConcurrentModification));
  const std::string message = theirs.SerializeAsString();
  ASSERT_THAT(store_->Put("_transactions/1-other.txn", AsBytes(message)), IsOk());
  // An empty message says nothing about what was done; the operation is set, so that it has bytes.
  ASSERT_FALSE(message.empty());
  EXPECT_THAT(Run(Append(1, {NewFragment("a")})), IsOk());
}

TEST_F(CommitTest, LeftoversOfCrashesDoNotMatter) {
  ASSERT_THAT(Run(Overwrite(0, {NewFragment("a")})), IsOk());
  const std::string junk = "half a manifest";
  ASSERT_THAT(store_->Put("_transactions/1-dead.txn", AsBytes(junk)), IsOk());
  ASSERT_THAT(store_->Put("_versions/18446744073709551613.manifest-dead", AsBytes(junk)), IsOk());
  ASSERT_THAT(store_->Put("_versions/18446744073709551613.manifest#1", AsBytes(junk)), IsOk());
  ASSERT_THAT(store_->Put("_versions/d9223372036854775999.manifest", AsBytes(junk)), IsOk());
  ASSERT_THAT(store_->Put("data/orphan.lance", AsBytes(junk)), IsOk());
  EXPECT_EQ(Latest()->version, 1u);
  ASSERT_THAT(Run(Append(1, {NewFragment("b")})), IsOk());
  EXPECT_EQ(Latest()->version, 2u);
}

TEST_F(CommitTest, KeepsTheNamingSchemeOfTheTable) {
  ASSERT_THAT(Run(Overwrite(0, {}), {.scheme = NamingScheme::kV1}), IsOk());
  ASSERT_THAT(Run(Append(1, {NewFragment("a")})), IsOk());
  EXPECT_THAT(store_->Head("_versions/2.manifest"), IsOk());
  const auto found = versions_->Find(2);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->scheme, NamingScheme::kV1);
  EXPECT_THAT(versions_->Find(9), IsError(ErrorCode::VersionNotFound));
  EXPECT_THAT(versions_->Find(9), HasErrorMessage("from 1 to 2"));
}

TEST_F(CommitTest, TwoSchemesInOneFolderAreRefused) {
  const std::string junk = "x";
  ASSERT_THAT(store_->Put("_versions/1.manifest", AsBytes(junk)), IsOk());
  ASSERT_THAT(store_->Put("_versions/18446744073709551613.manifest", AsBytes(junk)), IsOk());
  EXPECT_THAT(versions_->Latest(), IsError(ErrorCode::InvalidTableState));
}

TEST_F(CommitTest, AManifestMustBeOfTheVersionOfItsName) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  const auto bytes = store_->Get(ManifestPath(1, NamingScheme::kV2));
  ASSERT_THAT(store_->Put(ManifestPath(2, NamingScheme::kV2),
                          {(*bytes)->data(), static_cast<size_t>((*bytes)->size())}),
              IsOk());
  const auto location = versions_->Find(2);
  ASSERT_THAT(location, IsOk());
  EXPECT_THAT(LoadManifest(*store_, *location), HasErrorMessage("of version 1, expected 2"));
}

// A store whose answer to the publishing got lost.
class ForgetfulStore final : public CommitStore {
 public:
  ForgetfulStore(CommitStore& inner, bool writes) : inner_(inner), writes_(writes) {}
  Result<std::optional<ManifestLocation>> Latest() override { return inner_.Latest(); }
  Result<ManifestLocation> Find(uint64_t version) override { return inner_.Find(version); }
  Result<std::vector<ManifestLocation>> List() override { return inner_.List(); }
  Status Publish(uint64_t version, NamingScheme scheme, Bytes manifest) override {
    if (writes_) ARROW_RETURN_NOT_OK(inner_.Publish(version, scheme, manifest));
    return Error(ErrorCode::Io, "connection lost");
  }

 private:
  CommitStore& inner_;
  bool writes_;
};

TEST_F(CommitTest, ReadsBackAfterAnUnknownOutcome) {
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  ForgetfulStore wrote(*versions_, true);
  const auto won = Commit(*store_, wrote, Append(1, {NewFragment("a")}));
  ASSERT_THAT(won, IsOk());
  EXPECT_EQ(won->manifest->version, 2u);
  EXPECT_EQ(Latest()->num_rows(), 10u);

  ForgetfulStore failed(*versions_, false);
  EXPECT_THAT(Commit(*store_, failed, Append(2, {NewFragment("b")})), IsError(ErrorCode::Io));
  EXPECT_EQ(Latest()->version, 2u);
}

TEST_F(CommitTest, RacingAppendsLoseNothing) {
  constexpr int kNumThreads = 8;
  constexpr int kNumAppends = 20;
  ASSERT_THAT(Run(Overwrite(0, {})), IsOk());
  std::vector<std::thread> threads;
  std::vector<Status> failures(kNumThreads);
  for (int t = 0; t < kNumThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto versions = CommitStore::ForFolder(store_);
      uint64_t read_version = 1;
      for (int i = 0; i < kNumAppends && failures[t].ok(); ++i) {
        const std::string path = internal::Concat("t", t, "-", i);
        const auto committed =
            Commit(*store_, *versions, Append(read_version, {NewFragment(path)}));
        failures[t] = committed.status();
        if (committed.ok()) read_version = committed->manifest->version;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Status& status : failures) EXPECT_THAT(status, IsOk());

  const auto latest = Latest();
  EXPECT_EQ(latest->version, 1u + kNumThreads * kNumAppends);
  std::set<std::string> paths;
  std::set<uint64_t> ids;
  for (const Fragment& fragment : latest->fragments) {
    paths.insert(fragment.files[0].path);
    ids.insert(fragment.id);
  }
  EXPECT_EQ(paths.size(), size_t{kNumThreads * kNumAppends});
  EXPECT_EQ(ids.size(), size_t{kNumThreads * kNumAppends});
}

TEST_F(CommitTest, RacingCreatorsMakeOneTable) {
  std::vector<std::thread> threads;
  std::vector<Status> results(4);
  for (size_t t = 0; t < results.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto versions = CommitStore::ForFolder(store_);
      results[t] = Commit(*store_, *versions, Overwrite(0, {})).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  int num_won = 0;
  for (const Status& status : results) {
    num_won += status.ok() ? 1 : 0;
    EXPECT_TRUE(status.ok() || lance::IsError(status, ErrorCode::TableAlreadyExists))
        << status.ToString();
  }
  EXPECT_EQ(num_won, 1);
}

TEST(RandomNames, HaveTheFormOfTheOfficialWriter) {
  const std::string uuid = MakeUuid();
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  const std::string name = MakeDataFileName();
  ASSERT_EQ(name.size(), 56u);
  EXPECT_EQ(name.find_first_not_of("01"), name.find_first_not_of("01", 24));
  EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), 50u);
  EXPECT_EQ(name.substr(50), ".lance");
  EXPECT_NE(name, MakeDataFileName());
}

}  // namespace
}  // namespace lance::table
