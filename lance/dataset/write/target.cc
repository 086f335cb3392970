#include "lance/dataset/write/target.h"

#include <utility>

#include "lance/dataset/open/open_location.h"
#include "lance/table/blob_path.h"

namespace lance {
namespace {

std::string VersionText(encoding::FormatVersion version) {
  return internal::Concat(version.major, ".", version.minor);
}

}  // namespace

Result<WriteTarget> FindTarget(std::string_view uri, const TableWriteOptions& options) {
  WriteTarget out;
  out.uri = uri;
  while (out.uri.size() > 1 && out.uri.back() == '/') out.uri.pop_back();
  ARROW_ASSIGN_OR_RAISE(out.store, io::OpenStore(uri, options.storage));
  out.versions = table::CommitStore::ForFolder(out.store);
  ARROW_ASSIGN_OR_RAISE(const auto latest, out.versions->Latest());
  if (!latest.has_value()) {
    if (options.mode == WriteMode::kAppend) return NoTableAt(out.uri, *out.store, options.storage);
    return out;
  }
  if (options.mode == WriteMode::kCreate) {
    return Error(ErrorCode::TableAlreadyExists, "there is already a table at '", out.uri,
                 "' (version ", latest->version,
                 "): append to it, overwrite it or choose another "
                 "place");
  }
  ARROW_ASSIGN_OR_RAISE(out.latest, table::LoadManifest(*out.store, *latest));
  ARROW_RETURN_NOT_OK(WithContext(table::CheckReadable(*out.latest), out.uri));
  ARROW_RETURN_NOT_OK(WithContext(table::CheckWritable(*out.latest), out.uri));
  return out;
}

Result<encoding::FormatVersion> ChooseFileVersion(const WriteTarget& target,
                                                  const TableWriteOptions& options) {
  if (options.file_version.has_value()) {
    const encoding::FormatVersion wanted = *options.file_version;
    LANCE_REQUIRE(wanted == encoding::kVersion21 || wanted == encoding::kVersion22,
                  "data files of version ", VersionText(wanted),
                  " cannot be written: choose 2.1 or 2.2");
  }
  if (target.latest == nullptr) return options.file_version.value_or(encoding::kVersion22);
  if (options.mode != WriteMode::kAppend && options.file_version.has_value()) {
    return *options.file_version;
  }
  ARROW_ASSIGN_OR_RAISE(const auto own, target.latest->file_version());
  LANCE_REQUIRE(options.file_version.value_or(own) == own, "the table at '", target.uri,
                "' has files of version ", VersionText(own), ": files of version ",
                VersionText(*options.file_version), " cannot be appended");
  return own;
}

Status DeleteDataFiles(io::ObjectStore& store, const std::vector<table::Fragment>& fragments) {
  Status first;
  for (const table::Fragment& fragment : fragments) {
    for (const table::DataFile& data_file : fragment.files) {
      Status status = store.Delete("data/" + data_file.path);
      if (status.ok()) status = store.DeleteFolder(table::BlobSidecarFolder(data_file.path));
      if (first.ok()) first = status;
    }
  }
  return first;
}

}  // namespace lance
