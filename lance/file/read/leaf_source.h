// Brings the values of one leaf for batch after batch: asks for bytes ahead, then decodes.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lance/encoding/leaf_accumulator.h"
#include "lance/encoding/page_reader.h"
#include "lance/file/read/column.h"

namespace lance::file {

class LeafSource {
 public:
  explicit LeafSource(std::shared_ptr<Column> column) : column_(std::move(column)) {}

  Column& column() { return *column_; }

  /// Set the rows whose bytes `Fill` will fetch next. The ones before are given back.
  void Aim(std::span<const RowRange> rows);

  /// Fetch the bytes of all sources that were aimed, in one request.
  static Status Fill(io::ObjectReader& object, std::span<LeafSource* const> sources);

  /// Decode `rows`, which lie inside of those of the last `Aim`.
  Result<encoding::LeafColumn> Read(std::span<const RowRange> rows, int64_t num_rows,
                                    arrow::MemoryPool* pool);

 private:
  struct Window {
    PagePart part;
    encoding::FetchedBytes bytes;
  };
  Status Decode(const PagePart& part, encoding::LeafAccumulator* out);

  std::shared_ptr<Column> column_;
  std::vector<Window> windows_;  // by page
  encoding::DecodeScratch scratch_;
  double values_per_row_ = 0;      // of the last batch
  double data_bytes_per_row_ = 0;  // of the last batch
};

}  // namespace lance::file
