#include "lance/encoding/codec/codec_support.h"

#include <algorithm>

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

Result<int64_t> PlainChunkValues(uint64_t bits_per_value, uint64_t max_bytes) {
  const auto bytes = [bits_per_value](int64_t count) {
    return (static_cast<uint64_t>(count) * bits_per_value + 7) / 8;
  };
  // Bits are cut at whole bytes.
  int64_t count = bits_per_value % 8 == 0 ? 2 : 8;
  LANCE_REQUIRE(bits_per_value < 8 * max_bytes && bytes(count) < max_bytes, "values of ",
                bits_per_value, " bits are too wide for a chunk");
  while (bytes(2 * count) <= max_bytes && 2 * count <= kMaxChunkValues) count *= 2;
  return count;
}

void AddPlainChunks(const ValueView& values, int64_t step, MiniBlockValues* out) {
  for (int64_t done = 0; done < values.num_values; done += step) {
    const int64_t now = std::min(step, values.num_values - done);
    out->chunk_num_values.push_back(static_cast<uint32_t>(now));
    out->sizes.push_back(
        static_cast<uint32_t>((static_cast<uint64_t>(now) * values.type.bits + 7) / 8));
  }
}

}  // namespace lance::encoding::codec
