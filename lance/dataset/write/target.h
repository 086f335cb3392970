// The place that a write goes to, and what is there already.
//
// Thread-safety: free functions; a Target belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lance/dataset/write.h"
#include "lance/file/schema.h"
#include "lance/io/object_store.h"
#include "lance/table/commit.h"

namespace lance {

struct WriteTarget {
  std::string uri;
  std::shared_ptr<io::ObjectStore> store;
  std::unique_ptr<table::CommitStore> versions;
  std::shared_ptr<const table::Manifest> latest;  // null = no table yet
};

/// Look at `uri`; TableAlreadyExists and TableNotFound where `options.mode` asks for the contrary,
/// Unsupported when this build must not write to the table.
Result<WriteTarget> FindTarget(std::string_view uri, const TableWriteOptions& options);

/// Version of new data files; InvalidInput when an append asks for another one than the table's.
Result<encoding::FormatVersion> ChooseFileVersion(const WriteTarget& target,
                                                  const TableWriteOptions& options);

/// Begin writing fragments into `store`.
Result<std::unique_ptr<FragmentWriter>> OpenFragmentWriter(std::shared_ptr<io::ObjectStore> store,
                                                           file::Schema schema,
                                                           encoding::FormatVersion version,
                                                           const TableWriteOptions& options);

/// Delete the data files of `fragments`, as far as possible; returns the first error.
Status DeleteDataFiles(io::ObjectStore& store, const std::vector<table::Fragment>& fragments);

}  // namespace lance
