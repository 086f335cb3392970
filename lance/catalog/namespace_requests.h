// Requests and responses of the operations on namespaces.
//
// Source: Lance Namespace 0.13. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lance/catalog/request_base.h"

namespace lance::catalog {

/// What to do when the object to create is there already.
enum class CreateMode : uint8_t {
  kCreate,     // refuse
  kExistOk,    // keep the old one
  kOverwrite,  // replace it
};

/// What to do when the object to drop is missing.
enum class DropMode : uint8_t { kFail, kSkip };

/// What to do when the namespace to drop has content.
enum class DropBehavior : uint8_t { kRestrict, kCascade };

struct CreateNamespaceRequest : ObjectRequest {
  CreateMode mode = CreateMode::kCreate;
  Properties properties;
};
struct CreateNamespaceResponse : TransactionResponse {
  std::optional<Properties> properties;
};

struct ListNamespacesRequest : ObjectRequest {
  Page page;
};
struct ListNamespacesResponse : Response {
  std::vector<std::string> namespaces;  // names of the direct children, sorted
  std::optional<std::string> page_token;
};

struct DescribeNamespaceRequest : ObjectRequest {};
struct DescribeNamespaceResponse : Response {
  std::optional<Properties> properties;  // nullopt = the catalog keeps none
};

struct DropNamespaceRequest : ObjectRequest {
  DropMode mode = DropMode::kFail;
  DropBehavior behavior = DropBehavior::kRestrict;
};
struct DropNamespaceResponse : Response {
  std::optional<Properties> properties;
  std::vector<std::string> transaction_id;
};

struct NamespaceExistsRequest : ObjectRequest {};
struct NamespaceExistsResponse : Response {};

}  // namespace lance::catalog
