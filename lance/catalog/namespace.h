// A namespace: names of tables, and of namespaces in namespaces, in any catalog.
//
// Operations are those of the Lance Namespace specification, under their operation ids. Every
// method answers Unsupported unless the implementation has it. Implementations are rows of
// `catalogs.inc`. Source: Lance Namespace 0.13. Thread-safety: all methods may be called from any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lance/base/error.h"
#include "lance/catalog/requests.h"

namespace lance::catalog {

class Namespace {
 public:
  virtual ~Namespace();

  /// Connect: `impl` is the short name of a catalog ("dir"), `properties` its options. Unsupported
  /// lists the implementations of this build. Connecting creates nothing.
  static Result<std::shared_ptr<Namespace>> Connect(std::string_view impl,
                                                    const Properties& properties);

  /// Text that tells this instance from others, for messages.
  virtual std::string name() const = 0;

#define LANCE_OPERATION(operation, method, path, request, response) \
  virtual Result<response> operation(const request& input);
#include "lance/catalog/operations.inc"
#undef LANCE_OPERATION
};

/// One row of operations.inc, for routes, documents and suites.
struct Operation {
  std::string_view id;
  std::string_view http_method;
  std::string_view path;
};
/// All operations in the order of the specification.
const std::vector<Operation>& AllOperations();

}  // namespace lance::catalog
