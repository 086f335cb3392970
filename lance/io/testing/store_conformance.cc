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
    auto counter = std::make_shared<std::atomic<int>>(0);
    const auto add = [&](const std::string& variant, const StorageOptions& options) {
      out.push_back({name + variant, [name, counter, options] {
                       // Removed at the end of the process; test parameters themselves never are.
                       static const TemporaryFolder folder;
                       const std::string root = name + std::to_string((*counter)++);
                       const std::string uri = name == "memory"
                                                   ? "memory://" + folder.path().substr(1) + root
                                                   : folder.path() + "/" + root;
                       auto store = OpenStore(uri, options);
                       return store.ok() ? *store : nullptr;
                     }});
    };
    add("", {});
    if (name != "local") continue;
    add("_pread", {{"local_reads", "pread"}});
    add("_io_uring", {{"local_reads", "io_uring"}});
  }
  return out;
}

}  // namespace lance::io::testing
