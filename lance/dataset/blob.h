// Single blobs of a table, opened without reading them.
//
// Thread-safety: a blob may be shared; every read is a request of its own. Ownership: a blob keeps
// the object open that holds its bytes, and outlives the dataset.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/dataset/dataset.h"

namespace lance {

/// The bytes of one blob, read on demand.
class Blob {
 public:
  virtual ~Blob() = default;
  virtual uint64_t size_bytes() const = 0;
  /// Read part of the blob. InvalidInput when the range leaves it.
  virtual Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) = 0;
  /// Read several parts, in the given order; neighbours are fetched together.
  virtual Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadRanges(
      const std::vector<ByteRange>& ranges) = 0;
  /// Read all of it.
  virtual Result<std::shared_ptr<arrow::Buffer>> ReadAll() = 0;
};

/// Open the blobs of column `column` at `rows` (positions among the live rows, in the given order);
/// null where the value is null. Reads where the bytes lie, not the bytes themselves. To read many
/// small blobs as a whole, `Dataset::Take` with `file::BlobHandling::kBytes` needs fewer requests.
/// ColumnNotFound lists the columns; InvalidInput when the column is no blob column, or for a row
/// behind the end.
Result<std::vector<std::shared_ptr<Blob>>> OpenBlobs(const Dataset& dataset,
                                                     const std::string& column,
                                                     const std::vector<RowOffset>& rows);

}  // namespace lance
