// Reads of many pieces of one open file.
//
// What is in the page cache is copied in the calling thread, which nothing beats. What is not is
// asked for at once, so that the disk sees many requests: through io_uring where the kernel lets
// us, else with hints before plain reads. Source: docs/decisions/0013-io-uring.md.
// Thread-safety: pure; every thread has a ring of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lance/base/error.h"
#include "lance/io/ranges.h"

namespace lance::io::local {

enum class ReadMethod : uint8_t {
  kAuto,     // the cache first, then the ring, then hints and plain reads
  kPread,    // plain reads, with hints when there are several
  kIoUring,  // the ring for everything; plain reads where there is none
};

/// Read all of `range` into `into`; Corruption when the file ends before.
Status ReadFully(int descriptor, PlacedRead read, const std::string& path);

/// Fill all of `reads`. On return, also with an error, nobody writes to their memory any more.
/// \param waited  set when something was not in the page cache, as far as that is known
Status ReadPieces(int descriptor, std::span<const PlacedRead> reads, ReadMethod method,
                  const std::string& path, bool* waited);

/// Tell the kernel that `range` will be read soon.
void HintRead(int descriptor, ByteRange range);

/// An error of the system about a file, with the kind that fits.
Status SystemError(int error, std::string_view what, std::string_view path);

}  // namespace lance::io::local
