#include "lance/encoding/codec/general/compression.h"

#include <lz4.h>
#include <zstd.h>

#include <limits>
#include <memory>

namespace lance::encoding::general {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* ThreadCompressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* ThreadDecompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context.get();
}

Status NoContext() { return Error(ErrorCode::OutOfMemory, "cannot make a ZSTD context"); }

}  // namespace

uint64_t CompressedBound(Scheme scheme, uint64_t size) {
  if (scheme == Scheme::kZstd) return ZSTD_compressBound(size);
  return static_cast<uint64_t>(LZ4_compressBound(static_cast<int>(size)));
}

Result<uint64_t> CompressBytes(Scheme scheme, int level, Bytes raw, uint8_t* to) {
  LANCE_REQUIRE(raw.size() <= LZ4_MAX_INPUT_SIZE, "a buffer of ", raw.size(),
                " bytes is too large to compress");
  const uint64_t bound = CompressedBound(scheme, raw.size());
  if (scheme == Scheme::kLz4) {
    const int size =
        LZ4_compress_default(reinterpret_cast<const char*>(raw.data()), reinterpret_cast<char*>(to),
                             static_cast<int>(raw.size()), static_cast<int>(bound));
    LANCE_REQUIRE(size > 0, "LZ4 cannot compress ", raw.size(), " bytes");
    return static_cast<uint64_t>(size);
  }
  ZSTD_CCtx* const context = ThreadCompressor();
  if (context == nullptr) return NoContext();
  const size_t size = ZSTD_compressCCtx(context, to, bound, raw.data(), raw.size(), level);
  LANCE_REQUIRE(ZSTD_isError(size) == 0, "ZSTD cannot compress ", raw.size(),
                " bytes: ", ZSTD_getErrorName(size));
  return size;
}

bool DecompressBytes(Scheme scheme, Bytes from, uint8_t* to, uint64_t size) {
  if (scheme == Scheme::kLz4) {
    constexpr uint64_t kMost = std::numeric_limits<int>::max();
    if (from.size() > kMost || size > kMost) return false;
    const int done =
        LZ4_decompress_safe(reinterpret_cast<const char*>(from.data()), reinterpret_cast<char*>(to),
                            static_cast<int>(from.size()), static_cast<int>(size));
    return done >= 0 && static_cast<uint64_t>(done) == size;
  }
  ZSTD_DCtx* const context = ThreadDecompressor();
  if (context == nullptr) return false;
  return ZSTD_decompressDCtx(context, to, size, from.data(), from.size()) == size;
}

ZstdStream::ZstdStream(Bytes frame) : frame_(frame) {
  if (ZSTD_DCtx* const context = ThreadDecompressor()) {
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  }
}

Result<uint64_t> ZstdStream::Read(uint8_t* to, uint64_t room) {
  ZSTD_DCtx* const context = ThreadDecompressor();
  if (context == nullptr) return NoContext();
  ZSTD_inBuffer in{frame_.data(), frame_.size(), consumed_};
  ZSTD_outBuffer out{to, room, 0};
  const size_t left = ZSTD_decompressStream(context, &out, &in);
  LANCE_CHECK_BYTES(ZSTD_isError(left) == 0, "malformed ZSTD frame of ", frame_.size(), " bytes");
  const bool moved = in.pos > consumed_ || out.pos > 0;
  consumed_ = in.pos;
  is_finished_ = left == 0;
  LANCE_CHECK_BYTES(is_finished_ || moved || room == 0, "ZSTD frame of ", frame_.size(),
                    " bytes ends early");
  return out.pos;
}

}  // namespace lance::encoding::general
