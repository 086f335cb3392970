#include "lance/dataset/dataset.h"

#include <arrow/buffer.h>

#include <utility>

#include "lance/dataset/open/open_location.h"

namespace lance {
namespace {

constexpr uint64_t kLargestTransactionBytes = 1ULL << 30;

// Where the versions of a branch lie.
struct BranchRoot {
  std::string uri;
  std::shared_ptr<io::ObjectStore> store;
};

Result<BranchRoot> EnterBranch(BranchRoot main, const std::string& branch) {
  if (branch.empty() || branch == "main") return main;
  ARROW_ASSIGN_OR_RAISE(const std::string folder, table::FindBranch(*main.store, branch));
  ARROW_ASSIGN_OR_RAISE(auto store, main.store->SubStore(folder));
  return BranchRoot{main.uri + "/" + folder, std::move(store)};
}

Status CheckRef(const VersionRef& ref) {
  const int given = ref.version.has_value() + ref.timestamp.has_value() + ref.tag.has_value();
  LANCE_REQUIRE(given <= 1, "give at most one of version, time and tag");
  LANCE_REQUIRE(!(ref.tag.has_value() && ref.branch.has_value()),
                "a tag names its branch itself: give either a tag or a branch");
  return Status::OK();
}

// Name of the operation that made `manifest`; empty when its transaction is gone.
std::string OperationOf(io::ObjectStore& store, const table::Manifest& manifest) {
  if (!manifest.inline_transaction.empty()) {
    auto parsed = table::ParseTransaction(AsBytes(manifest.inline_transaction));
    return parsed.ok() ? parsed->operation : "";
  }
  if (manifest.transaction_file.empty()) return "";
  auto bytes = store.Get("_transactions/" + manifest.transaction_file, kLargestTransactionBytes);
  if (!bytes.ok()) return "";
  const std::shared_ptr<arrow::Buffer>& buffer = *bytes;
  auto parsed = table::ParseTransaction({buffer->data(), static_cast<size_t>(buffer->size())});
  return parsed.ok() ? parsed->operation : "";
}

}  // namespace

Result<std::shared_ptr<Dataset>> OpenLocation(std::string uri,
                                              std::shared_ptr<io::ObjectStore> store,
                                              std::shared_ptr<const table::Manifest> manifest,
                                              const OpenOptions& options) {
  ARROW_RETURN_NOT_OK(WithContext(table::CheckReadable(*manifest), uri));
  std::shared_ptr<Dataset> dataset(new Dataset());
  dataset->uri_ = std::move(uri);
  dataset->store_ = std::move(store);
  dataset->manifest_ = manifest;
  dataset->context_.files =
      query::FileCache::Make(dataset->store_, manifest, options.metadata_bytes);
  dataset->context_.manifest = std::move(manifest);
  dataset->context_.executor = options.executor != nullptr ? options.executor : Executor::Default();
  dataset->context_.pool = options.pool;
  return dataset;
}

Result<std::shared_ptr<Dataset>> Dataset::Open(std::string_view uri, const OpenOptions& options) {
  const VersionRef& ref = options.ref;
  ARROW_RETURN_NOT_OK(CheckRef(ref));
  BranchRoot root{std::string(uri), nullptr};
  while (root.uri.size() > 1 && root.uri.back() == '/') root.uri.pop_back();
  ARROW_ASSIGN_OR_RAISE(root.store, io::OpenStore(uri, options.storage));
  std::optional<uint64_t> version = ref.version;
  if (ref.tag.has_value()) {
    ARROW_ASSIGN_OR_RAISE(const table::TagInfo tag, table::FindTag(*root.store, *ref.tag));
    version = tag.version;
    ARROW_ASSIGN_OR_RAISE(root, EnterBranch(std::move(root), tag.branch.value_or("")));
  } else {
    ARROW_ASSIGN_OR_RAISE(root, EnterBranch(std::move(root), ref.branch.value_or("")));
  }
  const auto versions = table::CommitStore::ForFolder(root.store);
  ARROW_ASSIGN_OR_RAISE(const auto latest, versions->Latest());
  if (!latest.has_value()) return NoTableAt(root.uri, *root.store, options.storage);

  std::shared_ptr<const table::Manifest> manifest;
  if (ref.timestamp.has_value()) {
    ARROW_ASSIGN_OR_RAISE(manifest, FindByTime(*root.store, *versions, *ref.timestamp));
  } else {
    table::ManifestLocation location = *latest;
    if (version.has_value() && *version != latest->version) {
      ARROW_ASSIGN_OR_RAISE(location, versions->Find(*version));
    }
    ARROW_ASSIGN_OR_RAISE(manifest, table::LoadManifest(*root.store, location));
  }
  return OpenLocation(std::move(root.uri), std::move(root.store), std::move(manifest), options);
}

Result<std::shared_ptr<arrow::RecordBatchReader>> Dataset::Scan(
    const query::ScanRequest& request) const {
  return query::Scan(context_, request);
}

Result<uint64_t> Dataset::CountRows(const query::ExpressionPtr& filter) const {
  return query::CountRows(context_, filter);
}

Result<std::shared_ptr<arrow::Table>> Dataset::Take(
    const std::vector<RowOffset>& rows, const std::optional<std::vector<std::string>>& columns,
    file::BlobHandling blobs) const {
  return query::TakeRows(context_, rows, columns, blobs);
}

std::shared_ptr<arrow::Schema> Dataset::schema(file::BlobHandling blobs) const {
  query::ScanRequest request;
  request.blobs = blobs;
  // Without names there is nothing to be not found.
  return query::ScanSchema(*manifest_, request).ValueOr(nullptr);
}

Result<std::vector<VersionInfo>> Dataset::Versions() const {
  const auto versions = table::CommitStore::ForFolder(store_);
  ARROW_ASSIGN_OR_RAISE(const auto locations, versions->List());
  std::vector<VersionInfo> out(locations.size());
  const auto load = [&](int64_t i) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto manifest, table::LoadManifest(*store_, locations[i]));
    VersionInfo& info = out[i];
    info.version = manifest->version;
    info.timestamp = manifest->timestamp;
    info.num_rows = manifest->num_rows();
    info.num_fragments = manifest->fragments.size();
    info.operation = OperationOf(*store_, *manifest);
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(
      ParallelFor(*context_.executor, static_cast<int64_t>(locations.size()), load));
  return out;
}

}  // namespace lance
