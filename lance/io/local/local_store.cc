// Objects as files below a folder of a POSIX file system.
//
// A write goes to `.tmp_<random>` beside its target, is fsynced, published under its name (rename,
// or link when the name must be free) and the folder is fsynced: after a power cut the object is
// there as a whole or not at all. Names that start with `.tmp` are never listed.
#include <arrow/buffer.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lance/base/memory.h"
#include "lance/io/local/file_reads.h"
#include "lance/io/object_store.h"
#include "lance/io/path.h"
#include "lance/io/ranges.h"
#include "lance/io/store_registry.h"

namespace lance::io::local {
namespace {

constexpr size_t kWriteBufferBytes = 1 << 20;
constexpr uint64_t kWriteBackBytes = 8 << 20;
constexpr uint64_t kLargestWrite = 1 << 30;  // the kernel takes at most 2 GiB a call
constexpr std::string_view kTemporaryPrefix = ".tmp";

class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  void Close() { File closing(std::move(*this)); }

 private:
  int descriptor_ = -1;
};

Result<File> OpenFile(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return SystemError(errno, "cannot open", path);
  return File(descriptor);
}

Status SyncFolder(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(File folder, OpenFile(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(folder.get()) != 0) return SystemError(errno, "cannot sync folder", path);
  return Status::OK();
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Make `path` and its parents; folders that are new are durable on return.
Status MakeFolders(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    return S_ISDIR(info.st_mode) ? Status::OK() : SystemError(ENOTDIR, "not a folder:", path);
  }
  const std::string parent = ParentOf(path);
  if (parent != path) ARROW_RETURN_NOT_OK(MakeFolders(parent));
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return SystemError(errno, "cannot make folder", path);
  }
  return SyncFolder(parent);
}

std::string TemporaryName() {
  static std::atomic<uint64_t> counter{0};
  thread_local std::mt19937_64 random{std::random_device{}()};
  return internal::Concat(kTemporaryPrefix, "_", ::getpid(), "_", std::hex, random(), "_",
                          counter++);
}

Status WriteAll(int descriptor, Bytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::write(descriptor, bytes.data(), std::min<size_t>(bytes.size(), kLargestWrite));
    if (written < 0) {
      if (errno == EINTR) continue;
      return SystemError(errno, "cannot write", path);
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return Status::OK();
}

class LocalReader final : public ObjectReader {
 public:
  LocalReader(File file, std::string path, uint64_t size_bytes, ReadMethod method)
      : file_(std::move(file)), path_(std::move(path)), size_bytes_(size_bytes), method_(method) {}

  const std::string& name() const override { return path_; }
  uint64_t size_bytes() const override { return size_bytes_; }

  Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) override {
    ARROW_RETURN_NOT_OK(CheckRange(path_, range, size_bytes_));
    ARROW_ASSIGN_OR_RAISE(
        std::shared_ptr<arrow::Buffer> buffer,
        arrow::AllocateBuffer(static_cast<int64_t>(range.length), RecyclingPool()));
    ARROW_RETURN_NOT_OK(ReadFully(file_.get(), PlacedRead{range, buffer->mutable_data()}, path_));
    return buffer;
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadRanges(std::span<const ByteRange> ranges,
                                                                 arrow::MemoryPool* pool) override {
    for (const ByteRange& range : ranges) {
      ARROW_RETURN_NOT_OK(CheckRange(path_, range, size_bytes_));
    }
    return ReadCoalesced(ranges, {}, pool, [this](std::span<const PlacedRead> reads) {
      bool waited = false;
      const Status status = ReadPieces(file_.get(), reads, method_, path_, &waited);
      if (waited != has_waited_.load(std::memory_order_relaxed)) has_waited_ = waited;
      return status;
    });
  }

  bool has_waited() const override { return has_waited_.load(std::memory_order_relaxed); }

  void WillRead(std::span<const ByteRange> ranges) override {
    for (const ByteRange& range : ranges) {
      if (RangeFits(range.offset, range.length, size_bytes_)) HintRead(file_.get(), range);
    }
  }

 private:
  File file_;
  std::string path_;
  uint64_t size_bytes_;
  ReadMethod method_;
  std::atomic<bool> has_waited_{false};
};

class LocalWriter final : public ObjectWriter {
 public:
  static Result<std::unique_ptr<ObjectWriter>> Make(std::string path) {
    const std::string folder = ParentOf(path);
    ARROW_RETURN_NOT_OK(MakeFolders(folder));
    std::string temporary = JoinPath(folder, TemporaryName());
    ARROW_ASSIGN_OR_RAISE(File file, OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL));
    return std::unique_ptr<ObjectWriter>(
        new LocalWriter(std::move(file), std::move(path), std::move(temporary)));
  }

  ~LocalWriter() override {
    if (file_.is_open()) (void)Abort();
  }

  Status Write(Bytes bytes) override {
    position_ += bytes.size();
    if (buffer_.size() + bytes.size() <= kWriteBufferBytes) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(Flush());
    if (bytes.size() < kWriteBufferBytes / 2) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(WriteAll(file_.get(), bytes, temporary_));
    return StartWriteBack(position_);
  }

  uint64_t position() const override { return position_; }

  Status Finish() override {
    Status status = Publish();
    if (!status.ok()) (void)Abort();
    return status;
  }

  Status Abort() override {
    if (!file_.is_open()) return Status::OK();
    file_.Close();
    if (::unlink(temporary_.c_str()) != 0 && errno != ENOENT) {
      return SystemError(errno, "cannot delete", temporary_);
    }
    return Status::OK();
  }

 private:
  LocalWriter(File file, std::string path, std::string temporary)
      : file_(std::move(file)), path_(std::move(path)), temporary_(std::move(temporary)) {}

  Status Flush() {
    ARROW_RETURN_NOT_OK(WriteAll(file_.get(), buffer_, temporary_));
    buffer_.clear();
    return StartWriteBack(position_);
  }

  // Lets the disk work while we encode, so that the fsync at the end finds little to do.
  Status StartWriteBack(uint64_t end) {
#if defined(__linux__)
    if (end - written_back_ >= kWriteBackBytes) {
      (void)::sync_file_range(file_.get(), static_cast<off64_t>(written_back_),
                              static_cast<off64_t>(end - written_back_), SYNC_FILE_RANGE_WRITE);
      written_back_ = end;
    }
#endif
    return Status::OK();
  }

  Status Publish() {
    ARROW_RETURN_NOT_OK(Flush());
    if (::fsync(file_.get()) != 0) return SystemError(errno, "cannot sync", temporary_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return SystemError(errno, "cannot publish", path_);
    }
    file_.Close();
    return SyncFolder(ParentOf(path_));
  }

  File file_;
  std::string path_;
  std::string temporary_;
  std::vector<uint8_t> buffer_;
  uint64_t position_ = 0;
  uint64_t written_back_ = 0;
};

TimePoint ModifiedOf(const struct stat& info) {
  return TimePoint(std::chrono::duration_cast<TimePoint::duration>(
      std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec)));
}

