// Values as text: JSON, and plain text for tables and CSV.
//
// Numbers keep all their digits (decimals as they are, floats in the shortest form that reads back
// equal); dates and times are ISO 8601, binary is base64.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "arrow/type_fwd.h"

namespace lance::cli {

/// Append row `row` of `array` as JSON. Lists stop after about `limit` bytes, so that a table need
/// not format a whole vector to show its start.
void AppendJson(const arrow::Array& array, int64_t row, size_t limit, std::string* out);

/// Append it as plain text: like JSON, but top-level text without quotes and null as nothing.
void AppendText(const arrow::Array& array, int64_t row, size_t limit, std::string* out);

/// Append `text` as a JSON string.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace lance::cli
