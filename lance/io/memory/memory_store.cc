// Objects in memory: for tests, and for tables that need not outlive the process. Stores of one
// name share their objects within the process, as those of one folder do.
#include <arrow/buffer.h>

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lance/io/object_store.h"
#include "lance/io/path.h"
#include "lance/io/ranges.h"
#include "lance/io/store_registry.h"

namespace lance::io::memory {
namespace {

struct Object {
  std::shared_ptr<arrow::Buffer> bytes;
  TimePoint modified;
};

struct Objects {
  std::mutex mutex;
  std::map<std::string, Object, std::less<>> by_path;
};

std::shared_ptr<arrow::Buffer> CopyOf(Bytes bytes) {
  return arrow::Buffer::FromString(std::string(AsText(bytes)));
}

class MemoryReader final : public ObjectReader {
 public:
  MemoryReader(std::string name, std::shared_ptr<arrow::Buffer> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  uint64_t size_bytes() const override { return static_cast<uint64_t>(bytes_->size()); }

  Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) override {
    ARROW_RETURN_NOT_OK(CheckRange(name_, range, size_bytes()));
    return arrow::SliceBuffer(bytes_, range.offset, range.length);
  }

 private:
  std::string name_;
  std::shared_ptr<arrow::Buffer> bytes_;
};

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(std::shared_ptr<Objects> objects, std::string path)
      : objects_(std::move(objects)), path_(std::move(path)) {}

  Status Write(Bytes bytes) override {
    content_ += AsText(bytes);
    return Status::OK();
  }
  uint64_t position() const override { return content_.size(); }
  Status Finish() override {
    std::lock_guard lock(objects_->mutex);
    objects_->by_path[path_] = {arrow::Buffer::FromString(std::move(content_)),
                                std::chrono::system_clock::now()};
    return Status::OK();
  }
  Status Abort() override {
    content_.clear();
    return Status::OK();
  }

 private:
  std::shared_ptr<Objects> objects_;
  std::string path_;
  std::string content_;
};

class MemoryStore final : public ObjectStore {
 public:
  MemoryStore(std::string name, std::shared_ptr<Objects> objects, std::string prefix)
      : name_(std::move(name)), objects_(std::move(objects)), prefix_(std::move(prefix)) {}

  const std::string& name() const override { return name_; }

  Result<std::shared_ptr<ObjectReader>> Open(std::string_view path,
                                             std::optional<uint64_t> /*known_size*/) override {
    ARROW_ASSIGN_OR_RAISE(Object object, Find(path));
    return std::make_shared<MemoryReader>(JoinPath(name_, path), object.bytes);
  }

  Result<ObjectInfo> Head(std::string_view path) override {
    ARROW_ASSIGN_OR_RAISE(Object object, Find(path));
    return ObjectInfo{std::string(path), static_cast<uint64_t>(object.bytes->size()),
                      object.modified};
  }

  Result<std::shared_ptr<arrow::Buffer>> Get(std::string_view path, uint64_t limit_bytes) override {
    ARROW_ASSIGN_OR_RAISE(Object object, Find(path));
    LANCE_CHECK_BYTES(static_cast<uint64_t>(object.bytes->size()) <= limit_bytes, name_, "/", path,
                      " has ", object.bytes->size(), " bytes, more than the limit of ",
                      limit_bytes);
    return object.bytes;
  }

  Result<std::unique_ptr<ObjectWriter>> Create(std::string_view path) override {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    return std::make_unique<MemoryWriter>(objects_, JoinPath(prefix_, path));
  }

  Status Put(std::string_view path, Bytes bytes) override {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    std::lock_guard lock(objects_->mutex);
    objects_->by_path[JoinPath(prefix_, path)] = {CopyOf(bytes), std::chrono::system_clock::now()};
    return Status::OK();
  }

  Status PutIfAbsent(std::string_view path, Bytes bytes) override {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    std::lock_guard lock(objects_->mutex);
    const auto [at, inserted] = objects_->by_path.try_emplace(
        JoinPath(prefix_, path), Object{CopyOf(bytes), std::chrono::system_clock::now()});
    if (!inserted)
      return Error(ErrorCode::ObjectAlreadyExists, name_, "/", path, " already exists");
    return Status::OK();
  }

