#include <list>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "lance/base/byte_budget.h"
#include "lance/io/path.h"
#include "lance/query/scan.h"
#include "lance/table/commit.h"

namespace lance::query {
namespace {

using file::FileReader;
using table::DataFile;
using table::Fragment;
using table::Manifest;
using Offsets = std::shared_ptr<const std::vector<uint32_t>>;

// Files below a base path; a dataset root keeps data files in a folder of it.
struct BaseFolder {
  std::shared_ptr<io::ObjectStore> store;
  bool is_dataset_root = true;
};

// Files that are open at once: each holds a descriptor.
constexpr size_t kMostOpenFiles = 512;

// Readers of files, the least recently used going first, and deletions. All metadata counts for
// one budget, which may take readers away as well.
class LruFileCache final : public FileCache, public std::enable_shared_from_this<LruFileCache> {
 public:
  LruFileCache(std::shared_ptr<io::ObjectStore> root, std::shared_ptr<const Manifest> manifest,
               uint64_t metadata_bytes)
      : root_(std::move(root)),
        manifest_(std::move(manifest)),
        budget_(std::make_shared<ByteBudget>(metadata_bytes)) {}

  const std::string& table_name() const override { return root_->name(); }

  Result<std::shared_ptr<FileReader>> Open(const DataFile& file) override {
    const std::string key = KeyOf(file);
    {
      std::lock_guard lock(mutex_);
      if (const auto found = readers_.find(key); found != readers_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        if (found->second->item != nullptr) found->second->item->Touch();
        return found->second->reader;
      }
    }
    ARROW_ASSIGN_OR_RAISE(BaseFolder base, FindBase(file.base_id));
    const std::string path = base.is_dataset_root ? io::JoinPath("data", file.path) : file.path;
    const auto size = file.size_bytes > 0 ? std::optional(file.size_bytes) : std::nullopt;
    ARROW_ASSIGN_OR_RAISE(auto object, base.store->Open(path, size));
    ARROW_ASSIGN_OR_RAISE(auto reader, FileReader::Open(std::move(object), budget_));
    return Keep(key, std::move(reader));
  }

  Result<std::shared_ptr<io::ObjectReader>> OpenObject(std::optional<uint32_t> base_id,
                                                       std::string_view path) override {
    ARROW_RETURN_NOT_OK(io::CheckPath(path));
    ARROW_ASSIGN_OR_RAISE(BaseFolder base, FindBase(base_id));
    constexpr std::string_view kDataFolder = "data/";
    // A base that is no dataset root is itself the folder of data files.
    if (!base.is_dataset_root && path.starts_with(kDataFolder)) {
      path.remove_prefix(kDataFolder.size());
    }
    return OpenOnce(base.store->name() + "/" + std::string(path), *base.store, path);
  }

  Result<std::shared_ptr<io::ObjectReader>> OpenUri(std::string_view uri) override {
    ARROW_ASSIGN_OR_RAISE(const io::SplitUri split, io::SplitLastSegment(uri));
    ARROW_ASSIGN_OR_RAISE(const auto store, io::OpenStore(split.parent));
    return OpenOnce(std::string(uri), *store, split.name);
  }

  Result<Offsets> Deletions(const Fragment& fragment) override {
    static const Offsets none = std::make_shared<const std::vector<uint32_t>>();
    if (!fragment.deletions.has_value()) return none;
    {
      std::lock_guard lock(mutex_);
      if (const auto found = deletions_.find(fragment.id); found != deletions_.end()) {
        return found->second;
      }
    }
    ARROW_ASSIGN_OR_RAISE(BaseFolder base, FindBase(fragment.deletions->base_id));
    if (!base.is_dataset_root) {
      return Unsupported("fragment ", fragment.id,
                         " keeps its deletions in a base path that is no dataset root");
    }
    ARROW_ASSIGN_OR_RAISE(auto rows, table::ReadDeletions(*base.store, fragment));
    auto shared = std::make_shared<const std::vector<uint32_t>>(std::move(rows));
    {
      std::lock_guard lock(mutex_);
      const auto [at, is_new] = deletions_.emplace(fragment.id, shared);
      if (!is_new) return at->second;
    }
    budget_->Add(shared->size() * sizeof(uint32_t), [weak = weak_from_this(), id = fragment.id] {
      if (const auto cache = weak.lock()) cache->DropDeletions(id);
    });
    return shared;
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<FileReader> reader;
    std::shared_ptr<ByteBudget::Item> item;
  };

