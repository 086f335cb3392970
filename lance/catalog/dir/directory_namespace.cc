#include "lance/catalog/dir/directory_namespace.h"

#include <arrow/record_batch.h>

#include <utility>

#include "lance/catalog/catalog_registry.h"
#include "lance/catalog/object_names.h"
#include "lance/dataset/write.h"

namespace lance::catalog::dir {
namespace {

constexpr std::string_view kStoragePrefix = "storage.";
constexpr std::string_view kFlat = "directory namespaces are flat in this version";

Result<bool> ParseBool(const Properties& properties, const std::string& key, bool fallback) {
  const auto found = properties.find(key);
  if (found == properties.end()) return fallback;
  if (found->second == "true") return true;
  LANCE_REQUIRE(found->second == "false", "the property ", key, " is '", found->second,
                "': write true or false");
  return false;
}

Properties SummaryOf(const Dataset& dataset) {
  uint64_t data_files = 0;
  uint64_t deletion_files = 0;
  uint64_t physical_rows = 0;
  uint64_t total_bytes = 0;
  for (const table::Fragment& fragment : dataset.manifest().fragments) {
    data_files += fragment.files.size();
    physical_rows += fragment.physical_rows;
    if (fragment.deletions.has_value()) ++deletion_files;
    for (const table::DataFile& data_file : fragment.files) total_bytes += data_file.size_bytes;
  }
  const uint64_t rows = dataset.manifest().num_rows();
  Properties out = dataset.lance_schema().metadata();
  out["total_rows"] = std::to_string(rows);
  out["total_fragments"] = std::to_string(dataset.manifest().fragments.size());
  out["total_data_files"] = std::to_string(data_files);
  out["total_data_file_rows"] = std::to_string(physical_rows);
  out["total_deletion_files"] = std::to_string(deletion_files);
  out["total_deletion_file_rows"] = std::to_string(physical_rows - rows);
  out["total_files_size"] = std::to_string(total_bytes);
  return out;
}

}  // namespace

Result<std::shared_ptr<Namespace>> DirectoryNamespace::Connect(const Properties& properties) {
  const auto root = properties.find("root");
  LANCE_REQUIRE(root != properties.end() && !root->second.empty(),
                "a directory namespace needs the property root: the folder that holds its tables");
  io::StorageOptions storage;
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kStoragePrefix)) storage[key.substr(kStoragePrefix.size())] = value;
  }
  ARROW_ASSIGN_OR_RAISE(const bool vend,
                        ParseBool(properties, "vend_input_storage_options", false));
  ARROW_ASSIGN_OR_RAISE(auto layout, DirectoryLayout::Open(root->second, std::move(storage)));
  std::shared_ptr<DirectoryNamespace> out(new DirectoryNamespace(std::move(layout)));
  out->vend_storage_options_ = vend;
  return out;
}

std::string DirectoryNamespace::name() const {
  return internal::Concat("DirectoryNamespace { root: \"", layout_.root(), "\" }");
}

Status DirectoryNamespace::CheckRootNamespace(const ObjectId& id) const {
  if (id.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(CheckNames(id));
  ARROW_ASSIGN_OR_RAISE(const bool has_manifest, layout_.HasManifest());
  if (has_manifest) {
    return Unsupported("cannot look for the namespace '", DescribeId(id), "' in ", layout_.root(),
                       ": ", kFlat, ", nested ones of a __manifest table are not read");
  }
  return Error(ErrorCode::NamespaceNotFound, "there is no namespace '", DescribeId(id), "' in ",
               layout_.root(), ": ", kFlat);
}

Result<std::string> DirectoryNamespace::TableName(const ObjectId& id) const {
  LANCE_REQUIRE(!id.empty(), "the id of a table is empty");
  ARROW_RETURN_NOT_OK(CheckNames(id));
  ARROW_RETURN_NOT_OK(CheckRootNamespace(ObjectId(id.begin(), id.end() - 1)));
  return id.back();
}

Result<TableState> DirectoryNamespace::RequireTable(const std::string& table) const {
  ARROW_ASSIGN_OR_RAISE(const TableState state, layout_.StateOf(table));
  if (state == TableState::kDeclared || state == TableState::kCreated) return state;
  return Error(ErrorCode::TableNotFound, "there is no table '", table, "' in ", layout_.root(),
               state == TableState::kDeregistered ? ": it was deregistered" : "");
}

Properties DirectoryNamespace::VendedOptions(std::optional<bool> wanted) const {
  (void)wanted;  // The configuration decides: there is no credential to make.
  return vend_storage_options_ ? Properties(layout_.storage()) : Properties();
}

Result<TableLocation> DirectoryNamespace::Locate(const ObjectId& id) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(id));
  ARROW_RETURN_NOT_OK(RequireTable(table).status());
  return TableLocation{layout_.LocationOf(table), layout_.storage()};
}

