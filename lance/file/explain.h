// Why the columns of a file are encoded as they are: asks the policy again about decoded rows.
//
// Works for files of any writer: the answer is what this one would choose. Thread-safety: pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/file/format_version.h"
#include "lance/file/goal.h"
#include "lance/file/schema.h"

namespace lance::file {

/// One way to encode the values of a leaf column, with what the policy expects of it.
struct EncodingCandidate {
  std::string name;
  uint64_t encoded_bytes = 0;
  double decode_ns_per_value = 0;  // in a scan
  double access_ns = 0;            // to fetch one value
  double cost = 0;                 // in nanoseconds per value; the lowest is chosen
  bool chosen = false;
};

struct EncodingExplanation {
  std::string column;  // dotted path
  std::string layout;
  uint64_t num_values = 0;
  uint64_t plain_bytes = 0;
  std::vector<EncodingCandidate> candidates;
  std::string reason;  // in words
};

/// Explain the leaves of `field` from `rows`, arrays of it that follow each other. InvalidInput
/// when the field's metadata has a bad value.
Result<std::vector<EncodingExplanation>> ExplainColumn(
    const SchemaField& field, const std::vector<std::shared_ptr<arrow::Array>>& rows,
    FormatVersion version, Goal goal);

}  // namespace lance::file