  static std::string KeyOf(const DataFile& file) {
    if (!file.base_id.has_value()) return file.path;
    return std::to_string(*file.base_id) + ":/" + file.path;
  }

  // Many blobs share one object: the last ones stay open.
  Result<std::shared_ptr<io::ObjectReader>> OpenOnce(const std::string& key, io::ObjectStore& store,
                                                     std::string_view path) {
    constexpr size_t kMaxObjects = 256;
    {
      std::lock_guard lock(mutex_);
      if (const auto found = objects_.find(key); found != objects_.end()) return found->second;
    }
    ARROW_ASSIGN_OR_RAISE(auto object, store.Open(path));
    std::lock_guard lock(mutex_);
    if (objects_.size() >= kMaxObjects) objects_.clear();
    return objects_.emplace(key, std::move(object)).first->second;
  }

  std::shared_ptr<FileReader> Keep(const std::string& key, std::shared_ptr<FileReader> reader) {
    Entry dropped;  // goes when the lock is free
    {
      std::lock_guard lock(mutex_);
      // Another thread may have opened the same file in the meantime.
      if (const auto found = readers_.find(key); found != readers_.end()) {
        return found->second->reader;
      }
      recent_.push_front({key, reader, nullptr});
      readers_[key] = recent_.begin();
      if (recent_.size() > kMostOpenFiles) {
        dropped = std::move(recent_.back());
        readers_.erase(dropped.key);
        recent_.pop_back();
      }
    }
    budget_->Remove(dropped.item);
    auto item = budget_->Add(reader->size_bytes(), [weak = weak_from_this(), key] {
      if (const auto cache = weak.lock()) cache->DropReader(key);
    });
    std::lock_guard lock(mutex_);
    if (const auto found = readers_.find(key);
        found != readers_.end() && found->second->reader == reader) {
      found->second->item = std::move(item);
    }
    return reader;
  }

  void DropReader(const std::string& key) {
    Entry dropped;
    std::lock_guard lock(mutex_);
    const auto found = readers_.find(key);
    if (found == readers_.end()) return;
    dropped = std::move(*found->second);
    recent_.erase(found->second);
    readers_.erase(found);
  }

  void DropDeletions(uint64_t fragment) {
    Offsets dropped;
    std::lock_guard lock(mutex_);
    const auto found = deletions_.find(fragment);
    if (found == deletions_.end()) return;
    dropped = std::move(found->second);
    deletions_.erase(found);
  }

  Result<BaseFolder> FindBase(const std::optional<uint32_t>& id) {
    if (!id.has_value()) return BaseFolder{root_, true};
    std::lock_guard lock(mutex_);
    if (const auto found = bases_.find(*id); found != bases_.end()) return found->second;
    for (const table::BasePath& base : manifest_->base_paths) {
      if (base.id != *id) continue;
      ARROW_ASSIGN_OR_RAISE(auto store, io::OpenStore(base.path));
      return bases_.emplace(*id, BaseFolder{std::move(store), base.is_dataset_root}).first->second;
    }
    return Corruption("a file lies in base path ", *id, ", which the manifest does not list");
  }

  const std::shared_ptr<io::ObjectStore> root_;
  const std::shared_ptr<const Manifest> manifest_;
  const std::shared_ptr<ByteBudget> budget_;
  std::mutex mutex_;
  std::list<Entry> recent_;  // most recent first
  std::unordered_map<std::string, std::list<Entry>::iterator> readers_;
  std::map<uint64_t, Offsets> deletions_;
  std::map<uint32_t, BaseFolder> bases_;
  std::unordered_map<std::string, std::shared_ptr<io::ObjectReader>> objects_;  // of blobs
};

}  // namespace

std::shared_ptr<FileCache> FileCache::Make(std::shared_ptr<io::ObjectStore> root,
                                           std::shared_ptr<const Manifest> manifest,
                                           uint64_t metadata_bytes) {
  return std::make_shared<LruFileCache>(std::move(root), std::move(manifest), metadata_bytes);
}

}  // namespace lance::query
