#include "lance/io/local/file_reads.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "lance/io/local/ring.h"

namespace lance::io::local {
namespace {

constexpr uint64_t kLargestRead = 1 << 30;  // the kernel takes at most 2 GiB a call

// Read what the page cache holds of `read`; return the number of bytes. Nothing: the file system
// cannot tell.
std::optional<uint64_t> ReadCached([[maybe_unused]] int descriptor,
                                   [[maybe_unused]] const PlacedRead& read) {
#if defined(RWF_NOWAIT)
  iovec memory{read.into, std::min(read.range.length, kLargestRead)};
  const ssize_t got =
      ::preadv2(descriptor, &memory, 1, static_cast<off_t>(read.range.offset), RWF_NOWAIT);
  if (got < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)) return std::nullopt;
  return got > 0 ? static_cast<uint64_t>(got) : 0;
#else
  return std::nullopt;
#endif
}

PlacedRead Rest(const PlacedRead& read, uint64_t done) {
  return {{read.range.offset + done, read.range.length - done}, read.into + done};
}

Status ReadWithHints(int descriptor, std::span<const PlacedRead> reads, const std::string& path) {
  if (reads.size() > 1) {
    for (const PlacedRead& read : reads) HintRead(descriptor, read.range);
  }
  for (const PlacedRead& read : reads) ARROW_RETURN_NOT_OK(ReadFully(descriptor, read, path));
  return Status::OK();
}

Status ReadThroughRing(Ring* ring, int descriptor, std::span<const PlacedRead> reads,
                       const std::string& path) {
  std::vector<int64_t> results(reads.size());
  ring->Read(descriptor, reads, results);
  for (size_t i = 0; i < reads.size(); ++i) {
    // Short reads go on, and errors come again, with a plain read.
    const auto done = static_cast<uint64_t>(std::max<int64_t>(results[i], 0));
    if (done == reads[i].range.length) continue;
    ARROW_RETURN_NOT_OK(ReadFully(descriptor, Rest(reads[i], done), path));
  }
  return Status::OK();
}

}  // namespace

Status SystemError(int error, std::string_view what, std::string_view path) {
  const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::ObjectNotFound
                         : error == EEXIST                   ? ErrorCode::ObjectAlreadyExists
                         : error == EACCES || error == EPERM || error == EROFS
                             ? ErrorCode::PermissionDenied
                             : ErrorCode::Io;
  return Error(code, what, " ", path, ": ", std::strerror(error));
}

void HintRead([[maybe_unused]] int descriptor, [[maybe_unused]] ByteRange range) {
#if defined(POSIX_FADV_WILLNEED)
  (void)::posix_fadvise(descriptor, static_cast<off_t>(range.offset),
                        static_cast<off_t>(range.length), POSIX_FADV_WILLNEED);
#endif
}

Status ReadFully(int descriptor, PlacedRead read, const std::string& path) {
  while (read.range.length > 0) {
    const ssize_t got = ::pread(descriptor, read.into, std::min(read.range.length, kLargestRead),
                                static_cast<off_t>(read.range.offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return SystemError(errno, "cannot read", path);
    }
    LANCE_CHECK_BYTES(got > 0, path, ": the file ends at offset ", read.range.offset, ", ",
                      read.range.length, " more bytes were expected: it was cut while being read");
    read = Rest(read, static_cast<uint64_t>(got));
  }
  return Status::OK();
}

Status ReadPieces(int descriptor, std::span<const PlacedRead> reads, ReadMethod method,
                  const std::string& path, bool* waited) {
  if (method == ReadMethod::kPread) return ReadWithHints(descriptor, reads, path);
  std::vector<PlacedRead> missing;
  if (method == ReadMethod::kAuto) {
    for (size_t i = 0; i < reads.size(); ++i) {
      const std::optional<uint64_t> done = ReadCached(descriptor, reads[i]);
      if (!done.has_value()) {
        ARROW_RETURN_NOT_OK(ReadWithHints(descriptor, reads.subspan(i), path));
        break;
      }
      if (*done < reads[i].range.length) missing.push_back(Rest(reads[i], *done));
    }
    if (missing.empty()) return Status::OK();
    *waited = true;
    if (missing.size() == 1) return ReadFully(descriptor, missing[0], path);
    reads = missing;
  }
  Ring* const ring = Ring::OfThread();
  if (ring == nullptr) return ReadWithHints(descriptor, reads, path);
  return ReadThroughRing(ring, descriptor, reads, path);
}

}  // namespace lance::io::local
