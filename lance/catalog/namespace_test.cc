#include "lance/catalog/namespace.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "lance/base/testing/matchers.h"
#include "lance/catalog/catalog_registry.h"
#include "lance/catalog/object_names.h"
#include "lance/catalog/testing/namespace_conformance.h"
#include "lance/dataset/write.h"
#include "lance/io/testing/store_conformance.h"

namespace lance::catalog {
namespace {

using ::lance::testing::HasErrorMessage;
using ::lance::testing::IsError;
using ::lance::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename R>
R WithId(ObjectId id) {
  R request;
  request.id = std::move(id);
  return request;
}

CreateTableRequest CreateOf(const std::string& table, int64_t num_rows,
                            CreateMode mode = CreateMode::kCreate) {
  auto request = WithId<CreateTableRequest>({table});
  request.mode = mode;
  request.data = testing::SomeRows(0, num_rows);
  return request;
}

CountTableRowsRequest CountOf(const std::string& table) {
  return WithId<CountTableRowsRequest>({table});
}

class NamespaceConformance : public ::testing::TestWithParam<testing::NamespaceUnderTest> {
 protected:
  void SetUp() override {
    ASSERT_NE(GetParam().connect, nullptr) << "give this catalog a row in the suite";
    catalog_ = GetParam().connect();
    ASSERT_NE(catalog_, nullptr);
  }
  std::shared_ptr<Namespace> catalog_;
};

TEST_P(NamespaceConformance, CreatesDescribesCountsAndDropsATable) {
  const auto created = catalog_->CreateTable(CreateOf("t", 10));
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->version, 1u);
  EXPECT_EQ(catalog_->CountTableRows(CountOf("t"))->num_rows, 10u);
  auto describe = WithId<DescribeTableRequest>({"t"});
  describe.load_detailed_metadata = true;
  describe.with_table_uri = true;
  const auto described = catalog_->DescribeTable(describe);
  ASSERT_THAT(described, IsOk());
  EXPECT_EQ(described->table, "t");
  EXPECT_EQ(described->location, created->location);
  EXPECT_EQ(described->version, 1u);
  EXPECT_EQ(described->is_only_declared, false);
  ASSERT_NE(described->schema, nullptr);
  EXPECT_THAT(described->schema->field_names(), ElementsAre("id", "name"));
  EXPECT_EQ(described->metadata->at("total_rows"), "10");
  EXPECT_NE(described->table_uri->find("://"), std::string::npos);
  EXPECT_THAT(catalog_->TableExists(WithId<TableExistsRequest>({"t"})), IsOk());
  ASSERT_THAT(catalog_->DropTable(WithId<DropTableRequest>({"t"})), IsOk());
  EXPECT_THAT(catalog_->TableExists(WithId<TableExistsRequest>({"t"})),
              IsError(ErrorCode::TableNotFound));
  EXPECT_THAT(catalog_->DropTable(WithId<DropTableRequest>({"t"})),
              IsError(ErrorCode::TableNotFound));
  EXPECT_THAT(catalog_->CreateTable(CreateOf("t", 3)), IsOk());
  EXPECT_EQ(catalog_->CountTableRows(CountOf("t"))->num_rows, 3u);
}

TEST_P(NamespaceConformance, CreateModesSayWhatHappensToAnExistingTable) {
  ASSERT_THAT(catalog_->CreateTable(CreateOf("t", 10)), IsOk());
  EXPECT_THAT(catalog_->CreateTable(CreateOf("t", 5)), IsError(ErrorCode::TableAlreadyExists));
  const auto kept = catalog_->CreateTable(CreateOf("t", 5, CreateMode::kExistOk));
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->version, 1u);
  EXPECT_EQ(catalog_->CountTableRows(CountOf("t"))->num_rows, 10u);
  const auto replaced = catalog_->CreateTable(CreateOf("t", 5, CreateMode::kOverwrite));
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->version, 2u);
  EXPECT_EQ(catalog_->CountTableRows(CountOf("t"))->num_rows, 5u);
}

