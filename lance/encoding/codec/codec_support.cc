#include "lance/encoding/codec/codec_support.h"

#include "arrow/memory_pool.h"

namespace lance::encoding::codec {

Status CheckChildren(const EncodingNode& node, size_t count) {
  LANCE_CHECK_BYTES(node.children.size() == count, "the encoding ", ToString(node), " has ",
                    node.children.size(), " children instead of ", count);
  return Status::OK();
}

Result<std::shared_ptr<arrow::ResizableBuffer>> AllocateBytes(uint64_t size,
                                                              arrow::MemoryPool* pool) {
  constexpr uint64_t kSlack = 64;
  LANCE_REQUIRE(size < (uint64_t{1} << 46), "cannot hold ", size, " bytes");
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<arrow::ResizableBuffer> fresh,
      arrow::AllocateResizableBuffer(static_cast<int64_t>(size + kSlack),
                                     pool != nullptr ? pool : arrow::default_memory_pool()));
  std::shared_ptr<arrow::ResizableBuffer> buffer = std::move(fresh);
  ARROW_RETURN_NOT_OK(buffer->Resize(static_cast<int64_t>(size), /*shrink_to_fit=*/false));
  return buffer;
}

Result<std::shared_ptr<arrow::Buffer>> CutBytes(std::shared_ptr<arrow::ResizableBuffer> buffer,
                                                uint64_t size) {
  ARROW_RETURN_NOT_OK(buffer->Resize(static_cast<int64_t>(size), /*shrink_to_fit=*/false));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<int64_t> PlainChunkValues(uint64_t bits_per_value) {
  const auto bytes = [bits_per_value](int64_t count) {
    return (static_cast<uint64_t>(count) * bits_per_value + 7) / 8;
  };
  // Bits are cut at whole bytes.
  int64_t count = bits_per_value % 8 == 0 ? 2 : 8;
  LANCE_REQUIRE(bits_per_value < 8 * kMaxChunkBytes && bytes(count) < kMaxChunkBytes, "values of ",
                bits_per_value, " bits are too wide for a chunk");
  while (2 * bytes(count) < kMaxChunkBytes && 2 * count <= kMaxChunkValues) count *= 2;
  return count;
}

}  // namespace lance::encoding::codec
