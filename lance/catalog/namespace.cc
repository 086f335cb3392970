#include "lance/catalog/namespace.h"

#include <array>

#include "lance/catalog/catalog_registry.h"

namespace lance::catalog {

#define LANCE_CATALOG(name)          \
  namespace name {                   \
  extern const CatalogKind kCatalog; \
  }
#include "lance/catalog/catalogs.inc"
#undef LANCE_CATALOG

namespace {

constexpr auto kAllCatalogs = std::to_array<const CatalogKind*>({
#define LANCE_CATALOG(name) &name::kCatalog,
#include "lance/catalog/catalogs.inc"
#undef LANCE_CATALOG
});

}  // namespace

std::span<const CatalogKind* const> AllCatalogs() { return kAllCatalogs; }

Namespace::~Namespace() = default;

Result<std::shared_ptr<Namespace>> Namespace::Connect(std::string_view impl,
                                                      const Properties& properties) {
  std::string known;
  for (const CatalogKind* kind : AllCatalogs()) {
    if (kind->name == impl) return kind->connect(properties);
    known += internal::Concat(known.empty() ? "" : ", ", kind->name);
  }
  return Unsupported("there is no namespace implementation '", impl,
                     "' in this build; it has: ", known);
}

#define LANCE_OPERATION(operation, method, path, request, response)            \
  Result<response> Namespace::operation(const request&) {                      \
    return Unsupported(name(), " does not support the operation " #operation); \
  }
#include "lance/catalog/operations.inc"
#undef LANCE_OPERATION

const std::vector<Operation>& AllOperations() {
  static const std::vector<Operation>* const operations = new std::vector<Operation>{
#define LANCE_OPERATION(operation, method, path, request, response) \
  Operation{#operation, #method, path},
#include "lance/catalog/operations.inc"
#undef LANCE_OPERATION
  };
  return *operations;
}

}  // namespace lance::catalog
