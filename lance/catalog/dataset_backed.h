// The operations on rows and versions that every catalog gets for nothing once it can say where a
// table lies: they open the table and ask it.
//
// Thread-safety: as Namespace.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lance/catalog/namespace.h"
#include "lance/dataset/dataset.h"

namespace lance::catalog {

/// Where a table lies and with which options its store is opened.
struct TableLocation {
  std::string uri;
  io::StorageOptions storage;
};

class DatasetBackedNamespace : public Namespace {
 public:
  Result<CountTableRowsResponse> CountTableRows(const CountTableRowsRequest& input) override;
  Result<QueryTableResponse> QueryTable(const QueryTableRequest& input) override;
  Result<InsertIntoTableResponse> InsertIntoTable(const InsertIntoTableRequest& input) override;
  Result<ListTableVersionsResponse> ListTableVersions(
      const ListTableVersionsRequest& input) override;
  Result<DescribeTableVersionResponse> DescribeTableVersion(
      const DescribeTableVersionRequest& input) override;
  Result<GetTableStatsResponse> GetTableStats(const GetTableStatsRequest& input) override;
  Result<ListTableTagsResponse> ListTableTags(const ListTableTagsRequest& input) override;
  Result<GetTableTagVersionResponse> GetTableTagVersion(
      const GetTableTagVersionRequest& input) override;

 protected:
  /// Find a table that exists; TableNotFound or NamespaceNotFound else.
  virtual Result<TableLocation> Locate(const ObjectId& id) = 0;

  /// Open a table at the version that `ref` names.
  Result<std::shared_ptr<Dataset>> OpenTable(const ObjectId& id, VersionRef ref);
};

}  // namespace lance::catalog
