// Splitting words into one stream per byte and joining them again.
//
// Source: Lance file format 2.1, ByteStreamSplit. Thread-safety: pure.
#pragma once

#include <cstdint>

namespace lance::encoding::kernel {

/// Join `width` (4 or 8) streams of `count` bytes that lie back to back into `count` words.
void JoinByteStreams(const uint8_t* streams, int width, int64_t count, uint8_t* words);
/// Split `count` words into `width` streams.
void SplitByteStreams(const uint8_t* words, int width, int64_t count, uint8_t* streams);

}  // namespace lance::encoding::kernel
