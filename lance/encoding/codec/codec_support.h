// What several codecs share: checks of the tree, memory, chunk sizes. Private to the codecs.
//
// Thread-safety: pure functions. Ownership: returned buffers are owned by the caller.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arrow/buffer.h"
#include "lance/encoding/codec.h"

namespace lance::encoding::codec {

/// Largest buffer that one compressed buffer may grow to.
inline constexpr uint64_t kMaxBufferBytes = uint64_t{1} << 30;
/// A chunk holds less than this many bytes of values when its codec can choose.
inline constexpr uint64_t kMaxChunkBytes = 8186;
inline constexpr int64_t kMaxChunkValues = 4096;

/// True for the integers that bit-packing and run lengths know.
inline bool IsIntegerWidth(uint64_t bits) {
  return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

/// Check that `values` is one buffer and return it.
inline Result<Bytes> OneBuffer(std::span<const Bytes> buffers) {
  LANCE_CHECK_BYTES(buffers.size() == 1, "a chunk has ", buffers.size(), " buffers instead of 1");
  return buffers[0];
}

/// Number of values in `ranges`.
inline int64_t CountValues(std::span<const RowRange> ranges) {
  uint64_t out = 0;
  for (const RowRange& range : ranges) out += range.size();
  return static_cast<int64_t>(out);
}

inline EncodingNode FlatNode(uint64_t bits) {
  EncodingNode node;
  node.tag = kFlat;
  node.bits = bits;
  return node;
}
inline EncodingNode VariableNode(uint64_t offset_bits) {
  EncodingNode node;
  node.tag = kVariable;
  node.children.push_back(FlatNode(offset_bits));
  return node;
}

/// Check the number of children of a node that came from a file.
Status CheckChildren(const EncodingNode& node, size_t count);

/// Memory that is not zeroed; `size` bytes with slack behind them.
Result<std::shared_ptr<arrow::ResizableBuffer>> AllocateBytes(uint64_t size,
                                                              arrow::MemoryPool* pool);
/// Cut `buffer` to `size` bytes without moving it.
Result<std::shared_ptr<arrow::Buffer>> CutBytes(std::shared_ptr<arrow::ResizableBuffer> buffer,
                                                uint64_t size);

/// Values per chunk of plain fixed values: doubled from 2 as long as a chunk of twice as many stays
/// below `max_bytes`. InvalidInput when two values do not fit.
Result<int64_t> PlainChunkValues(uint64_t bits_per_value, uint64_t max_bytes = kMaxChunkBytes);

/// Add chunks of `step` plain fixed values, the last one with what is left, to `out`.
void AddPlainChunks(const ValueView& values, int64_t step, MiniBlockValues* out);

/// The reader's half of a mini-block codec that only checks and forwards.
using MiniBlockOpened = Result<std::unique_ptr<MiniBlockDecoder>>;
using PerValueOpened = Result<std::unique_ptr<PerValueDecoder>>;
using BlockOpened = Result<std::unique_ptr<BlockDecoder>>;

}  // namespace lance::encoding::codec
