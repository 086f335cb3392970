// Writes data files of versions 2.1 and 2.2.
//
// Streaming: rows wait per column until a page is full (8 MiB of Arrow memory by default), pages
// are encoded on the executor and written in the order of the rows at which they end. The same rows
// give the same bytes, whatever the number of threads and however they were batched. Memory: at
// most `buffer_bytes` (64 KiB per column where that is more) and a row of Arrow memory wait; at
// most `max_bytes_in_flight`, or one page, are in the works, and a page takes up to three times its
// rows while it is encoded. `Write` returns when there is room. Thread-safety: one thread at a
// time. Nothing is visible before `Finish`.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/executor.h"
#include "lance/encoding/codec.h"
#include "lance/file/goal.h"
#include "lance/file/schema.h"
#include "lance/io/object_store.h"

namespace lance::file {

struct WriteOptions {
  encoding::FormatVersion version = encoding::kVersion22;
  uint64_t page_bytes = 8 << 20;
  Goal goal = Goal::kBalanced;
  /// Arrow memory of all rows that wait for their pages to be full; pages end early beyond it.
  uint64_t buffer_bytes = 32 << 20;
  /// Arrow memory of the pages that are being encoded or written; 0 = 12 MiB per thread.
  uint64_t max_bytes_in_flight = 0;
  bool zone_statistics = true;         // see statistics.h
  std::shared_ptr<Executor> executor;  // null = Executor::Default()
  arrow::MemoryPool* pool = nullptr;
};

/// Where the leaves of the schema went.
struct WrittenFile {
  uint64_t num_rows = 0;
  uint64_t size_bytes = 0;
  std::vector<int32_t> field_ids;       // leaf columns in file order, ids of the given schema
  std::vector<int32_t> column_indices;  // file column of each
};

class FileWriter {
 public:
  virtual ~FileWriter() = default;  // an unfinished writer aborts

  /// Begin a file for rows of `schema`. Blob columns come as descriptors (see `DescribeBlobs`) of
  /// bytes that the caller writes with `WriteBytes` or elsewhere.
  static Result<std::unique_ptr<FileWriter>> Open(std::unique_ptr<io::ObjectWriter> object,
                                                  Schema schema, WriteOptions options);

  /// Write bytes that belong to no page, such as those of a blob, at the next multiple of 64 bytes;
  /// returns where.
  virtual Result<uint64_t> WriteBytes(Bytes bytes) = 0;

  /// Add rows. The batch's columns must be the schema's, in order; SchemaMismatch names the column.
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  virtual uint64_t num_rows() const = 0;
  /// Bytes written plus a generous estimate of what is in the works or waits.
  virtual uint64_t estimated_size_bytes() const = 0;
  /// Write the pages in the works; returns the bytes written and the Arrow memory of the rows that
  /// wait, which depend on the rows alone.
  virtual Result<uint64_t> Settle() = 0;
  virtual Result<WrittenFile> Finish() = 0;
  virtual Status Abort() = 0;
};

}  // namespace lance::file
