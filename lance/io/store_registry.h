// What a row of stores.inc is: a store's name, the URI schemes it answers to and how to open it.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "lance/io/object_store.h"

namespace lance::io {

struct StoreKind {
  std::string_view name;
  std::span<const std::string_view> schemes;  // "" = a plain path
  /// Open the store rooted at `location`, the URI without "scheme://"; a plain path has scheme "".
  Result<std::shared_ptr<ObjectStore>> (*open)(std::string_view scheme, std::string_view location,
                                               const StorageOptions& options);
};

/// All stores of this build, in the order of stores.inc.
std::span<const StoreKind* const> AllStores();

}  // namespace lance::io