  Result<Listing> List(std::string_view folder) override {
    Listing out;
    ARROW_ASSIGN_OR_RAISE(auto objects, ListRecursive(folder));
    for (ObjectInfo& object : objects) {
      const size_t from = folder.empty() ? 0 : folder.size() + 1;
      const size_t slash = object.path.find('/', from);
      if (slash == std::string::npos) {
        out.objects.push_back(std::move(object));
      } else if (out.folders.empty() || out.folders.back() != object.path.substr(0, slash)) {
        out.folders.push_back(object.path.substr(0, slash));
      }
    }
    return out;
  }

  Result<std::vector<ObjectInfo>> ListRecursive(std::string_view folder) override {
    std::vector<ObjectInfo> out;
    std::string start = JoinPath(prefix_, folder);
    if (!start.empty()) start += '/';
    std::lock_guard lock(objects_->mutex);
    for (auto at = objects_->by_path.lower_bound(start); at != objects_->by_path.end(); ++at) {
      if (!at->first.starts_with(start)) break;
      const size_t skip = prefix_.empty() ? 0 : prefix_.size() + 1;
      out.push_back({at->first.substr(skip), static_cast<uint64_t>(at->second.bytes->size()),
                     at->second.modified});
    }
    return out;
  }

  Status Delete(std::string_view path) override {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    std::lock_guard lock(objects_->mutex);
    objects_->by_path.erase(JoinPath(prefix_, path));
    return Status::OK();
  }

  Status DeleteFolder(std::string_view folder) override {
    std::string start = JoinPath(prefix_, folder);
    if (!start.empty()) start += '/';
    std::lock_guard lock(objects_->mutex);
    auto at = objects_->by_path.lower_bound(start);
    while (at != objects_->by_path.end() && at->first.starts_with(start)) {
      at = objects_->by_path.erase(at);
    }
    return Status::OK();
  }

  bool lists_in_order() const override { return true; }

  Result<std::shared_ptr<ObjectStore>> SubStore(std::string_view folder) override {
    if (!folder.empty()) ARROW_RETURN_NOT_OK(CheckPath(folder));
    return std::make_shared<MemoryStore>(JoinPath(name_, folder), objects_,
                                         JoinPath(prefix_, folder));
  }

 private:
  Result<Object> Find(std::string_view path) {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    std::lock_guard lock(objects_->mutex);
    const auto at = objects_->by_path.find(JoinPath(prefix_, path));
    if (at == objects_->by_path.end()) {
      return Error(ErrorCode::ObjectNotFound, "no object ", name_, "/", path);
    }
    return at->second;
  }

  std::string name_;
  std::shared_ptr<Objects> objects_;
  std::string prefix_;
};

Result<std::shared_ptr<ObjectStore>> OpenMemory(std::string_view /*scheme*/,
                                                std::string_view location, const StorageOptions&) {
  // Stores of one name meet here; it lives as long as the process, as a disk would.
  static std::mutex mutex;
  static auto* const stores = new std::map<std::string, std::shared_ptr<Objects>, std::less<>>();
  const size_t slash = location.find('/');
  const std::string name(location.substr(0, slash));
  std::shared_ptr<Objects> objects;
  {
    std::lock_guard lock(mutex);
    auto& found = (*stores)[name];
    if (found == nullptr) found = std::make_shared<Objects>();
    objects = found;
  }
  std::shared_ptr<ObjectStore> root =
      std::make_shared<MemoryStore>("memory://" + name, objects, "");
  if (slash == std::string_view::npos || slash + 1 == location.size()) return root;
  return root->SubStore(location.substr(slash + 1));
}

constexpr std::string_view kSchemes[] = {"memory"};

}  // namespace

extern const StoreKind kStore;
constinit const StoreKind kStore{"memory", kSchemes, OpenMemory};

}  // namespace lance::io::memory
