// Requests and responses of the operations on rows.
//
// Source: Lance Namespace 0.13. Plain data; readers are shared and read once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/catalog/request_base.h"

namespace lance::catalog {

enum class InsertMode : uint8_t { kAppend, kOverwrite };

struct InsertIntoTableRequest : BranchRequest {
  InsertMode mode = InsertMode::kAppend;
  std::shared_ptr<arrow::RecordBatchReader> data;
};
struct InsertIntoTableResponse : TransactionResponse {
  std::optional<uint64_t> num_inserted_rows;
  std::optional<uint64_t> version;
};

struct MergeInsertIntoTableRequest : BranchRequest {
  std::vector<std::string> on;  // field paths that identify a row
  bool when_matched_update_all = false;
  std::optional<std::string> when_matched_update_all_filter;
  bool when_not_matched_insert_all = false;
  bool when_not_matched_by_source_delete = false;
  std::optional<std::string> when_not_matched_by_source_delete_filter;
  std::optional<std::string> timeout;  // such as "30s"
  bool use_index = false;
  std::shared_ptr<arrow::RecordBatchReader> data;
};
struct MergeInsertIntoTableResponse : TransactionResponse {
  uint64_t num_updated_rows = 0;
  uint64_t num_inserted_rows = 0;
  uint64_t num_deleted_rows = 0;
  std::optional<uint64_t> version;
};

struct UpdateTableRequest : BranchRequest {
  std::optional<std::string> predicate;                      // nullopt = all rows
  std::vector<std::pair<std::string, std::string>> updates;  // field path, SQL expression
  Properties properties;
};
struct UpdateTableResponse : TransactionResponse {
  uint64_t updated_rows = 0;
  uint64_t version = 0;
  Properties properties;
};

struct DeleteFromTableRequest : BranchRequest {
  std::string predicate;
};
struct DeleteFromTableResponse : TransactionResponse {
  std::optional<uint64_t> num_deleted_rows;
  std::optional<uint64_t> version;
};

struct CountTableRowsRequest : BranchRequest {
  std::optional<uint64_t> version;
  std::optional<std::string> predicate;  // SQL text
};
struct CountTableRowsResponse : Response {
  uint64_t num_rows = 0;
};

/// Full text search: words, or a structured query as JSON text.
struct FullTextQuery {
  std::optional<std::string> words;
  std::vector<std::string> columns;
  std::optional<std::string> structured_json;
};

struct QueryTableRequest : BranchRequest {
  std::optional<uint64_t> version;
  uint64_t k = 0;                           // most rows of the answer
  std::vector<std::vector<float>> vectors;  // empty = no vector search
  std::optional<std::string> vector_column;
  std::optional<std::vector<std::string>> columns;
  std::vector<std::pair<std::string, std::string>> column_aliases;  // name, SQL expression
  std::optional<std::string> filter;
  bool prefilter = true;
  uint64_t offset = 0;
  std::optional<std::string> distance_type;  // l2, cosine, dot, hamming
  std::optional<float> lower_bound;          // inclusive
  std::optional<float> upper_bound;          // exclusive
  std::optional<int64_t> nprobes;            // ignored when a minimum or maximum is given
  std::optional<int64_t> minimum_nprobes;
  std::optional<int64_t> maximum_nprobes;
  std::optional<int64_t> ef;
  std::optional<int32_t> refine_factor;
  bool bypass_vector_index = false;
  bool fast_search = false;
  bool with_row_id = false;
  std::optional<FullTextQuery> full_text_query;
};
struct QueryTableResponse : Response {
  std::shared_ptr<arrow::RecordBatchReader> data;
};

struct ExplainTableQueryPlanRequest : BranchRequest {
  QueryTableRequest query;
  bool verbose = false;
};
struct ExplainTableQueryPlanResponse : Response {
  std::string plan;
};

struct AnalyzeTableQueryPlanRequest : QueryTableRequest {};
struct AnalyzeTableQueryPlanResponse : Response {
  std::string plan;
};

}  // namespace lance::catalog
