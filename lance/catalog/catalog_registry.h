// What a row of catalogs.inc is: a catalog's short name and how to connect to it.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "lance/catalog/namespace.h"

namespace lance::catalog {

struct CatalogKind {
  std::string_view name;
  Result<std::shared_ptr<Namespace>> (*connect)(const Properties& properties);
};

/// All catalogs of this build, in the order of catalogs.inc.
std::span<const CatalogKind* const> AllCatalogs();

}  // namespace lance::catalog
