// What all requests and responses of the namespace specification share.
//
// Source: Lance Namespace 0.13. Plain data: copy freely; no invariants, no thread-safety of its
// own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lance::catalog {

/// String properties of catalogs, namespaces and tables.
using Properties = std::map<std::string, std::string>;

/// Names from the root down; empty = the root namespace. Of a table the last one is its own name.
using ObjectId = std::vector<std::string>;

/// Who asks.
struct Identity {
  std::optional<std::string> api_key;
  std::optional<std::string> auth_token;
};

/// A request without an object (batch operations and whole-catalog lists).
struct Request {
  Identity identity;
  Properties context;
};

/// A request about one namespace, table, view or transaction.
struct ObjectRequest : Request {
  ObjectId id;
};

/// A request about a table, or one of its branches.
struct BranchRequest : ObjectRequest {
  std::optional<std::string> branch;  // nullopt = main
};

/// Where a page begins and how long it may be. Tokens are the last name (or version) of the page
/// before.
struct Page {
  std::optional<std::string> page_token;  // nullopt or "" = start
  std::optional<int64_t> limit;           // nullopt = all; 0 = an empty page without token
};

struct Response {
  Properties context;
};

/// Response of an operation that only answers with the transaction it ran.
struct TransactionResponse : Response {
  std::optional<std::string> transaction_id;
};

}  // namespace lance::catalog
