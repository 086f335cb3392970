// Requests and responses of the operations on indices.
//
// Source: Lance Namespace 0.13. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lance/catalog/request_base.h"

namespace lance::catalog {

struct CreateTableIndexRequest : BranchRequest {
  std::string column;
  std::string index_type;           // such as BTREE, INVERTED, IVF_PQ; any case
  std::optional<std::string> name;  // nullopt = "<column>_idx"
  std::optional<std::string> distance_type;
  // Vector indices.
  std::optional<int64_t> num_partitions;
  std::optional<int64_t> num_sub_vectors;
  std::optional<int64_t> num_bits;
  std::optional<int64_t> sample_rate;
  std::optional<int64_t> max_iterations;
  std::optional<int64_t> target_partition_size;
  std::optional<int64_t> m;
  std::optional<int64_t> ef_construction;
  // Text indices.
  std::optional<bool> with_position;
  std::optional<std::string> base_tokenizer;
  std::optional<std::string> language;
  std::optional<int64_t> max_token_length;
  std::optional<bool> lower_case;
  std::optional<bool> stem;
  std::optional<bool> remove_stop_words;
  std::optional<bool> ascii_folding;
};
struct CreateTableIndexResponse : TransactionResponse {};
struct CreateTableScalarIndexResponse : TransactionResponse {};

struct IndexContent {
  std::string index_name;
  std::string index_uuid;
  std::vector<std::string> columns;
  std::string status;
  std::optional<std::string> index_type;
  std::optional<std::string> type_url;
  std::optional<uint64_t> num_indexed_rows;
  std::optional<uint64_t> num_unindexed_rows;
  std::optional<uint64_t> size_bytes;
  std::optional<int32_t> num_segments;
  std::optional<std::string> created_at;  // RFC 3339
  std::optional<int32_t> index_version;
  std::optional<std::string> index_details;  // JSON text
};
struct ListTableIndicesRequest : BranchRequest {
  std::optional<uint64_t> version;
  Page page;
};
struct ListTableIndicesResponse : Response {
  std::vector<IndexContent> indexes;
  std::optional<std::string> page_token;
};

struct DescribeTableIndexStatsRequest : BranchRequest {
  std::optional<uint64_t> version;
  std::string index_name;
};
struct DescribeTableIndexStatsResponse : Response {
  std::optional<std::string> distance_type;
  std::optional<std::string> index_type;
  std::optional<uint64_t> num_indexed_rows;
  std::optional<uint64_t> num_unindexed_rows;
  std::optional<int32_t> num_indices;
};

struct DropTableIndexRequest : BranchRequest {
  std::string index_name;
};
struct DropTableIndexResponse : TransactionResponse {};

}  // namespace lance::catalog