Result<CreateNamespaceResponse> DirectoryNamespace::CreateNamespace(
    const CreateNamespaceRequest& input) {
  ARROW_RETURN_NOT_OK(CheckNames(input.id));
  if (input.id.empty()) {
    return Error(ErrorCode::NamespaceAlreadyExists, "the root namespace always exists");
  }
  return Unsupported("cannot create the namespace '", DescribeId(input.id), "' in ", layout_.root(),
                     ": ", kFlat);
}

Result<ListNamespacesResponse> DirectoryNamespace::ListNamespaces(
    const ListNamespacesRequest& input) {
  ARROW_RETURN_NOT_OK(CheckRootNamespace(input.id));
  ListNamespacesResponse out;
  ARROW_ASSIGN_OR_RAISE(out.namespaces, CutPage({}, input.page, &out.page_token));
  return out;
}

Result<DescribeNamespaceResponse> DirectoryNamespace::DescribeNamespace(
    const DescribeNamespaceRequest& input) {
  ARROW_RETURN_NOT_OK(CheckRootNamespace(input.id));
  return DescribeNamespaceResponse{};
}

Result<DropNamespaceResponse> DirectoryNamespace::DropNamespace(const DropNamespaceRequest& input) {
  LANCE_REQUIRE(!input.id.empty(), "the root namespace cannot be dropped");
  const Status missing = CheckRootNamespace(input.id);
  if (input.mode == DropMode::kSkip && IsError(missing, ErrorCode::NamespaceNotFound)) {
    return DropNamespaceResponse{};
  }
  return missing;
}

Result<NamespaceExistsResponse> DirectoryNamespace::NamespaceExists(
    const NamespaceExistsRequest& input) {
  ARROW_RETURN_NOT_OK(CheckRootNamespace(input.id));
  return NamespaceExistsResponse{};
}

Result<ListTablesResponse> DirectoryNamespace::ListTables(const ListTablesRequest& input) {
  ARROW_RETURN_NOT_OK(CheckRootNamespace(input.id));
  ARROW_ASSIGN_OR_RAISE(auto names, layout_.ListTables(input.include_declared));
  ListTablesResponse out;
  ARROW_ASSIGN_OR_RAISE(out.tables, CutPage(std::move(names), input.page, &out.page_token));
  return out;
}

Result<ListTablesResponse> DirectoryNamespace::ListAllTables(const ListAllTablesRequest& input) {
  ListTablesRequest root;
  root.page = input.page;
  root.include_declared = input.include_declared;
  return ListTables(root);
}

Status DirectoryNamespace::DescribeVersion(const DescribeTableRequest& input,
                                           DescribeTableResponse* out) {
  VersionRef ref;
  ref.version = input.version;
  ref.tag = input.tag;
  ref.branch = input.branch;
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(input.id, std::move(ref)));
  out->version = dataset->version();
  if (!input.load_detailed_metadata) return Status::OK();
  out->schema = dataset->schema();
  out->metadata = SummaryOf(*dataset);
  TableBasicStats stats;
  stats.num_fragments = dataset->manifest().fragments.size();
  for (const table::Fragment& fragment : dataset->manifest().fragments) {
    stats.num_deleted_rows += fragment.physical_rows - fragment.num_rows();
  }
  out->stats = stats;
  return Status::OK();
}

Result<DescribeTableResponse> DirectoryNamespace::DescribeTable(const DescribeTableRequest& input) {
  LANCE_REQUIRE(!input.tag.has_value() || (!input.version.has_value() && !input.branch.has_value()),
                "a tag excludes version and branch");
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  ARROW_ASSIGN_OR_RAISE(const TableState state, RequireTable(table));
  DescribeTableResponse out;
  out.table = table;
  out.location = layout_.LocationOf(table);
  if (input.with_table_uri) out.table_uri = layout_.UriOf(table);
  out.storage_options = VendedOptions(input.vend_credentials);
  if (input.check_declared || input.load_detailed_metadata) {
    out.is_only_declared = state == TableState::kDeclared;
  }
  const bool names_version =
      input.version.has_value() || input.tag.has_value() || input.branch.has_value();
  if (names_version || (input.load_detailed_metadata && state == TableState::kCreated)) {
    ARROW_RETURN_NOT_OK(DescribeVersion(input, &out));
  }
  return out;
}

