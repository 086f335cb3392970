#include "lance/dataset/open/open_location.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace lance {

Status NoTableAt(std::string_view uri, io::ObjectStore& store, const io::StorageOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const io::Listing listing, store.List(""));
  if (!listing.objects.empty() || !listing.folders.empty()) {
    return Error(ErrorCode::TableNotFound, "'", uri,
                 "' is a folder but not a Lance table: it has no versions in ", uri, "/_versions");
  }
  auto split = io::SplitLastSegment(uri);
  if (split.ok()) {
    auto parent = io::OpenStore(split->parent, options);
    if (parent.ok() && (*parent)->Head(split->name).ok()) {
      return Error(ErrorCode::TableNotFound, "'", uri,
                   "' is a file, not a Lance table: a table is the folder that holds _versions/");
    }
  }
  return Error(ErrorCode::TableNotFound, "there is no table at '", uri,
               "': check the path, or create the table first");
}

std::string FormatTime(io::TimePoint time) {
  using std::chrono::milliseconds;
  const int64_t total = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
  const int64_t millis = ((total % 1000) + 1000) % 1000;
  const std::time_t seconds = static_cast<std::time_t>((total - millis) / 1000);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(seconds) + " s since 1970";
  char text[64];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(millis));
  return text;
}

Result<std::shared_ptr<const table::Manifest>> FindByTime(io::ObjectStore& store,
                                                          table::CommitStore& versions,
                                                          io::TimePoint timestamp) {
  ARROW_ASSIGN_OR_RAISE(const auto locations, versions.List());
  std::shared_ptr<const table::Manifest> manifest;
  // Clocks of writers differ, so times need not ascend: the newest version that fits counts.
  for (auto at = locations.rbegin(); at != locations.rend(); ++at) {
    ARROW_ASSIGN_OR_RAISE(manifest, table::LoadManifest(store, *at));
    if (manifest->timestamp <= timestamp) return manifest;
  }
  return Error(ErrorCode::VersionNotFound, "no version of '", store.name(), "' is as old as ",
               FormatTime(timestamp), ": the oldest one kept, version ",
               manifest == nullptr ? 0 : manifest->version, ", is of ",
               manifest == nullptr ? "-" : FormatTime(manifest->timestamp));
}

}  // namespace lance