TEST_P(NamespaceConformance, InsertsQueriesAndListsVersions) {
  ASSERT_THAT(catalog_->CreateTable(CreateOf("t", 10)), IsOk());
  auto insert = WithId<InsertIntoTableRequest>({"t"});
  insert.data = testing::SomeRows(10, 15);
  EXPECT_EQ(catalog_->InsertIntoTable(insert)->version, 2u);
  auto count = CountOf("t");
  count.predicate = "id >= 8";
  EXPECT_EQ(catalog_->CountTableRows(count)->num_rows, 7u);
  count.version = 1;
  EXPECT_EQ(catalog_->CountTableRows(count)->num_rows, 2u);
  count.version = 9;
  EXPECT_THAT(catalog_->CountTableRows(count), IsError(ErrorCode::VersionNotFound));

  auto query = WithId<QueryTableRequest>({"t"});
  query.k = 3;
  query.filter = "id > 4";
  query.columns = std::vector<std::string>{"id"};
  const auto table = (*catalog_->QueryTable(query)).data->ToTable();
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->num_rows(), 3);
  EXPECT_THAT((*table)->ColumnNames(), ElementsAre("id"));

  auto list = WithId<ListTableVersionsRequest>({"t"});
  list.page.limit = 1;
  list.descending = true;
  auto page = *catalog_->ListTableVersions(list);
  ASSERT_EQ(page.versions.size(), 1u);
  EXPECT_EQ(page.versions[0].version, 2u);
  list.page.page_token = page.page_token;
  page = *catalog_->ListTableVersions(list);
  ASSERT_EQ(page.versions.size(), 1u);
  EXPECT_EQ(page.versions[0].version, 1u);
  EXPECT_FALSE(page.page_token.has_value());
}

TEST_P(NamespaceConformance, StatisticsAddUp) {
  ASSERT_THAT(catalog_->CreateTable(CreateOf("t", 10)), IsOk());
  auto insert = WithId<InsertIntoTableRequest>({"t"});
  insert.data = testing::SomeRows(0, 30);
  ASSERT_THAT(catalog_->InsertIntoTable(insert), IsOk());
  const auto stats = *catalog_->GetTableStats(WithId<GetTableStatsRequest>({"t"}));
  EXPECT_EQ(stats.num_rows, 40u);
  EXPECT_EQ(stats.num_fragments, 2u);
  EXPECT_EQ(stats.lengths.min, 10u);
  EXPECT_EQ(stats.lengths.max, 30u);
  EXPECT_EQ(stats.lengths.p50, 10u);
  EXPECT_EQ(stats.lengths.p99, 30u);
  EXPECT_DOUBLE_EQ(stats.lengths.mean, 20.0);
  EXPECT_GT(stats.total_bytes, 100u);
}

TEST_P(NamespaceConformance, ListsTablesSortedInPages) {
  for (const char* name : {"m", "a", "z", "k"}) {
    ASSERT_THAT(catalog_->CreateTable(CreateOf(name, 1)), IsOk());
  }
  ListTablesRequest request;
  request.page.limit = 3;
  auto page = *catalog_->ListTables(request);
  EXPECT_THAT(page.tables, ElementsAre("a", "k", "m"));
  ASSERT_EQ(page.page_token, "m");
  request.page.page_token = page.page_token;
  page = *catalog_->ListTables(request);
  EXPECT_THAT(page.tables, ElementsAre("z"));
  EXPECT_FALSE(page.page_token.has_value());
  request.page.page_token = "b";  // a name that is no table is a place to start after
  request.page.limit = 0;
  page = *catalog_->ListTables(request);
  EXPECT_THAT(page.tables, IsEmpty());
  EXPECT_FALSE(page.page_token.has_value());
  EXPECT_THAT((*catalog_->ListAllTables({})).tables, ElementsAre("a", "k", "m", "z"));
  request.page.limit = -1;
  EXPECT_THAT(catalog_->ListTables(request), IsError(ErrorCode::InvalidInput));
}

TEST_P(NamespaceConformance, DeclaredTablesAreReservedUntilCreated) {
  const auto declared = catalog_->DeclareTable(WithId<DeclareTableRequest>({"d"}));
  ASSERT_THAT(declared, IsOk());
  EXPECT_THAT(catalog_->DeclareTable(WithId<DeclareTableRequest>({"d"})),
              IsError(ErrorCode::TableAlreadyExists));
  auto describe = WithId<DescribeTableRequest>({"d"});
  describe.load_detailed_metadata = true;
  const auto described = *catalog_->DescribeTable(describe);
  EXPECT_EQ(described.is_only_declared, true);
  EXPECT_EQ(described.location, declared->location);
  EXPECT_FALSE(described.version.has_value());
  ListTablesRequest list;
  EXPECT_THAT(catalog_->ListTables(list)->tables, ElementsAre("d"));
  list.include_declared = false;
  EXPECT_THAT(catalog_->ListTables(list)->tables, IsEmpty());
  EXPECT_THAT(catalog_->CountTableRows(CountOf("d")), IsError(ErrorCode::TableNotFound));
  EXPECT_THAT(catalog_->CreateTable(CreateOf("d", 2)), IsOk());
  EXPECT_THAT(catalog_->ListTables(list)->tables, ElementsAre("d"));
}

