// Rules of names, and paging through lists of them, shared by all catalogs.
//
// Thread-safety: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lance/base/error.h"
#include "lance/catalog/request_base.h"

namespace lance::catalog {

/// InvalidInput unless every name can stand in all catalogs and in every path: not empty, not "."
/// or
/// "..", without '/', '\\', '$' and control characters.
Status CheckNames(const ObjectId& id);

/// The names joined by '.', for messages; "the root namespace" when there are none.
std::string DescribeId(const ObjectId& id);

/// Cut the page that `page` asks for out of sorted `names`; `next_token` gets the last name
/// returned when more follow. InvalidInput for a negative limit.
Result<std::vector<std::string>> CutPage(std::vector<std::string> names, const Page& page,
                                         std::optional<std::string>* next_token);

}  // namespace lance::catalog
