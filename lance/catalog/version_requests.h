// Requests and responses of the operations on versions, tags, branches and transactions.
//
// Source: Lance Namespace 0.13. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lance/catalog/request_base.h"
#include "lance/catalog/table_requests.h"

namespace lance::catalog {

struct RestoreTableRequest : BranchRequest {
  uint64_t version = 0;
};
struct RestoreTableResponse : TransactionResponse {};

struct TableVersion {
  uint64_t version = 0;
  std::string manifest_path;
  std::optional<uint64_t> manifest_size;
  std::optional<std::string> e_tag;
  std::optional<int64_t> timestamp_millis;
  std::optional<Properties> metadata;
};

struct ListTableVersionsRequest : BranchRequest {
  Page page;
  bool descending = false;
};
struct ListTableVersionsResponse : Response {
  std::vector<TableVersion> versions;
  std::optional<std::string> page_token;
};

struct CreateTableVersionRequest : BranchRequest {
  uint64_t version = 0;
  std::string manifest_path;  // of the staged manifest
  std::optional<uint64_t> manifest_size;
  std::optional<std::string> e_tag;
  Properties metadata;
  std::optional<std::string> naming_scheme;  // "V1" or "V2"
};
struct CreateTableVersionResponse : TransactionResponse {
  std::optional<TableVersion> version;
};

struct DescribeTableVersionRequest : BranchRequest {
  std::optional<uint64_t> version;  // nullopt = latest
};
struct DescribeTableVersionResponse : Response {
  TableVersion version;
};

/// Versions [start, end); end -1 = through the latest.
struct VersionRange {
  int64_t start_version = 0;
  int64_t end_version = 0;
};
struct BatchDeleteTableVersionsRequest : BranchRequest {
  std::vector<VersionRange> ranges;
};
struct BatchDeleteTableVersionsResponse : TransactionResponse {
  std::optional<int64_t> deleted_count;
};

struct BatchCreateTableVersionsRequest : Request {
  std::vector<CreateTableVersionRequest> entries;
};
struct BatchCreateTableVersionsResponse : TransactionResponse {
  std::vector<TableVersion> versions;
};

struct BatchCommitTablesRequest : Request {
  using Operation = std::variant<DeclareTableRequest, CreateTableVersionRequest,
                                 BatchDeleteTableVersionsRequest, DeregisterTableRequest>;
  std::vector<Operation> operations;  // all or nothing, in order
};
struct BatchCommitTablesResponse : TransactionResponse {
  using OperationResult = std::variant<DeclareTableResponse, CreateTableVersionResponse,
                                       BatchDeleteTableVersionsResponse, DeregisterTableResponse>;
  std::vector<OperationResult> results;
};

struct TagContents {
  std::optional<std::string> branch;
  uint64_t version = 0;
  uint64_t manifest_size = 0;
};
struct ListTableTagsRequest : ObjectRequest {
  Page page;
};
struct ListTableTagsResponse : Response {
  std::map<std::string, TagContents> tags;
  std::optional<std::string> page_token;
};

struct GetTableTagVersionRequest : ObjectRequest {
  std::string tag;
};
struct GetTableTagVersionResponse : Response {
  uint64_t version = 0;
  std::optional<std::string> branch;
};

struct CreateTableTagRequest : BranchRequest {
  std::string tag;
  uint64_t version = 0;
};
struct CreateTableTagResponse : TransactionResponse {};

struct UpdateTableTagRequest : BranchRequest {
  std::string tag;
  uint64_t version = 0;
};
struct UpdateTableTagResponse : TransactionResponse {};

struct DeleteTableTagRequest : ObjectRequest {
  std::string tag;
};
struct DeleteTableTagResponse : TransactionResponse {};

struct BranchContents {
  std::optional<std::string> parent_branch;  // nullopt = main
  uint64_t parent_version = 0;
  int64_t created_at_seconds = 0;
  uint64_t manifest_size = 0;
  Properties metadata;
};
struct ListTableBranchesRequest : ObjectRequest {
  Page page;
};
struct ListTableBranchesResponse : Response {
  std::map<std::string, BranchContents> branches;
  std::optional<std::string> page_token;
};

struct CreateTableBranchRequest : ObjectRequest {
  std::string name;
  std::optional<std::string> from_branch;
  std::optional<uint64_t> from_version;
};
struct CreateTableBranchResponse : TransactionResponse {};

struct DeleteTableBranchRequest : ObjectRequest {
  std::string name;
};
struct DeleteTableBranchResponse : TransactionResponse {};

/// The id is the table's plus one more name: a version number or the uuid of a transaction.
struct DescribeTransactionRequest : ObjectRequest {};
struct DescribeTransactionResponse : Response {
  std::string status;  // Queued, Running, Succeeded, Failed, Canceled
  Properties properties;
};

struct AlterTransactionAction {
  enum class Kind : uint8_t { kSetStatus, kSetProperty, kUnsetProperty };
  Kind kind = Kind::kSetStatus;
  std::string key;    // set and unset property
  std::string value;  // the status, or the property's new value
  std::string mode;   // Overwrite, Fail or Skip
};
struct AlterTransactionRequest : ObjectRequest {
  std::vector<AlterTransactionAction> actions;  // all or nothing, in order
};
struct AlterTransactionResponse : Response {
  std::string status;
  Properties properties;
};

}  // namespace lance::catalog
