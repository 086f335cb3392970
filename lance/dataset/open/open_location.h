// Finding the version that a caller names, and making a Dataset of it.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lance/dataset/dataset.h"
#include "lance/io/object_store.h"
#include "lance/table/commit.h"
#include "lance/table/manifest.h"

namespace lance {

/// Make a dataset of a version that is at hand.
Result<std::shared_ptr<Dataset>> OpenLocation(std::string uri,
                                              std::shared_ptr<io::ObjectStore> store,
                                              std::shared_ptr<const table::Manifest> manifest,
                                              const OpenOptions& options);

/// TableNotFound for `uri`, whose `store` holds no version: says whether nothing is there, a file,
/// or a folder that is no table.
Status NoTableAt(std::string_view uri, io::ObjectStore& store, const io::StorageOptions& options);

/// The newest version committed at or before `timestamp`; VersionNotFound says when the first was.
Result<std::shared_ptr<const table::Manifest>> FindByTime(io::ObjectStore& store,
                                                          table::CommitStore& versions,
                                                          io::TimePoint timestamp);

/// `time` as RFC 3339 text in UTC with milliseconds.
std::string FormatTime(io::TimePoint time);

}  // namespace lance