// Deletes a tree without following symbolic links.
Status DeleteTree(int parent, const std::string& name, const std::string& path) {
  const int descriptor =
      ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return Status::OK();
    if (errno == ENOTDIR || errno == ELOOP) {
      if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return Status::OK();
    }
    return SystemError(errno, "cannot delete", path);
  }
  DIR* folder = ::fdopendir(descriptor);
  if (folder == nullptr) {
    ::close(descriptor);
    return SystemError(ENOMEM, "cannot list", path);
  }
  Status status;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string child = entry->d_name;
    if (child == "." || child == "..") continue;
    if (::unlinkat(descriptor, child.c_str(), 0) == 0) continue;
    status = DeleteTree(descriptor, child, JoinPath(path, child));
    if (!status.ok()) break;
  }
  ::closedir(folder);
  ARROW_RETURN_NOT_OK(status);
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return SystemError(errno, "cannot delete folder", path);
  }
  return Status::OK();
}

class LocalStore final : public ObjectStore {
 public:
  LocalStore(std::string root, ReadMethod method) : root_(std::move(root)), method_(method) {}

  const std::string& name() const override { return root_; }

  Result<std::shared_ptr<ObjectReader>> Open(std::string_view path,
                                             std::optional<uint64_t> /*known_size*/) override {
    ARROW_ASSIGN_OR_RAISE(const std::string full, FullPath(path));
    ARROW_ASSIGN_OR_RAISE(File file, OpenFile(full, O_RDONLY));
    struct stat info;
    if (::fstat(file.get(), &info) != 0) return SystemError(errno, "cannot stat", full);
    if (!S_ISREG(info.st_mode)) return Error(ErrorCode::ObjectNotFound, full, " is not a file");
    return std::make_shared<LocalReader>(std::move(file), full, static_cast<uint64_t>(info.st_size),
                                         method_);
  }

