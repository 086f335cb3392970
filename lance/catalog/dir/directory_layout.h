// How a directory namespace of layout V1 lies on storage.
//
//   <root>/<table>.lance/_versions/...          a table that was created
//   <root>/<table>.lance/.lance-reserved        declared: the name is taken
//   <root>/<table>.lance/.lance-deregistered    hidden, data kept
//
// Source: Lance Namespace 0.13, directory listing. Thread-safety: immutable, may be shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lance/catalog/request_base.h"
#include "lance/io/object_store.h"

namespace lance::catalog::dir {

enum class TableState : uint8_t { kAbsent, kDeclared, kCreated, kDeregistered };

class DirectoryLayout {
 public:
  /// The namespace rooted at `root`; nothing is created and nothing need be there.
  static Result<DirectoryLayout> Open(std::string root, io::StorageOptions storage);

  const std::string& root() const { return root_; }
  const io::StorageOptions& storage() const { return storage_; }

  /// Path or URI of a table's folder, as the root was given.
  std::string LocationOf(std::string_view table) const;
  /// Complete URI of it ("file:///..." for paths).
  std::string UriOf(std::string_view table) const;

  Result<TableState> StateOf(std::string_view table) const;

  /// Names of all tables, sorted; NamespaceNotFound when there is no root folder.
  Result<std::vector<std::string>> ListTables(bool include_declared) const;

  /// True when the root has a `__manifest` table, which may know nested namespaces.
  Result<bool> HasManifest() const;

  /// TableAlreadyExists when the name was taken meanwhile.
  Status Reserve(std::string_view table) const;
  /// TableNotFound when somebody else was faster.
  Status Hide(std::string_view table) const;
  Status Delete(std::string_view table) const;

 private:
  DirectoryLayout() = default;
  Status CheckRootExists() const;

  std::string root_;
  io::StorageOptions storage_;
  std::shared_ptr<io::ObjectStore> store_;
};

}  // namespace lance::catalog::dir
