// LZ4 blocks and ZSTD frames, one call each. Private to the codec.
//
// Each thread keeps its contexts: a fresh one costs as much as a small chunk.
// Source: libzstd and liblz4. Thread-safety: pure, from the caller's view.
#pragma once

#include <cstdint>

#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::encoding::general {

enum class Scheme : uint32_t { kLz4 = 1, kZstd = 2 };

/// Bytes that `size` bytes may grow to when they are compressed.
uint64_t CompressedBound(Scheme scheme, uint64_t size);

/// Compress `raw`, of less than 2 GiB, to `to`, which has room for the bound; return the size.
/// \param level  of ZSTD; LZ4 has none
Result<uint64_t> CompressBytes(Scheme scheme, int level, Bytes raw, uint8_t* to);

/// Decompress into exactly `size` bytes; false when `from` holds something else.
bool DecompressBytes(Scheme scheme, Bytes from, uint8_t* to, uint64_t size);

/// Decompresses a ZSTD frame of unknown size piece by piece.
class ZstdStream {
 public:
  explicit ZstdStream(Bytes frame);
  /// Fill up to `room` bytes; return their number. Corruption when the frame is malformed.
  Result<uint64_t> Read(uint8_t* to, uint64_t room);
  bool is_finished() const { return is_finished_; }

 private:
  Bytes frame_;
  uint64_t consumed_ = 0;
  bool is_finished_ = false;
};

}  // namespace lance::encoding::general
