// General compression (LZ4 or ZSTD) around what another codec has made.
#pragma once

#include <optional>

#include "lance/encoding/codec.h"

namespace lance::encoding::page_write {

enum class Scheme : uint32_t { kLz4 = 1, kZstd = 2 };

/// Scheme by its name in field metadata; nullopt for others.
std::optional<Scheme> SchemeOf(std::string_view name);

/// Compress the first buffer of each chunk; `values` come back as they were when that does not make
/// the page smaller. ZSTD takes `level` when there is one.
Result<MiniBlockValues> CompressChunks(MiniBlockValues values, Scheme scheme,
                                       const EncodeOptions& options);
/// Compress a whole block, if it gets smaller.
Result<BlockValues> CompressBlock(BlockValues block, Scheme scheme, const EncodeOptions& options);
/// Compress each value of variable width by itself.
Result<PerValueValues> CompressValues(PerValueValues values, Scheme scheme,
                                      const EncodeOptions& options);

}  // namespace lance::encoding::page_write