  Result<ObjectInfo> Head(std::string_view path) override {
    ARROW_ASSIGN_OR_RAISE(const std::string full, FullPath(path));
    struct stat info;
    if (::stat(full.c_str(), &info) != 0) return SystemError(errno, "cannot find", full);
    if (!S_ISREG(info.st_mode)) return Error(ErrorCode::ObjectNotFound, full, " is not a file");
    return ObjectInfo{std::string(path), static_cast<uint64_t>(info.st_size), ModifiedOf(info)};
  }

  Result<std::shared_ptr<arrow::Buffer>> Get(std::string_view path, uint64_t limit_bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto reader, Open(path, std::nullopt));
    LANCE_CHECK_BYTES(reader->size_bytes() <= limit_bytes, reader->name(), " has ",
                      reader->size_bytes(), " bytes, more than the limit of ", limit_bytes);
    return reader->Read({0, reader->size_bytes()});
  }

  Result<std::unique_ptr<ObjectWriter>> Create(std::string_view path) override {
    ARROW_ASSIGN_OR_RAISE(std::string full, FullPath(path));
    return LocalWriter::Make(std::move(full));
  }

  Status Put(std::string_view path, Bytes bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto writer, Create(path));
    ARROW_RETURN_NOT_OK(writer->Write(bytes));
    return writer->Finish();
  }

  Status PutIfAbsent(std::string_view path, Bytes bytes) override {
    ARROW_ASSIGN_OR_RAISE(const std::string full, FullPath(path));
    const std::string folder = ParentOf(full);
    ARROW_RETURN_NOT_OK(MakeFolders(folder));
    const std::string temporary = JoinPath(folder, TemporaryName());
    Status status = LinkInto(temporary, full, bytes);
    ::unlink(temporary.c_str());
    ARROW_RETURN_NOT_OK(status);
    return SyncFolder(folder);
  }

  Result<Listing> List(std::string_view folder) override {
    Listing out;
    ARROW_RETURN_NOT_OK(ListInto(folder, &out));
    const auto by_path = [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; };
    std::sort(out.objects.begin(), out.objects.end(), by_path);
    std::sort(out.folders.begin(), out.folders.end());
    return out;
  }

  Result<std::vector<ObjectInfo>> ListRecursive(std::string_view folder) override {
    std::vector<ObjectInfo> out;
    std::vector<std::string> todo{std::string(folder)};
    while (!todo.empty()) {
      const std::string next = std::move(todo.back());
      todo.pop_back();
      Listing listing;
      ARROW_RETURN_NOT_OK(ListInto(next, &listing));
      std::move(listing.objects.begin(), listing.objects.end(), std::back_inserter(out));
      std::move(listing.folders.begin(), listing.folders.end(), std::back_inserter(todo));
    }
    std::sort(out.begin(), out.end(),
              [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; });
    return out;
  }

  Status Delete(std::string_view path) override {
    ARROW_ASSIGN_OR_RAISE(const std::string full, FullPath(path));
    if (::unlink(full.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      return SystemError(errno, "cannot delete", full);
    }
    return Status::OK();
  }

  Status DeleteFolder(std::string_view folder) override {
    if (!folder.empty()) ARROW_RETURN_NOT_OK(CheckPath(folder));
    const std::string full = folder.empty() ? root_ : JoinPath(root_, folder);
    ARROW_RETURN_NOT_OK(DeleteTree(AT_FDCWD, full, full));
    const Status synced = SyncFolder(ParentOf(full));
    return IsError(synced, ErrorCode::ObjectNotFound) ? Status::OK() : synced;
  }

  Result<std::shared_ptr<ObjectStore>> SubStore(std::string_view folder) override {
    if (folder.empty()) return std::make_shared<LocalStore>(root_, method_);
    ARROW_ASSIGN_OR_RAISE(std::string full, FullPath(folder));
    return std::make_shared<LocalStore>(std::move(full), method_);
  }

 private:
  Result<std::string> FullPath(std::string_view path) const {
    ARROW_RETURN_NOT_OK(CheckPath(path));
    return root_ == "/" ? "/" + std::string(path) : JoinPath(root_, path);
  }

  static Status LinkInto(const std::string& temporary, const std::string& target, Bytes bytes) {
    ARROW_ASSIGN_OR_RAISE(File file, OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL));
    ARROW_RETURN_NOT_OK(WriteAll(file.get(), bytes, temporary));
    if (::fsync(file.get()) != 0) return SystemError(errno, "cannot sync", temporary);
    if (::link(temporary.c_str(), target.c_str()) == 0) return Status::OK();
    if (errno == EEXIST) return Error(ErrorCode::ObjectAlreadyExists, target, " already exists");
    const int link_error = errno;
#if defined(__linux__)
    // Some file systems have no hard links.
    if (link_error == EPERM || link_error == EOPNOTSUPP || link_error == ENOSYS) {
      if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) ==
          0) {
        return Status::OK();
      }
      if (errno == EEXIST) return Error(ErrorCode::ObjectAlreadyExists, target, " already exists");
    }
