#include "lance/io/testing/store_conformance.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "lance/io/store_registry.h"

namespace lance::io::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lance-test-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::vector<StoreUnderTest> AllStoresUnderTest() {
  std::vector<StoreUnderTest> out;
  for (const StoreKind* kind : AllStores()) {
    const std::string name(kind->name);
    auto folder = std::make_shared<TemporaryFolder>();
    auto counter = std::make_shared<std::atomic<int>>(0);
    out.push_back({name, [name, folder, counter] {
                     const std::string root = std::to_string((*counter)++);
                     const std::string uri = name == "memory"
                                                 ? "memory://" + folder->path().substr(1) + root
                                                 : folder->path() + "/" + root;
                     auto store = OpenStore(uri);
                     return store.ok() ? *store : nullptr;
                   }});
  }
  return out;
}

}  // namespace lance::io::testing