TEST_P(NamespaceConformance, DeregisteredTablesAreHiddenAndKeepTheirData) {
  ASSERT_THAT(catalog_->CreateTable(CreateOf("t", 4)), IsOk());
  const auto gone = catalog_->DeregisterTable(WithId<DeregisterTableRequest>({"t"}));
  ASSERT_THAT(gone, IsOk());
  EXPECT_THAT(Dataset::Open(*gone->location), IsOk());
  EXPECT_THAT(catalog_->ListTables({})->tables, IsEmpty());
  EXPECT_THAT(catalog_->TableExists(WithId<TableExistsRequest>({"t"})),
              IsError(ErrorCode::TableNotFound));
  EXPECT_THAT(catalog_->DeregisterTable(WithId<DeregisterTableRequest>({"t"})),
              IsError(ErrorCode::TableNotFound));
}

TEST_P(NamespaceConformance, RefusesNamesThatCannotStandInAPath) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\\b"),
        std::string("a$b"), std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_THAT(catalog_->CreateTable(CreateOf(name, 1)), IsError(ErrorCode::InvalidInput)) << name;
    EXPECT_THAT(catalog_->DropTable(WithId<DropTableRequest>({name})),
                IsError(ErrorCode::InvalidInput))
        << name;
  }
  EXPECT_THAT(catalog_->CreateTable(WithId<CreateTableRequest>({})),
              IsError(ErrorCode::InvalidInput));
  EXPECT_THAT(catalog_->CreateTable(CreateOf("it's \u00e4 table.v1 \u4e2d", 1)), IsOk());
  EXPECT_THAT(catalog_->ListTables({})->tables, ElementsAre("it's \u00e4 table.v1 \u4e2d"));
}

TEST_P(NamespaceConformance, TheRootNamespaceAlwaysExists) {
  EXPECT_THAT(catalog_->NamespaceExists({}), IsOk());
  EXPECT_THAT(catalog_->DescribeNamespace({}), IsOk());
  EXPECT_THAT(catalog_->ListNamespaces({})->namespaces, IsEmpty());
  EXPECT_THAT(catalog_->CreateNamespace({}), IsError(ErrorCode::NamespaceAlreadyExists));
  EXPECT_THAT(catalog_->DropNamespace({}), IsError(ErrorCode::InvalidInput));
}

TEST_P(NamespaceConformance, MissingNamespacesAreToldApartFromMissingTables) {
  EXPECT_THAT(catalog_->TableExists(WithId<TableExistsRequest>({"none"})),
              IsError(ErrorCode::TableNotFound));
  EXPECT_THAT(catalog_->TableExists(WithId<TableExistsRequest>({"none", "t"})),
              IsError(ErrorCode::NamespaceNotFound));
  EXPECT_THAT(catalog_->NamespaceExists(WithId<NamespaceExistsRequest>({"none"})),
              IsError(ErrorCode::NamespaceNotFound));
}

TEST_P(NamespaceConformance, WhatItCannotDoIsUnsupportedByName) {
  if (!GetParam().nested_namespaces) {
    EXPECT_THAT(catalog_->CreateNamespace(WithId<CreateNamespaceRequest>({"n"})),
                IsError(ErrorCode::Unsupported));
  }
  if (!GetParam().table_properties) {
    auto declare = WithId<DeclareTableRequest>({"p"});
    declare.properties["owner"] = "ann";
    EXPECT_THAT(catalog_->DeclareTable(declare), IsError(ErrorCode::Unsupported));
  }
  if (!GetParam().registers_tables) {
    const auto refused = catalog_->RegisterTable(WithId<RegisterTableRequest>({"t"}));
    EXPECT_THAT(refused, IsError(ErrorCode::Unsupported));
    EXPECT_THAT(refused, HasErrorMessage("RegisterTable"));
    EXPECT_THAT(refused, HasErrorMessage(catalog_->name()));
  }
}

INSTANTIATE_TEST_SUITE_P(AllNamespaces, NamespaceConformance,
                         ::testing::ValuesIn(testing::AllNamespacesUnderTest()),
                         [](const auto& info) { return info.param.name; });

TEST(Namespace, ConnectListsTheImplementations) {
  EXPECT_THAT(Namespace::Connect("glacier", {}), HasErrorMessage("dir"));
  EXPECT_THAT(Namespace::Connect("dir", {}), HasErrorMessage("root"));
}

TEST(Namespace, KnowsEveryOperationOnce) {
  std::set<std::string_view> ids;
  for (const Operation& operation : AllOperations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    EXPECT_TRUE(operation.path.starts_with('/')) << operation.id;
    EXPECT_TRUE(operation.http_method == "GET" || operation.http_method == "POST") << operation.id;
  }
  EXPECT_EQ(ids.size(), 54u);  // of Lance Namespace 0.13
}

class DirectoryNamespace : public ::testing::Test {
 protected:
  std::shared_ptr<Namespace> Connect(const std::string& root) {
    return *Namespace::Connect("dir", {{"root", root}});
  }
  io::testing::TemporaryFolder folder_;
};

