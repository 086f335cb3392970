#include "fuzz/read_all.h"

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <span>
#include <utility>

#include "lance/file/reader.h"
#include "lance/io/object_store.h"

namespace lance::fuzz {
namespace {

constexpr int kMostBatches = 16;
constexpr int64_t kMostBytes = 512 << 20;

Status ScanSome(file::FileReader& reader, const std::vector<file::ColumnRequest>& columns,
                const file::ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto scan, reader.Scan(columns, {{0, reader.num_rows()}}, options));
  for (int i = 0; i < kMostBatches; ++i) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(scan->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
  }
  return Status::OK();
}

}  // namespace

Status ReadDataFile(Bytes file) {
  // Values may be far larger than what they were made from; the pool refuses what is absurd.
  arrow::ProxyMemoryPool own(arrow::default_memory_pool());
  arrow::CappedMemoryPool pool(&own, kMostBytes);
  file::ReadOptions options;
  options.pool = &pool;
  options.batch_num_rows = 1000;
  options.batch_max_bytes = 8 << 20;
  ARROW_ASSIGN_OR_RAISE(auto store, io::OpenStore("memory://fuzz"));
  ARROW_RETURN_NOT_OK(store->Put("file.lance", file));
  ARROW_ASSIGN_OR_RAISE(auto object, store->Open("file.lance"));
  ARROW_ASSIGN_OR_RAISE(auto reader, file::FileReader::Open(std::move(object)));
  for (int32_t column = 0; column < reader->num_columns(); ++column) {
    (void)reader->DescribeColumn(column);
  }
  ARROW_ASSIGN_OR_RAISE(auto columns, reader->OwnColumns());
  if (reader->num_rows() == 0) return Status::OK();
  const uint64_t rows[] = {0, reader->num_rows() - 1};
  (void)reader->Take(columns, std::span(rows).subspan(reader->num_rows() > 1 ? 0 : 1), options);
  return ScanSome(*reader, columns, options);
}

}  // namespace lance::fuzz
