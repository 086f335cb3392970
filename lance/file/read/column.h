// One column of a file: its pages, and the readers of those that were used.
//
// Rows of the columns below a 2.0 list are its items.
// Source: Lance file format 2.x, ColumnMetadata. Thread-safety: may be shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lance/base/byte_budget.h"
#include "lance/base/bytes.h"
#include "lance/encoding/page_reader.h"
#include "lance/io/object_store.h"

namespace lance::file {

struct ColumnPage {
  uint64_t first_row = 0;
  uint64_t num_rows = 0;
  uint64_t first_item = 0;  // 2.0 list columns: items of the pages before
  std::vector<ByteRange> buffers;
  std::string layout;  // serialized PageLayout or (2.0) ArrayEncoding

  uint64_t size_bytes() const;
};

struct ColumnPages {
  std::vector<ColumnPage> pages;
  uint64_t num_rows = 0;
  uint64_t num_items = 0;  // below the lists of a 2.0 list column

  /// Bytes of memory that the description takes.
  uint64_t memory_bytes() const;
};

/// Parse a ColumnMetadata message. Corruption when a buffer leaves the file or is not aligned.
Result<ColumnPages> ParseColumnMetadata(Bytes message, uint64_t file_size,
                                        encoding::FormatVersion version);

/// Rows of one page, counted from its first row.
struct PagePart {
  size_t page = 0;
  std::shared_ptr<const encoding::PageReader> reader;
  std::vector<RowRange> rows;
};

class Column : public std::enable_shared_from_this<Column> {
 public:
  /// \param budget  of what the readers of pages keep
  Column(int32_t index, std::shared_ptr<const ColumnPages> pages, encoding::LeafShape shape,
         encoding::FormatVersion version, std::shared_ptr<ByteBudget> budget);
  ~Column();

  int32_t index() const { return index_; }
  const ColumnPages& pages() const { return *pages_; }
  const encoding::LeafShape& shape() const { return shape_; }
  /// Bytes of the column in the file, divided by its rows.
  double bytes_per_row() const { return bytes_per_row_; }

  /// What rows were seen to hold once decoded; zeros before the first read.
  struct Density {
    double values_per_row = 0;
    double data_bytes_per_row = 0;
  };
  Density density() const { return {values_per_row_.load(), data_bytes_per_row_.load()}; }
  void Note(const Density& seen) {
    values_per_row_ = seen.values_per_row;
    data_bytes_per_row_ = seen.data_bytes_per_row;
  }

  /// Cut rows of the file (sorted, disjoint) at page borders. The readers are those at hand.
  std::vector<PagePart> Split(std::span<const RowRange> rows) const;
  /// Put a name of the column and page before the message of `status`.
  Status Explain(const Status& status, size_t page) const;

  Result<std::unique_ptr<encoding::PageReader>> MakeReader(size_t page) const;
  /// Keep `reader` for others as long as there is room; when one is there already, that one is
  /// returned.
  std::shared_ptr<const encoding::PageReader> Publish(
      size_t page, std::shared_ptr<const encoding::PageReader> reader);

 private:
  int32_t index_;
  std::shared_ptr<const ColumnPages> pages_;
  encoding::LeafShape shape_;
  encoding::FormatVersion version_;
  double bytes_per_row_ = 0;
  std::shared_ptr<ByteBudget> budget_;
  // A page that was used, as long as the budget allows.
  struct Kept {
    std::shared_ptr<const encoding::PageReader> reader;
    std::shared_ptr<ByteBudget::Item> item;
  };
  void Drop(size_t page);

  std::atomic<double> values_per_row_{0};
  std::atomic<double> data_bytes_per_row_{0};
  mutable std::mutex mutex_;
  std::vector<Kept> kept_;  // by page
};

/// A part whose page must be ready before it is read.
struct PartOfColumn {
  Column* column = nullptr;
  PagePart* part = nullptr;
};

/// Give every part an initialized reader; what they need is read in one go.
Status OpenPages(io::ObjectReader& object, std::span<const PartOfColumn> parts,
                 arrow::MemoryPool* pool);

/// True when two leaves have the same shape.
bool SameShape(const encoding::LeafShape& a, const encoding::LeafShape& b);

}  // namespace lance::file
