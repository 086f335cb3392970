// Requests and responses of the operations on tables as catalog entries.
//
// Source: Lance Namespace 0.13. Plain data; readers and schemas are shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/catalog/namespace_requests.h"
#include "lance/catalog/request_base.h"

namespace lance::catalog {

struct ListTablesRequest : ObjectRequest {
  Page page;
  bool include_declared = true;  // also names that are reserved but have no version yet
};
struct ListTablesResponse : Response {
  std::vector<std::string> tables;  // sorted; ListAllTables: full ids joined by the delimiter
  std::optional<std::string> page_token;
};

struct ListAllTablesRequest : Request {
  Page page;
  bool include_declared = true;
  std::string delimiter = "$";
};

struct RegisterTableRequest : ObjectRequest {
  std::string location;
  CreateMode mode = CreateMode::kCreate;
  Properties properties;
};
struct RegisterTableResponse : TransactionResponse {
  std::optional<std::string> location;
  std::optional<Properties> properties;
};

struct DescribeTableRequest : BranchRequest {
  std::optional<uint64_t> version;
  std::optional<std::string> tag;  // excludes version and branch
  bool with_table_uri = false;
  bool load_detailed_metadata = false;  // also version, schema, stats and metadata: opens the table
  bool check_declared = false;          // also is_only_declared
  std::optional<bool> vend_credentials;
};
struct TableBasicStats {
  uint64_t num_deleted_rows = 0;
  uint64_t num_fragments = 0;
};
struct DescribeTableResponse : Response {
  std::string table;
  ObjectId namespace_id;
  std::string location;
  std::optional<std::string> table_uri;
  std::optional<uint64_t> version;
  std::shared_ptr<arrow::Schema> schema;  // null unless detailed
  Properties storage_options;
  std::optional<TableBasicStats> stats;
  std::optional<Properties> metadata;
  std::optional<Properties> properties;
  bool managed_versioning = false;
  std::optional<bool> is_only_declared;
};

struct TableExistsRequest : ObjectRequest {
  std::optional<uint64_t> version;
};
struct TableExistsResponse : Response {};

struct DeclareTableRequest : ObjectRequest {
  std::optional<std::string> location;
  std::optional<bool> vend_credentials;
  Properties properties;
};
struct DeclareTableResponse : TransactionResponse {
  std::string location;
  Properties storage_options;
  std::optional<Properties> properties;
  bool managed_versioning = false;
};

struct DropTableRequest : ObjectRequest {};
struct DropTableResponse : TransactionResponse {
  ObjectId id;
  std::optional<std::string> location;
  std::optional<Properties> properties;
};

struct DeregisterTableRequest : ObjectRequest {};
struct DeregisterTableResponse : TransactionResponse {
  ObjectId id;
  std::optional<std::string> location;
  std::optional<Properties> properties;
};

struct RenameTableRequest : ObjectRequest {
  std::string new_table_name;
  std::optional<ObjectId> new_namespace_id;
};
struct RenameTableResponse : TransactionResponse {};

struct CreateTableRequest : ObjectRequest {
  CreateMode mode = CreateMode::kCreate;
  Properties properties;
  Properties storage_options;
  /// Rows of the new table; read to its end. Gives the schema even when it has no batch.
  std::shared_ptr<arrow::RecordBatchReader> data;
};
struct CreateTableResponse : TransactionResponse {
  std::string location;
  std::optional<uint64_t> version;
  Properties storage_options;
  std::optional<Properties> properties;
};

struct GetTableStatsRequest : BranchRequest {};
struct FragmentLengths {
  uint64_t min = 0;
  uint64_t max = 0;
  double mean = 0;
  uint64_t p25 = 0;
  uint64_t p50 = 0;
  uint64_t p75 = 0;
  uint64_t p99 = 0;
};
struct GetTableStatsResponse : Response {
  uint64_t total_bytes = 0;
  uint64_t num_rows = 0;  // live rows
  uint64_t num_indices = 0;
  uint64_t num_fragments = 0;
  uint64_t num_small_fragments = 0;
  FragmentLengths lengths;
};

struct UpdateTableSchemaMetadataRequest : BranchRequest {
  Properties metadata;  // replaces the whole map
};
struct UpdateTableSchemaMetadataResponse : Response {
  Properties metadata;
};

}  // namespace lance::catalog
