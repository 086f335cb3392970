// Reads deletion files.
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "lance/io/path.h"
#include "lance/table/commit.h"
#include "lance/table/deletions/deletion_bitmap.h"

namespace lance::table {
namespace {

constexpr uint64_t kMostDeletionFileBytes = 17ULL << 30;  // 2^32 offsets and some
constexpr int64_t kIpcOverheadBytes = 1 << 20;
constexpr uint64_t kMostRatio = 1024;  // of compressed offsets, which are all different

std::string DeletionPath(const Fragment& fragment) {
  const DeletionFile& file = *fragment.deletions;
  return internal::Concat("_deletions/", fragment.id, "-", file.read_version, "-", file.id,
                          file.type == DeletionFile::Type::kBitmap ? ".bin" : ".arrow");
}

// Offsets, unsorted, from an Arrow IPC file of one column. Arrow checks the structure, the pool
// bounds what a forged length of a compressed body can take.
Result<std::vector<uint32_t>> ReadDeletionArray(std::shared_ptr<arrow::Buffer> buffer,
                                                uint64_t limit) {
  // The proxy counts what this read takes alone, not what the whole process holds.
  arrow::ProxyMemoryPool own(arrow::default_memory_pool());
  const uint64_t most = std::min(limit * 8, static_cast<uint64_t>(buffer->size()) * kMostRatio);
  arrow::CappedMemoryPool pool(&own, static_cast<int64_t>(most) + kIpcOverheadBytes);
  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = &pool;
  options.use_threads = false;
  std::vector<uint32_t> out;
  arrow::io::BufferReader input(std::move(buffer));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(&input, options));
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->ReadRecordBatch(i));
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    LANCE_CHECK_BYTES(
        batch->num_columns() == 1 && batch->column(0)->type_id() == arrow::Type::UINT32 &&
            batch->column(0)->null_count() == 0,
        "the columns are ", batch->schema()->ToString(), ", expected one of type uint32, no nulls");
    LANCE_CHECK_BYTES(out.size() + static_cast<uint64_t>(batch->num_rows()) <= limit, "there are ",
                      out.size() + static_cast<uint64_t>(batch->num_rows()),
                      " offsets, expected at most ", limit);
    const auto& values = static_cast<const arrow::UInt32Array&>(*batch->column(0));
    out.insert(out.end(), values.raw_values(), values.raw_values() + values.length());
  }
  return out;
}

Result<std::vector<uint32_t>> ReadOffsets(std::shared_ptr<arrow::Buffer> buffer,
                                          const Fragment& fragment) {
  const uint64_t limit = fragment.physical_rows;
  const Bytes bytes(buffer->data(), static_cast<size_t>(buffer->size()));
  if (fragment.deletions->type == DeletionFile::Type::kBitmap) {
    return ReadDeletionBitmap(bytes, limit);
  }
  auto out = ReadDeletionArray(std::move(buffer), limit);
  if (!out.ok()) return Corruption(out.status().message());
  std::sort(out->begin(), out->end());
  out->erase(std::unique(out->begin(), out->end()), out->end());
  LANCE_CHECK_BYTES(out->empty() || out->back() < limit, "offset ", out->back(),
                    ", expected below ", limit);
  return out;
}

}  // namespace

Result<std::vector<uint32_t>> ReadDeletions(io::ObjectStore& root, const Fragment& fragment) {
  if (!fragment.deletions.has_value()) return std::vector<uint32_t>();
  const std::string path = DeletionPath(fragment);
  const std::string name = io::JoinPath(root.name(), path);
  auto buffer = root.Get(path, kMostDeletionFileBytes);
  if (!buffer.ok()) return WithContext(buffer.status(), "cannot read deletions " + name);
  auto out = ReadOffsets(std::move(*buffer), fragment);
  if (!out.ok()) return WithContext(out.status(), "deletions " + name);
  const uint64_t expected = fragment.deletions->num_deleted_rows;
  LANCE_CHECK_BYTES(expected == 0 || out->size() == expected, "deletions ", name, ": there are ",
                    out->size(), " distinct offsets, expected ", expected, " as the manifest says");
  return out;
}

}  // namespace lance::table