Result<TableExistsResponse> DirectoryNamespace::TableExists(const TableExistsRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  ARROW_RETURN_NOT_OK(RequireTable(table).status());
  if (input.version.has_value()) {
    VersionRef ref;
    ref.version = input.version;
    ARROW_RETURN_NOT_OK(OpenTable(input.id, std::move(ref)).status());
  }
  return TableExistsResponse{};
}

Result<DeclareTableResponse> DirectoryNamespace::DeclareTable(const DeclareTableRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  if (!input.properties.empty()) {
    return Unsupported(name(), " keeps no properties of tables");
  }
  const std::string location = layout_.LocationOf(table);
  std::string wanted = input.location.value_or(location);
  while (wanted.size() > 1 && wanted.back() == '/') wanted.pop_back();
  LANCE_REQUIRE(wanted == location || wanted == layout_.UriOf(table), "the location of '", table,
                "' can only be ", location, ", not ", wanted);
  ARROW_ASSIGN_OR_RAISE(const TableState state, layout_.StateOf(table));
  if (state != TableState::kAbsent) {
    return Error(ErrorCode::TableAlreadyExists, "there is already a table '", table, "' in ",
                 layout_.root(),
                 state == TableState::kDeregistered ? ", which was deregistered" : "");
  }
  ARROW_RETURN_NOT_OK(layout_.Reserve(table));
  DeclareTableResponse out;
  out.location = location;
  out.storage_options = VendedOptions(input.vend_credentials);
  return out;
}

Result<CreateTableResponse> DirectoryNamespace::CreateTable(const CreateTableRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  if (!input.properties.empty()) {
    return Unsupported(name(), " keeps no properties of tables");
  }
  ARROW_ASSIGN_OR_RAISE(const TableState state, layout_.StateOf(table));
  const bool taken = state == TableState::kDeregistered ||
                     (state == TableState::kCreated && input.mode == CreateMode::kCreate);
  if (taken) {
    return Error(
        ErrorCode::TableAlreadyExists, "there is already a table '", table, "' in ", layout_.root(),
        state == TableState::kDeregistered ? ", which was deregistered: drop it first" : "");
  }
  CreateTableResponse out;
  out.location = layout_.LocationOf(table);
  std::shared_ptr<Dataset> dataset;
  if (state == TableState::kCreated && input.mode == CreateMode::kExistOk) {
    ARROW_ASSIGN_OR_RAISE(dataset, OpenTable(input.id, {}));
  } else {
    LANCE_REQUIRE(input.data != nullptr, "CreateTable needs the rows or at least the schema");
    TableWriteOptions options;
    options.mode =
        input.mode == CreateMode::kOverwrite ? WriteMode::kOverwrite : WriteMode::kCreate;
    options.storage = layout_.storage();
    for (const auto& [key, value] : input.storage_options) options.storage[key] = value;
    ARROW_ASSIGN_OR_RAISE(dataset, WriteTable(out.location, input.data.get(), options));
  }
  out.version = dataset->version();
  return out;
}

Result<DropTableResponse> DirectoryNamespace::DropTable(const DropTableRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  ARROW_ASSIGN_OR_RAISE(const TableState state, layout_.StateOf(table));
  if (state == TableState::kAbsent) {
    return Error(ErrorCode::TableNotFound, "there is no table '", table, "' in ", layout_.root());
  }
  ARROW_RETURN_NOT_OK(layout_.Delete(table));
  DropTableResponse out;
  out.id = input.id;
  out.location = layout_.LocationOf(table);
  return out;
}

Result<DeregisterTableResponse> DirectoryNamespace::DeregisterTable(
    const DeregisterTableRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const std::string table, TableName(input.id));
  ARROW_RETURN_NOT_OK(RequireTable(table).status());
  ARROW_RETURN_NOT_OK(layout_.Hide(table));
  DeregisterTableResponse out;
  out.id = input.id;
  out.location = layout_.LocationOf(table);
  return out;
}

extern const CatalogKind kCatalog;
constinit const CatalogKind kCatalog{"dir", DirectoryNamespace::Connect};

}  // namespace lance::catalog::dir
