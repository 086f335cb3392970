#include "lance/catalog/object_names.h"

#include <algorithm>

namespace lance::catalog {

Status CheckNames(const ObjectId& id) {
  for (const std::string& name : id) {
    LANCE_REQUIRE(!name.empty(), "a name of a table or namespace must not be empty");
    LANCE_REQUIRE(name != "." && name != "..", "'", name, "' cannot be a name");
    for (char c : name) {
      const auto byte = static_cast<unsigned char>(c);
      LANCE_REQUIRE(byte >= 0x20 && byte != 0x7F, "the name '", name,
                    "' holds a control character");
      LANCE_REQUIRE(c != '/' && c != '\\' && c != '$', "the name '", name, "' holds the character ",
                    c, ", which separates names");
    }
  }
  return Status::OK();
}

std::string DescribeId(const ObjectId& id) {
  if (id.empty()) return "the root namespace";
  std::string out;
  for (const std::string& name : id) out += (out.empty() ? "" : ".") + name;
  return out;
}

Result<std::vector<std::string>> CutPage(std::vector<std::string> names, const Page& page,
                                         std::optional<std::string>* next_token) {
  next_token->reset();
  LANCE_REQUIRE(page.limit.value_or(0) >= 0, "the limit of a page is ", page.limit.value_or(0),
                ": it must not be negative");
  auto begin = names.begin();
  if (page.page_token.has_value() && !page.page_token->empty()) {
    begin = std::upper_bound(names.begin(), names.end(), *page.page_token);
  }
  const int64_t rest = names.end() - begin;
  const int64_t count = std::min(rest, page.limit.value_or(rest));
  std::vector<std::string> out(begin, begin + count);
  if (count < rest && count > 0) *next_token = out.back();
  return out;
}

}  // namespace lance::catalog
