// The JSON documents of `_refs/`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lance/base/error.h"

namespace lance::table {

/// Members of a JSON object whose values are strings or whole numbers; null and everything else is
/// left out. Corruption, with the offset, when `text` is not one JSON object.
struct RefDocument {
  std::map<std::string, std::string> strings;
  std::map<std::string, uint64_t> numbers;
};
Result<RefDocument> ParseRefDocument(std::string_view text);

}  // namespace lance::table
