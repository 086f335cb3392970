// Tags and branches, read only.
#include <algorithm>
#include <utility>

#include "arrow/buffer.h"
#include "lance/io/path.h"
#include "lance/table/commit.h"
#include "lance/table/refs/ref_document.h"

namespace lance::table {
namespace {

constexpr std::string_view kTagsFolder = "_refs/tags";
constexpr std::string_view kBranchesFolder = "_refs/branches";
constexpr std::string_view kJsonExtension = ".json";
constexpr uint64_t kLargestRefBytes = 1 << 20;

bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '-' || c == '_';
}

// Anything else could not have been created, and must not become a path.
bool IsRefName(std::string_view name, bool may_have_slash) {
  if (!io::CheckPath(name).ok()) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return IsNameCharacter(c) || (may_have_slash && c == '/'); });
}

Result<TagInfo> ReadTag(io::ObjectStore& root, std::string_view path, std::string name) {
  ARROW_ASSIGN_OR_RAISE(const auto buffer, root.Get(path, kLargestRefBytes));
  const Bytes bytes(buffer->data(), static_cast<size_t>(buffer->size()));
  const std::string context = "tag " + io::JoinPath(root.name(), path);
  auto document = ParseRefDocument(AsText(bytes));
  if (!document.ok()) return WithContext(document.status(), context);
  TagInfo out;
  out.name = std::move(name);
  const auto version = document->numbers.find("version");
  LANCE_CHECK_BYTES(version != document->numbers.end(), context,
                    ": expected a member \"version\" with a whole number");
  out.version = version->second;
  const auto branch = document->strings.find("branch");
  if (branch != document->strings.end()) out.branch = branch->second;
  return out;
}

Result<std::vector<std::string>> RefNames(io::ObjectStore& root, std::string_view folder) {
  ARROW_ASSIGN_OR_RAISE(const io::Listing listing, root.List(folder));
  std::vector<std::string> out;
  for (const io::ObjectInfo& object : listing.objects) {
    std::string_view name = object.path;
    name.remove_prefix(name.rfind('/') + 1);
    if (!name.ends_with(kJsonExtension)) continue;
    name.remove_suffix(kJsonExtension.size());
    out.emplace_back(name);
  }
  return out;
}

std::string RefPath(std::string_view folder, std::string_view name) {
  return internal::Concat(folder, "/", name, kJsonExtension);
}

// Branch names are kept in one folder, their slashes escaped.
std::string EscapeSlashes(std::string_view name) {
  std::string out;
  for (char c : name) c == '/' ? out += "%2F" : out += c;
  return out;
}

Status NotFound(ErrorCode code, std::string_view kind, std::string_view name,
                const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
  return Error(code, "there is no ", kind, " '", name,
               "'; there are: ", list.empty() ? "none" : list);
}

}  // namespace

Result<std::vector<TagInfo>> ListTags(io::ObjectStore& root) {
  ARROW_ASSIGN_OR_RAISE(const auto names, RefNames(root, kTagsFolder));
  std::vector<TagInfo> out;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(TagInfo tag, ReadTag(root, RefPath(kTagsFolder, name), name));
    out.push_back(std::move(tag));
  }
  return out;
}

Result<TagInfo> FindTag(io::ObjectStore& root, std::string_view name) {
  if (IsRefName(name, false)) {
    auto tag = ReadTag(root, RefPath(kTagsFolder, name), std::string(name));
    if (tag.ok() || !IsError(tag.status(), ErrorCode::ObjectNotFound)) return tag;
  }
  ARROW_ASSIGN_OR_RAISE(const auto known, RefNames(root, kTagsFolder));
  return NotFound(ErrorCode::TagNotFound, "tag", name, known);
}

Result<std::string> FindBranch(io::ObjectStore& root, std::string_view name) {
  if (IsRefName(name, true)) {
    const auto info = root.Head(RefPath(kBranchesFolder, EscapeSlashes(name)));
    if (info.ok()) return io::JoinPath("tree", name);
    if (!IsError(info.status(), ErrorCode::ObjectNotFound)) return info.status();
  }
  ARROW_ASSIGN_OR_RAISE(auto known, RefNames(root, kBranchesFolder));
  for (std::string& each : known) {
    for (size_t at = each.find("%2F"); at != each.npos; at = each.find("%2F")) {
      each.replace(at, 3, "/");
    }
  }
  return NotFound(ErrorCode::BranchNotFound, "branch", name, known);
}

}  // namespace lance::table
