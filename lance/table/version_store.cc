// Manifest names, and versions kept as files of `_versions/`.
#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "arrow/buffer.h"
#include "lance/io/path.h"
#include "lance/table/commit.h"

namespace lance::table {
namespace {

constexpr std::string_view kVersionsFolder = "_versions";
constexpr std::string_view kManifestExtension = ".manifest";
constexpr std::string_view kHintPath = "_versions/latest_version_hint.json";
constexpr size_t kNumDigitsV2 = 20;
constexpr uint64_t kLargestNumber = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kDetachedBit = 1ULL << 63;
constexpr uint64_t kLargestManifestBytes = 4ULL << 30;

class FolderCommitStore final : public CommitStore {
 public:
  explicit FolderCommitStore(std::shared_ptr<io::ObjectStore> root) : root_(std::move(root)) {}

  Result<std::optional<ManifestLocation>> Latest() override {
    ARROW_ASSIGN_OR_RAISE(auto all, ListUnsorted());
    const auto newest = std::max_element(all.begin(), all.end(), Older);
    if (newest == all.end()) return std::nullopt;
    return std::move(*newest);
  }

  Result<ManifestLocation> Find(uint64_t version) override {
    for (const NamingScheme scheme : {NamingScheme::kV2, NamingScheme::kV1}) {
      ManifestLocation out{version, scheme, ManifestPath(version, scheme), 0};
      const auto info = root_->Head(out.path);
      if (info.ok()) {
        out.size_bytes = info->size_bytes;
        return out;
      }
      if (!IsError(info.status(), ErrorCode::ObjectNotFound)) return info.status();
    }
    ARROW_ASSIGN_OR_RAISE(const auto all, List());
    if (all.empty()) {
      return Error(ErrorCode::VersionNotFound, "there is no version ", version, " of '",
                   root_->name(), "': it has no versions");
    }
    return Error(ErrorCode::VersionNotFound, "there is no version ", version, " of '",
                 root_->name(), "': it has ", all.size(), " versions from ", all.front().version,
                 " to ", all.back().version);
  }

  Result<std::vector<ManifestLocation>> List() override {
    ARROW_ASSIGN_OR_RAISE(auto all, ListUnsorted());
    std::sort(all.begin(), all.end(), Older);
    return all;
  }

  Status Publish(uint64_t version, NamingScheme scheme, Bytes manifest) override {
    ARROW_RETURN_NOT_OK(root_->PutIfAbsent(ManifestPath(version, scheme), manifest));
    // Readers of other builds may start from the hint; they look further when it is stale, so that
    // a failure here is none of the commit.
    if (!root_->lists_in_order()) {
      const std::string hint = internal::Concat("{\"version\":", version, "}");
      (void)root_->Put(kHintPath, AsBytes(hint));
    }
    return Status::OK();
  }

 private:
  static bool Older(const ManifestLocation& a, const ManifestLocation& b) {
    return a.version < b.version;
  }

  Result<std::vector<ManifestLocation>> ListUnsorted() {
    ARROW_ASSIGN_OR_RAISE(const io::Listing listing, root_->List(kVersionsFolder));
    std::vector<ManifestLocation> out;
    for (const io::ObjectInfo& object : listing.objects) {
      const size_t slash = object.path.rfind('/');
      auto location = ParseManifestName(std::string_view(object.path).substr(slash + 1));
      if (!location.has_value()) continue;
      location->size_bytes = object.size_bytes;
      out.push_back(std::move(*location));
    }
    for (const ManifestLocation& location : out) {
      if (location.scheme == out.front().scheme) continue;
      return Error(ErrorCode::InvalidTableState, "'", root_->name(),
                   "' has manifests named by both schemes, such as ", out.front().path, " and ",
                   location.path, ": it is not clear which is the newest");
    }
    return out;
  }

  std::shared_ptr<io::ObjectStore> root_;
};

}  // namespace

std::string ManifestPath(uint64_t version, NamingScheme scheme) {
  if (version >> 63 != 0) {  // outside of the history: found only by its number
    return internal::Concat(kVersionsFolder, "/d", version, kManifestExtension);
  }
  std::string number =
      std::to_string(scheme == NamingScheme::kV2 ? kLargestNumber - version : version);
  if (scheme == NamingScheme::kV2) number.insert(0, kNumDigitsV2 - number.size(), '0');
  return internal::Concat(kVersionsFolder, "/", number, kManifestExtension);
}

std::optional<ManifestLocation> ParseManifestName(std::string_view file_name) {
  if (!file_name.ends_with(kManifestExtension)) return std::nullopt;
  std::string_view digits = file_name;
  digits.remove_suffix(kManifestExtension.size());
  uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || at != end) return std::nullopt;

  ManifestLocation out;
  out.scheme = digits.size() == kNumDigitsV2 ? NamingScheme::kV2 : NamingScheme::kV1;
  out.version = out.scheme == NamingScheme::kV2 ? kLargestNumber - number : number;
  if (out.version == 0 || (out.version & kDetachedBit) != 0) return std::nullopt;
  out.path = ManifestPath(out.version, out.scheme);
  // A name that is not the one a writer would choose, such as one with extra zeros, is foreign.
  if (out.path.size() != kVersionsFolder.size() + 1 + file_name.size()) return std::nullopt;
  return out;
}

std::unique_ptr<CommitStore> CommitStore::ForFolder(std::shared_ptr<io::ObjectStore> root) {
  return std::make_unique<FolderCommitStore>(std::move(root));
}

Result<std::shared_ptr<const Manifest>> LoadManifest(io::ObjectStore& root,
                                                     const ManifestLocation& location) {
  const std::string name = io::JoinPath(root.name(), location.path);
  auto buffer = root.Get(location.path, kLargestManifestBytes);
  if (!buffer.ok()) return WithContext(buffer.status(), "cannot read manifest " + name);
  const Bytes bytes((*buffer)->data(), static_cast<size_t>((*buffer)->size()));
  auto manifest = ParseManifest(bytes);
  if (!manifest.ok()) return WithContext(manifest.status(), "manifest " + name);
  LANCE_CHECK_BYTES((*manifest)->version == location.version, "manifest ", name, " is of version ",
                    (*manifest)->version, ", expected ", location.version, " as its name says");
  return manifest;
}

}  // namespace lance::table
