#include "lance/catalog/dir/directory_layout.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "lance/base/executor.h"

namespace lance::catalog::dir {
namespace {

constexpr std::string_view kTableSuffix = ".lance";
constexpr std::string_view kReserved = ".lance-reserved";
constexpr std::string_view kDeregistered = ".lance-deregistered";
constexpr std::string_view kMarkerContent = "reserved";
constexpr std::string_view kStagingPrefix = "lance-marker.staging.";
constexpr std::string_view kManifestTable = "__manifest";

std::string FolderOf(std::string_view table) { return internal::Concat(table, kTableSuffix); }

std::string_view LastSegment(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool IsLocal(std::string_view uri) {
  return uri.find("://") == std::string_view::npos || uri.starts_with("file://");
}

bool HoldsFile(const io::Listing& listing, std::string_view name) {
  return std::any_of(
      listing.objects.begin(), listing.objects.end(),
      [&](const io::ObjectInfo& object) { return LastSegment(object.path) == name; });
}

bool HoldsAnything(const std::vector<io::ObjectInfo>& objects) {
  return std::any_of(objects.begin(), objects.end(), [](const io::ObjectInfo& object) {
    return !LastSegment(object.path).starts_with(kStagingPrefix);
  });
}

std::string PercentEncode(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=:@";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    if (letter || (byte >= '0' && byte <= '9') || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace

Result<DirectoryLayout> DirectoryLayout::Open(std::string root, io::StorageOptions storage) {
  while (root.size() > 1 && root.back() == '/' && !root.ends_with("://")) root.pop_back();
  DirectoryLayout out;
  ARROW_ASSIGN_OR_RAISE(out.store_, io::OpenStore(root, storage));
  out.root_ = std::move(root);
  out.storage_ = std::move(storage);
  return out;
}

std::string DirectoryLayout::LocationOf(std::string_view table) const {
  return internal::Concat(root_ == "/" ? "" : root_, "/", FolderOf(table));
}

std::string DirectoryLayout::UriOf(std::string_view table) const {
  const std::string location = LocationOf(table);
  if (location.find("://") != std::string::npos) return location;
  std::error_code error;
  const std::filesystem::path full = std::filesystem::absolute(location, error);
  return "file://" + PercentEncode(error ? location : full.lexically_normal().string());
}

Result<TableState> DirectoryLayout::StateOf(std::string_view table) const {
  const std::string folder = FolderOf(table);
  ARROW_ASSIGN_OR_RAISE(const io::Listing top, store_->List(folder));
  if (HoldsFile(top, kDeregistered)) return TableState::kDeregistered;
  const std::string versions = folder + "/_versions";
  if (std::find(top.folders.begin(), top.folders.end(), versions) != top.folders.end()) {
    ARROW_ASSIGN_OR_RAISE(const io::Listing manifests, store_->List(versions));
    if (HoldsAnything(manifests.objects)) return TableState::kCreated;
  }
  if (HoldsAnything(top.objects)) return TableState::kDeclared;
  if (top.folders.empty()) return TableState::kAbsent;
  ARROW_ASSIGN_OR_RAISE(const auto below, store_->ListRecursive(folder));
  return HoldsAnything(below) ? TableState::kDeclared : TableState::kAbsent;
}

Status DirectoryLayout::CheckRootExists() const {
  // Only file systems know folders without content; elsewhere an empty root is like a missing one.
  if (!IsLocal(root_) || root_ == "/" || root_ == "." || root_ == "file:///") return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const io::SplitUri split, io::SplitLastSegment(root_));
  ARROW_ASSIGN_OR_RAISE(const auto parent, io::OpenStore(split.parent, storage_));
  ARROW_ASSIGN_OR_RAISE(const io::Listing listing, parent->List(""));
  const auto& name = LastSegment(store_->name());
  for (const std::string& folder : listing.folders) {
    if (folder == split.name || folder == name) return Status::OK();
  }
  return Error(ErrorCode::NamespaceNotFound, "there is no folder '", root_,
               "' for the namespace: check its root, or create a table in it");
}

Result<std::vector<std::string>> DirectoryLayout::ListTables(bool include_declared) const {
  ARROW_ASSIGN_OR_RAISE(const io::Listing listing, store_->List(""));
  if (listing.folders.empty() && listing.objects.empty()) ARROW_RETURN_NOT_OK(CheckRootExists());
  std::vector<std::string> candidates;
  for (const std::string& folder : listing.folders) {
    if (folder.size() <= kTableSuffix.size() || !folder.ends_with(kTableSuffix)) continue;
    if (folder.starts_with('.')) continue;
    candidates.push_back(folder.substr(0, folder.size() - kTableSuffix.size()));
  }
  std::vector<TableState> states(candidates.size());
  ARROW_RETURN_NOT_OK(ParallelFor(*Executor::Default(), static_cast<int64_t>(candidates.size()),
                                  [&](int64_t i) -> Status {
                                    ARROW_ASSIGN_OR_RAISE(states[i], StateOf(candidates[i]));
                                    return Status::OK();
                                  }));
  std::vector<std::string> out;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const bool listed = states[i] == TableState::kCreated ||
                        (include_declared && states[i] == TableState::kDeclared);
    if (listed) out.push_back(std::move(candidates[i]));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<bool> DirectoryLayout::HasManifest() const {
  ARROW_ASSIGN_OR_RAISE(const io::Listing listing,
                        store_->List(internal::Concat(kManifestTable, "/_versions")));
  return !listing.objects.empty();
}

Status DirectoryLayout::Reserve(std::string_view table) const {
  const std::string marker = internal::Concat(FolderOf(table), "/", kReserved);
  const Status status = store_->PutIfAbsent(marker, AsBytes(kMarkerContent));
  if (!IsError(status, ErrorCode::ObjectAlreadyExists)) return status;
  return Error(ErrorCode::TableAlreadyExists, "the table '", table, "' is already declared in ",
               root_);
}

Status DirectoryLayout::Hide(std::string_view table) const {
  const std::string marker = internal::Concat(FolderOf(table), "/", kDeregistered);
  const Status status = store_->PutIfAbsent(marker, AsBytes(kMarkerContent));
  if (!IsError(status, ErrorCode::ObjectAlreadyExists)) return status;
  return Error(ErrorCode::TableNotFound, "the table '", table, "' is already deregistered in ",
               root_);
}

Status DirectoryLayout::Delete(std::string_view table) const {
  return store_->DeleteFolder(FolderOf(table));
}

}  // namespace lance::catalog::dir
