// What every namespace must do; looped over the registry by namespace_test.cc, open to tests of
// rooms above.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/catalog/namespace.h"

namespace lance::catalog::testing {

/// A namespace under test and what it can do.
struct NamespaceUnderTest {
  std::string name;
  /// Connect to a fresh, empty root.
  std::function<std::shared_ptr<Namespace>()> connect;
  bool nested_namespaces = false;
  bool table_properties = false;
  bool registers_tables = false;
};
inline void PrintTo(const NamespaceUnderTest& tested, std::ostream* out) { *out << tested.name; }

/// At least one per row of catalogs.inc.
std::vector<NamespaceUnderTest> AllNamespacesUnderTest();

/// Rows {id: int64, name: utf8} with ids [begin, end).
std::shared_ptr<arrow::RecordBatchReader> SomeRows(int64_t begin, int64_t end);

}  // namespace lance::catalog::testing
