// Decodes one page of a leaf column: mini-block, full-zip or constant; in version 2.0 an array.
//
// No IO happens here. A page says which byte ranges of its file it wants, first to initialise
// itself (chunk words, dictionary, repetition index), then for some of its rows; the caller brings
// the bytes. Source: Lance file format 2.0 to 2.2. Thread-safety: after `Initialize`
// a page is immutable and may be shared; scratch and accumulators belong to one thread. Ownership:
// a page owns copies of what it keeps.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/encoding/codec.h"
#include "lance/encoding/leaf.h"
#include "lance/encoding/leaf_accumulator.h"

namespace lance::encoding {

/// A page as the column metadata describes it.
struct PageDescription {
  Bytes layout;                    // serialized PageLayout or (2.0) ArrayEncoding, borrowed for the
                                   // call
  std::vector<ByteRange> buffers;  // of the file; already checked to lie inside of it
  uint64_t num_rows = 0;
  FormatVersion version;
  uint64_t first_item = 0;  // 2.0 list columns: items of the pages before
};

/// Parts of a file that are in memory.
class FetchedBytes {
 public:
  /// Add a part. Parts that overlap must have been added in order of their offsets.
  void Add(ByteRange range, std::shared_ptr<arrow::Buffer> buffer);
  /// Return bytes of the file, all of which must lie inside of one part; Corruption otherwise.
  Result<Bytes> Find(ByteRange range) const;
  /// The same as an Arrow buffer that shares the part's memory.
  Result<std::shared_ptr<arrow::Buffer>> Slice(ByteRange range) const;

 private:
  struct Part {
    ByteRange range;
    std::shared_ptr<arrow::Buffer> buffer;
  };
  Result<const Part*> FindPart(ByteRange range) const;
  std::vector<Part> parts_;
};

/// What one thread keeps between reads of one column: the chunk that the last read used in part.
class DecodeScratch {
 public:
  DecodeScratch();
  ~DecodeScratch();
  DecodeScratch(DecodeScratch&&) noexcept;
  DecodeScratch& operator=(DecodeScratch&&) noexcept;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

class PageReader {
 public:
  virtual ~PageReader() = default;

  /// Make the reader of a page of a column of `shape`. Corruption when the layout does not fit.
  static Result<std::unique_ptr<PageReader>> Make(const PageDescription& description,
                                                  const LeafShape& shape);

  uint64_t num_rows() const { return num_rows_; }

  /// Ranges that `Initialize` wants, in order of their offsets; often none.
  virtual std::vector<ByteRange> InitialRanges() const { return {}; }
  /// Read the page's own state. Called once, before the page is shared.
  virtual Status Initialize(const FetchedBytes& bytes);

  /// Bytes of memory that the page keeps for its readers (its index, its dictionary).
  virtual uint64_t size_bytes() const { return sizeof(PageReader); }

  /// Append the byte ranges that hold `rows` (sorted, disjoint, inside of the page) to `out`, in
  /// order of their offsets; ranges that touch are merged.
  virtual Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const = 0;

  /// Append the ranges that only the bytes of `AddRanges` tell, such as those of strings behind
  /// their offsets; likewise in order. Pages of 2.1 and later know all at once.
  virtual Status AddDependentRanges(std::span<const RowRange> rows, const FetchedBytes& bytes,
                                    DecodeScratch* scratch, std::vector<ByteRange>* out) const;

  /// Append `rows` to `out`. `bytes` must hold the ranges of both for these rows, or more.
  virtual Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes,
                        DecodeScratch* scratch, LeafAccumulator* out) const = 0;

 protected:
  explicit PageReader(uint64_t num_rows) : num_rows_(num_rows) {}

 private:
  uint64_t num_rows_;
};

/// A page in words, for `lance inspect`.
struct PageSummary {
  std::string layout;    // "mini-block", "full-zip", "constant", "blob", "array" (2.0)
  std::string encoding;  // one line
};
Result<PageSummary> SummarizePage(Bytes layout, FormatVersion version);

/// Items below the lists of a page of a 2.0 list column; 0 for all other pages.
Result<uint64_t> NumListItems(Bytes layout);

}  // namespace lance::encoding