#endif
    return SystemError(link_error, "cannot publish", target);
  }

  Status ListInto(std::string_view folder, Listing* out) const {
    if (!folder.empty()) ARROW_RETURN_NOT_OK(CheckPath(folder));
    const std::string full = folder.empty() ? root_ : JoinPath(root_, folder);
    DIR* handle = ::opendir(full.c_str());
    if (handle == nullptr) {
      if (errno == ENOENT || errno == ENOTDIR) return Status::OK();
      return SystemError(errno, "cannot list", full);
    }
    while (const dirent* entry = ::readdir(handle)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == ".." || name.starts_with(kTemporaryPrefix)) continue;
      struct stat info;
      if (::fstatat(::dirfd(handle), entry->d_name, &info, 0) != 0) continue;  // gone meanwhile
      std::string path = JoinPath(folder, name);
      if (S_ISDIR(info.st_mode)) {
        out->folders.push_back(std::move(path));
      } else if (S_ISREG(info.st_mode)) {
        out->objects.push_back(
            {std::move(path), static_cast<uint64_t>(info.st_size), ModifiedOf(info)});
      }
    }
    ::closedir(handle);
    return Status::OK();
  }

  std::string root_;
  ReadMethod method_;
};

// How files are read: the option `local_reads` = auto, pread or io_uring.
Result<ReadMethod> MethodOf(const StorageOptions& options) {
  const auto found = options.find("local_reads");
  if (found == options.end() || found->second == "auto") return ReadMethod::kAuto;
  if (found->second == "pread") return ReadMethod::kPread;
  LANCE_REQUIRE(found->second == "io_uring", "the storage option local_reads is '", found->second,
                "', but must be auto, pread or io_uring");
  return ReadMethod::kIoUring;
}

Result<std::shared_ptr<ObjectStore>> OpenPath(std::string path, const StorageOptions& options) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  LANCE_REQUIRE(!path.empty(), "the path is empty");
  LANCE_REQUIRE(path.find('\0') == std::string::npos, "the path holds a zero byte");
  ARROW_ASSIGN_OR_RAISE(const ReadMethod method, MethodOf(options));
  return std::make_shared<LocalStore>(std::move(path), method);
}

// A plain path, or file:///path and file://localhost/path, where the path is percent-encoded.
Result<std::shared_ptr<ObjectStore>> OpenLocal(std::string_view scheme, std::string_view location,
                                               const StorageOptions& options) {
  if (scheme.empty()) return OpenPath(std::string(location), options);
  const size_t slash = location.find('/');
  const std::string_view host = location.substr(0, slash);
  LANCE_REQUIRE(slash != std::string_view::npos && (host.empty() || host == "localhost"), "file://",
                location, " names a host or a relative path: write file:///absolute/path");
  ARROW_ASSIGN_OR_RAISE(std::string path, DecodePercent(location.substr(slash)));
  return OpenPath(std::move(path), options);
}

constexpr std::string_view kSchemes[] = {"", "file"};

}  // namespace

extern const StoreKind kStore;
constinit const StoreKind kStore{"local", kSchemes, OpenLocal};

}  // namespace lance::io::local
