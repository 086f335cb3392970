// The directory namespace, layout V1: every `<name>.lance` folder of a root is a table. No service,
// no locks; the root's only state are its folders and two kinds of marker files.
//
// Source: Lance Namespace 0.13, directory listing. Thread-safety: as Namespace.
#pragma once

#include <memory>
#include <string>

#include "lance/catalog/dataset_backed.h"
#include "lance/catalog/dir/directory_layout.h"

namespace lance::catalog::dir {

class DirectoryNamespace final : public DatasetBackedNamespace {
 public:
  /// Properties: `root` (required), `storage.*` (given to the store without the prefix),
  /// `vend_input_storage_options` (answer them in describe and declare).
  static Result<std::shared_ptr<Namespace>> Connect(const Properties& properties);

  std::string name() const override;

  Result<CreateNamespaceResponse> CreateNamespace(const CreateNamespaceRequest& input) override;
  Result<ListNamespacesResponse> ListNamespaces(const ListNamespacesRequest& input) override;
  Result<DescribeNamespaceResponse> DescribeNamespace(
      const DescribeNamespaceRequest& input) override;
  Result<DropNamespaceResponse> DropNamespace(const DropNamespaceRequest& input) override;
  Result<NamespaceExistsResponse> NamespaceExists(const NamespaceExistsRequest& input) override;

  Result<ListTablesResponse> ListTables(const ListTablesRequest& input) override;
  Result<ListTablesResponse> ListAllTables(const ListAllTablesRequest& input) override;
  Result<DescribeTableResponse> DescribeTable(const DescribeTableRequest& input) override;
  Result<TableExistsResponse> TableExists(const TableExistsRequest& input) override;
  Result<DeclareTableResponse> DeclareTable(const DeclareTableRequest& input) override;
  Result<CreateTableResponse> CreateTable(const CreateTableRequest& input) override;
  Result<DropTableResponse> DropTable(const DropTableRequest& input) override;
  Result<DeregisterTableResponse> DeregisterTable(const DeregisterTableRequest& input) override;

 protected:
  Result<TableLocation> Locate(const ObjectId& id) override;

 private:
  explicit DirectoryNamespace(DirectoryLayout layout) : layout_(std::move(layout)) {}

  /// OK for the root; else why there is no such namespace here.
  Status CheckRootNamespace(const ObjectId& id) const;
  /// Name of the table, when `id` names one that can lie here.
  Result<std::string> TableName(const ObjectId& id) const;
  /// State of a table that is there (declared or created); TableNotFound else.
  Result<TableState> RequireTable(const std::string& table) const;
  Properties VendedOptions(std::optional<bool> wanted) const;
  Status DescribeVersion(const DescribeTableRequest& input, DescribeTableResponse* out);

  DirectoryLayout layout_;
  bool vend_storage_options_ = false;
};

}  // namespace lance::catalog::dir
