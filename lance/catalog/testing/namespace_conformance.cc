#include "lance/catalog/testing/namespace_conformance.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>
#include <utility>

#include "lance/catalog/catalog_registry.h"
#include "lance/io/testing/store_conformance.h"

namespace lance::catalog::testing {
namespace {

NamespaceUnderTest DirectoryIn(std::string name, std::string root) {
  static std::atomic<int> counter = 0;  // no two tests share a root
  NamespaceUnderTest out;
  out.name = std::move(name);
  out.connect = [root]() -> std::shared_ptr<Namespace> {
    auto connected = Namespace::Connect("dir", {{"root", root + "/" + std::to_string(counter++)}});
    return connected.ok() ? *connected : nullptr;
  };
  return out;
}

}  // namespace

std::vector<NamespaceUnderTest> AllNamespacesUnderTest() {
  std::vector<NamespaceUnderTest> out;
  for (const CatalogKind* kind : AllCatalogs()) {
    if (kind->name == "dir") {
      static const io::testing::TemporaryFolder folder;  // removed at the end of the process
      out.push_back(DirectoryIn("dir_local", folder.path()));
      out.push_back(DirectoryIn("dir_memory", "memory://namespaces"));
      continue;
    }
    // A new catalog without a row here must not go untested.
    out.push_back({std::string(kind->name), nullptr});
  }
  return out;
}

std::shared_ptr<arrow::RecordBatchReader> SomeRows(int64_t begin, int64_t end) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  Status status;
  for (int64_t i = begin; i < end && status.ok(); ++i) {
    status = ids.Append(i) & names.Append("name " + std::to_string(i));
  }
  auto id_array = ids.Finish();
  auto name_array = names.Finish();
  if (!status.ok() || !id_array.ok() || !name_array.ok()) return nullptr;
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())});
  const auto batch = arrow::RecordBatch::Make(schema, end - begin, {*id_array, *name_array});
  auto reader = arrow::RecordBatchReader::Make({batch}, schema);
  return reader.ok() ? *reader : nullptr;
}

}  // namespace lance::catalog::testing
