// Storage of whole objects by path: what local disks, memory and cloud stores have in common.
//
// A path is relative to the store's root, uses '/' and has no leading slash, no empty segment, no
// "." and no "..". Objects are immutable once written, so any range of a reader may be cached.
// Thread-safety: stores and readers may be shared; a writer belongs to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::io {

using TimePoint = std::chrono::system_clock::time_point;

struct ObjectInfo {
  std::string path;
  uint64_t size_bytes = 0;
  TimePoint modified;
};

/// What lies directly below a folder.
struct Listing {
  std::vector<ObjectInfo> objects;   // sorted by path
  std::vector<std::string> folders;  // full paths without trailing slash, sorted
};

/// An object opened for reading.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;

  /// Path as the user would name it (URI or file path), for messages.
  virtual const std::string& name() const = 0;
  virtual uint64_t size_bytes() const = 0;

  /// Read one range; Corruption when it runs past the end of the object.
  virtual Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) = 0;

  /// Read ranges in any order, neighbours coalesced into one request when the gap is small; the
  /// i-th result is the i-th range. Buffers of one request share memory.
  /// \param pool  where their memory comes from; null = the recycling pool
  /// The default reads one range after the other, from whatever memory `Read` takes.
  virtual Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadRanges(
      std::span<const ByteRange> ranges, arrow::MemoryPool* pool = nullptr);

  /// True when the last reads waited for storage, so that hints pay off.
  virtual bool has_waited() const { return false; }
  /// Hint that `ranges` will be read soon. Never waits; a store may ignore it.
  virtual void WillRead(std::span<const ByteRange> /*ranges*/) {}
};

/// An object being written. Nothing is visible under its path before `Finish`.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;  // an unfinished writer aborts
  virtual Status Write(Bytes bytes) = 0;
  virtual uint64_t position() const = 0;
  /// Make the object durable and visible: data and name survive a power cut.
  virtual Status Finish() = 0;
  /// Throw the bytes away.
  virtual Status Abort() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Root as a URI or path, for messages.
  virtual const std::string& name() const = 0;

  /// Open an object; ObjectNotFound when there is none. A known size saves a request.
  virtual Result<std::shared_ptr<ObjectReader>> Open(
      std::string_view path, std::optional<uint64_t> known_size_bytes = std::nullopt) = 0;
  virtual Result<ObjectInfo> Head(std::string_view path) = 0;
  /// Read a whole object of at most `limit_bytes`.
  virtual Result<std::shared_ptr<arrow::Buffer>> Get(std::string_view path,
                                                     uint64_t limit_bytes = 1ULL << 32) = 0;

  virtual Result<std::unique_ptr<ObjectWriter>> Create(std::string_view path) = 0;
  /// Write an object, replacing what is there, durable on return.
  virtual Status Put(std::string_view path, Bytes bytes) = 0;
  /// Write an object if the path is free, else ObjectAlreadyExists. Atomic against other processes
  /// and durable on return: after a crash the object is there as a whole or not at all.
  virtual Status PutIfAbsent(std::string_view path, Bytes bytes) = 0;

  /// List what lies directly below `folder` ("" = root). A missing folder is empty.
  virtual Result<Listing> List(std::string_view folder) = 0;
  /// List all objects below `folder`, at any depth, sorted by path.
  virtual Result<std::vector<ObjectInfo>> ListRecursive(std::string_view folder) = 0;

  /// Delete an object; a missing one is fine.
  virtual Status Delete(std::string_view path) = 0;
  /// Delete everything below `folder` and, where folders exist, the folder.
  virtual Status DeleteFolder(std::string_view folder) = 0;

  /// True when `List` returns names in order cheaply enough to find the newest manifest first.
  virtual bool lists_in_order() const { return false; }

  /// Return a store whose root is `folder` of this one.
  virtual Result<std::shared_ptr<ObjectStore>> SubStore(std::string_view folder) = 0;
};

/// Options of a store: keys as users of the official stack write them.
using StorageOptions = std::map<std::string, std::string>;

/// Open the store rooted at `uri`: "/path", "relative/path", "file:///path", "memory://name".
/// Nothing is created. Unsupported names the schemes this build knows. For local files the option
/// `local_reads` says how they are read: auto (the default), pread or io_uring.
Result<std::shared_ptr<ObjectStore>> OpenStore(std::string_view uri,
                                               const StorageOptions& options = {});

/// Split a URI into parent and last segment: "/a/b.lance" -> {"/a", "b.lance"}.
struct SplitUri {
  std::string parent;
  std::string name;
};
Result<SplitUri> SplitLastSegment(std::string_view uri);

}  // namespace lance::io
