// Requests and responses of the operations that change columns, and of materialized views.
//
// Source: Lance Namespace 0.13. Plain data; parts that only pass through are JSON text.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/catalog/request_base.h"

namespace lance::catalog {

/// A new column: exactly one of the three optional members is set.
struct NewColumn {
  std::string name;
  std::optional<std::string> expression;           // SQL
  std::optional<std::string> computed;             // JSON text
  std::optional<std::string> virtual_column_json;  // JSON text
};
struct AlterTableAddColumnsRequest : BranchRequest {
  std::vector<NewColumn> new_columns;
};
struct AlterTableAddColumnsResponse : Response {
  uint64_t version = 0;
};

struct ColumnAlteration {
  std::string path;
  std::optional<std::string> rename;
  std::optional<bool> nullable;
  std::shared_ptr<arrow::DataType> data_type;  // null = unchanged
  std::optional<std::string> virtual_column_json;
};
struct AlterTableAlterColumnsRequest : BranchRequest {
  std::vector<ColumnAlteration> alterations;
};
struct AlterTableAlterColumnsResponse : Response {
  uint64_t version = 0;
};

struct AlterTableDropColumnsRequest : BranchRequest {
  std::vector<std::string> columns;
};
struct AlterTableDropColumnsResponse : TransactionResponse {
  uint64_t version = 0;
};

struct FieldMetadataUpdate {
  std::string path;
  std::map<std::string, std::optional<std::string>> metadata;  // nullopt removes the key
  bool replace = false;
};
struct UpdateFieldMetadataRequest : BranchRequest {
  std::vector<FieldMetadataUpdate> updates;
};
struct UpdateFieldMetadataResponse : Response {
  uint64_t version = 0;
  std::map<std::string, Properties> fields;  // by full path
};

struct AlterTableBackfillColumnsRequest : BranchRequest {
  std::string column;
  std::optional<std::string> where;
  std::optional<int64_t> concurrency;
  std::optional<int64_t> intra_applier_concurrency;
  std::optional<int64_t> min_checkpoint_size;
  std::optional<int64_t> max_checkpoint_size;
  std::optional<double> batch_checkpoint_flush_interval_seconds;
  std::optional<uint64_t> read_version;
  std::optional<int64_t> task_size;
  std::optional<int64_t> num_frags;
  std::optional<int64_t> checkpoint_size;
  std::optional<int64_t> commit_granularity;
  std::optional<std::string> cluster;
  std::optional<std::string> manifest;
};
struct AlterTableBackfillColumnsResponse : Response {
  std::string job_id;
};

struct CreateMaterializedViewRequest : ObjectRequest {
  std::string kind;  // query, udtf or chunker
  std::string source_query;
  std::string output_schema;  // base64 of an Arrow schema message
  std::optional<std::string> udtf_spec_json;
  bool with_no_data = true;
  bool auto_refresh = false;
};
struct CreateMaterializedViewResponse : Response {
  uint64_t version = 0;
  std::optional<std::string> job_id;
};

struct RefreshMaterializedViewRequest : ObjectRequest {
  std::optional<uint64_t> src_version;
  std::optional<int64_t> max_rows_per_fragment;
  std::optional<int64_t> concurrency;
  std::optional<int64_t> intra_applier_concurrency;
  std::optional<int64_t> source_task_size;
  std::optional<std::string> cluster;
  std::optional<int64_t> output_limit;
  std::optional<std::string> manifest;
};
struct RefreshMaterializedViewResponse : Response {
  std::string job_id;
};

}  // namespace lance::catalog