TEST_F(DirectoryNamespace, ConnectingCreatesNothingAndAMissingRootIsNamed) {
  const std::string root = folder_.path() + "/missing";
  auto catalog = Connect(root);
  EXPECT_THAT(catalog->ListTables({}), IsError(ErrorCode::NamespaceNotFound));
  EXPECT_THAT(catalog->ListTables({}), HasErrorMessage(root));
  EXPECT_FALSE(std::filesystem::exists(root));
  ASSERT_THAT(catalog->CreateTable(CreateOf("t", 1)), IsOk());
  EXPECT_THAT(catalog->ListTables({})->tables, ElementsAre("t"));
  std::filesystem::create_directory(folder_.path() + "/empty");
  EXPECT_THAT(Connect(folder_.path() + "/empty")->ListTables({})->tables, IsEmpty());
}

TEST_F(DirectoryNamespace, ListsFoldersWithContentOnly) {
  auto catalog = Connect(folder_.path());
  ASSERT_THAT(catalog->CreateTable(CreateOf("real", 1)), IsOk());
  std::ofstream(folder_.path() + "/file.lance") << "not a folder";
  std::filesystem::create_directory(folder_.path() + "/empty.lance");
  std::filesystem::create_directories(folder_.path() + "/.hidden.lance/_versions");
  std::ofstream(folder_.path() + "/.hidden.lance/_versions/1.manifest") << "x";
  std::filesystem::create_directory(folder_.path() + "/staged.lance");
  std::ofstream(folder_.path() + "/staged.lance/lance-marker.staging.00") << "reserved";
  EXPECT_THAT(catalog->ListTables({})->tables, ElementsAre("real"));
  EXPECT_THAT(catalog->TableExists(WithId<TableExistsRequest>({"empty"})),
              IsError(ErrorCode::TableNotFound));
}

TEST_F(DirectoryNamespace, WritesTheMarkersOfTheSpecification) {
  auto catalog = Connect(folder_.path());
  ASSERT_THAT(catalog->DeclareTable(WithId<DeclareTableRequest>({"d"})), IsOk());
  std::ifstream marker(folder_.path() + "/d.lance/.lance-reserved");
  std::string content;
  std::getline(marker, content, '\0');
  EXPECT_EQ(content, "reserved");
  ASSERT_THAT(catalog->DeregisterTable(WithId<DeregisterTableRequest>({"d"})), IsOk());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/d.lance/.lance-deregistered"));
  auto elsewhere = WithId<DeclareTableRequest>({"e"});
  elsewhere.location = folder_.path() + "/other";
  EXPECT_THAT(catalog->DeclareTable(elsewhere), IsError(ErrorCode::InvalidInput));
  elsewhere.location = "file://" + folder_.path() + "/e.lance";
  EXPECT_THAT(catalog->DeclareTable(elsewhere), IsOk());
}

TEST_F(DirectoryNamespace, NestedNamesOfAManifestRootAreUnsupported) {
  auto catalog = Connect(folder_.path());
  ASSERT_THAT(catalog->CreateTable(CreateOf("t", 1)), IsOk());
  const auto rows = testing::SomeRows(0, 1);
  ASSERT_THAT(WriteTable(folder_.path() + "/__manifest", rows.get()), IsOk());
  EXPECT_THAT(catalog->ListTables({})->tables, ElementsAre("t"));
  EXPECT_THAT(catalog->NamespaceExists(WithId<NamespaceExistsRequest>({"ns"})),
              IsError(ErrorCode::Unsupported));
}

TEST_F(DirectoryNamespace, StorageOptionsAreVendedOnlyWhenAsked) {
  const Properties properties = {{"root", folder_.path()}, {"storage.secret", "s3cr3t"}};
  auto quiet = *Namespace::Connect("dir", properties);
  ASSERT_THAT(quiet->CreateTable(CreateOf("t", 1)), IsOk());
  EXPECT_THAT(quiet->DescribeTable(WithId<DescribeTableRequest>({"t"}))->storage_options,
              IsEmpty());
  Properties vending = properties;
  vending["vend_input_storage_options"] = "true";
  auto open = *Namespace::Connect("dir", vending);
  EXPECT_THAT(open->DescribeTable(WithId<DescribeTableRequest>({"t"}))->storage_options,
              ElementsAre(::testing::Pair("secret", "s3cr3t")));
}

TEST(CutPage, StartsAfterTheToken) {
  std::optional<std::string> token;
  EXPECT_THAT(*CutPage({"a", "b", "c"}, {.page_token = "a", .limit = 1}, &token), ElementsAre("b"));
  EXPECT_EQ(token, "b");
  EXPECT_THAT(*CutPage({"a", "b", "c"}, {.page_token = "", .limit = {}}, &token),
              ElementsAre("a", "b", "c"));
  EXPECT_FALSE(token.has_value());
}

}  // namespace
}  // namespace lance::catalog
