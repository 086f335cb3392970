// Brings the values of one leaf for batch after batch: asks for bytes ahead, then decodes.
//
// From 2.1 on the column of a leaf tells of the lists above it. In 2.0 those own columns, which are
// sources themselves and tell which rows of the next one to read.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "lance/encoding/leaf_accumulator.h"
#include "lance/encoding/page_reader.h"
#include "lance/file/read/column.h"
#include "lance/file/read/list_rows.h"

namespace lance::file {

class LeafSource {
 public:
  explicit LeafSource(std::shared_ptr<Column> column) : column_(std::move(column)) {}
  /// A leaf or list column of a 2.0 file.
  /// \param lists      the column of the innermost list above, or null
  /// \param ancestors  of a leaf, inner to outer
  LeafSource(std::shared_ptr<Column> column, std::unique_ptr<LeafSource> lists,
             std::vector<encoding::AncestorKind> ancestors)
      : column_(std::move(column)), lists_(std::move(lists)), ancestors_(std::move(ancestors)) {}

  /// Bytes per row of the file, and how many of them a decoded row has at least.
  double bytes_per_row() const;
  double decoded_bytes_per_row() const;

  /// Set the rows whose bytes `Fill` will fetch next. The ones before are given back.
  void Aim(std::span<const RowRange> rows);

  /// Fetch the bytes of all sources that were aimed, in few requests.
  static Status Fill(io::ObjectReader& object, std::span<LeafSource* const> sources,
                     arrow::MemoryPool* pool);

  /// Append the byte ranges that `rows` will want, as far as that is known without reading.
  void AddHints(std::span<const RowRange> rows, std::vector<ByteRange>* out) const;

  /// True when decoded rows of the column were measured, or need not be.
  bool is_measured() const;

  /// Decode `rows`, which lie inside of those of the last `Aim`.
  Result<encoding::LeafColumn> Read(std::span<const RowRange> rows, int64_t num_rows,
                                    arrow::MemoryPool* pool);

 private:
  struct Window {
    PagePart part;
    encoding::FetchedBytes bytes;
  };
  struct Want {
    LeafSource* source = nullptr;
    Window* window = nullptr;
  };
  using AddRanges = Status (*)(const Want& want, std::vector<ByteRange>* out);

  static Status FetchRanges(io::ObjectReader& object, std::span<const Want> wants, AddRanges add,
                            arrow::MemoryPool* pool);
  Status AimBelowLists(arrow::MemoryPool* pool);
  double items_per_row() const;
  Result<ItemRows> ReadLists(std::span<const RowRange> rows, int64_t num_rows,
                             arrow::MemoryPool* pool);
  Result<encoding::LeafColumn> ReadValues(std::span<const RowRange> rows, int64_t num_rows,
                                          arrow::MemoryPool* pool);
  Status Decode(const PagePart& part, const encoding::FetchedBytes& bytes,
                encoding::LeafAccumulator* out);
  Status DecodeRows(std::span<const RowRange> rows, encoding::LeafAccumulator* out);

  std::shared_ptr<Column> column_;
  std::unique_ptr<LeafSource> lists_;
  std::vector<encoding::AncestorKind> ancestors_;
  std::vector<RowRange> aimed_;  // rows of the file
  std::vector<Window> windows_;  // by page
  encoding::DecodeScratch scratch_;
};

}  // namespace lance::file
