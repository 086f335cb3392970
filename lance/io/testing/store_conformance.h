// What every store must do; looped over the registry by store_test.cc, open to tests of rooms
// above.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lance/io/object_store.h"

namespace lance::io::testing {

/// A store under test: opens a fresh, empty root.
struct StoreUnderTest {
  std::string name;
  std::function<std::shared_ptr<ObjectStore>()> make;
};

/// One per row of stores.inc.
std::vector<StoreUnderTest> AllStoresUnderTest();

/// A fresh local folder that is deleted with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace lance::io::testing
