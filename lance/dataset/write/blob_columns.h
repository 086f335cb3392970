// Takes the bytes of blobs out of batches and writes them where they belong; what stays are
// descriptors, as `file::DescribeBlob` says.
//
//   blob v1  all bytes into the data file
//   blob v2  into the data file up to the inline threshold (64 KiB), else behind each other into
//            packed sidecars of up to 1 GiB, or above the dedicated threshold (4 MiB) into a
//            sidecar of its own; a reference to another object stays one
//
// Field metadata sets the thresholds: `lance-encoding:blob-inline-size-threshold`,
// `blob-dedicated-size-threshold`, `blob-pack-file-size-threshold`. Sidecars lie in
// `data/<name of the data file>/` and are durable before the data file is. Source: Lance format,
// blobs; choices of the official writer 14.0.2. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/file/column_view.h"
#include "lance/file/writer.h"
#include "lance/io/object_store.h"

namespace lance {

class BlobColumns {
 public:
  struct Options {
    bool allow_external = false;  // references to objects outside of the table
    arrow::MemoryPool* pool = nullptr;
  };
  /// Make what belongs to data file `data_file` (below `data/`) with columns `schema`; null when it
  /// has no blobs. InvalidInput for thresholds that are no numbers.
  static Result<std::unique_ptr<BlobColumns>> Make(const file::Schema& schema,
                                                   std::shared_ptr<io::ObjectStore> store,
                                                   std::string data_file, const Options& options);
  ~BlobColumns();  // aborts what was not finished

  /// Write the blobs of `batch`, into `file` or sidecars; the result is what `file` takes.
  /// InvalidInput names column and row of a blob v2 that has not exactly one of data and uri.
  Result<std::shared_ptr<arrow::RecordBatch>> Write(const arrow::RecordBatch& batch,
                                                    file::FileWriter* file);
  /// Make all sidecars durable.
  Status Finish();
  /// Delete all sidecars.
  Status Abort();

 private:
  struct Impl;
  explicit BlobColumns(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lance
