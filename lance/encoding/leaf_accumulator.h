// Gathers what the pages of one leaf column decode to, until a batch is full.
//
// A column without lists and structs above it goes straight to a validity bitmap. A nested one
// keeps repetition and definition levels, in a numbering that all pages share, and rebuilds the
// validity and the list offsets of every ancestor at the end. Thread-safety: one thread at a time.
// Ownership: of everything in it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/leaf.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

namespace page {
struct CanonicalLevels;
struct PageLayers;
}  // namespace page

/// A struct or list above a leaf, rebuilt from levels.
struct AncestorColumn {
  AncestorKind kind = AncestorKind::kStruct;
  int64_t length = 0;
  int64_t null_count = 0;
  std::shared_ptr<arrow::Buffer> validity;  // null = all valid
  std::shared_ptr<arrow::Buffer> offsets;   // lists: int32 (length + 1), starting at 0
};

/// A finished leaf with the path above it.
struct LeafColumn {
  int64_t num_values = 0;
  int64_t null_count = 0;
  std::shared_ptr<arrow::Buffer> validity;  // null = all valid
  ValueBuilder::Finished values;
  std::vector<AncestorColumn> ancestors;  // inner to outer
};

/// Levels of consecutive entries; borrowed. Null `rep` or `def` = all zero.
struct LevelView {
  const uint16_t* rep = nullptr;
  const uint16_t* def = nullptr;
  int64_t num_entries = 0;
};

/// What some rows may hold.
struct SizeGuess {
  int64_t num_values = 0;
  uint64_t num_data_bytes = 0;  // of variable values
};

class LeafAccumulator {
 public:
  /// \param num_rows  rows that will come
  /// \param guess     of what they hold; memory is reserved for as much
  static Result<LeafAccumulator> Make(const LeafShape& shape, int64_t num_rows,
                                      const SizeGuess& guess, arrow::MemoryPool* pool);
  ~LeafAccumulator();
  LeafAccumulator(LeafAccumulator&&) noexcept;
  LeafAccumulator& operator=(LeafAccumulator&&) noexcept;

  /// Where pages put the values; one value per visible entry of the levels.
  ValueBuilder& values();
  arrow::MemoryPool* pool() const;

  /// Add the levels of some entries of a page. Corruption when a level is too large.
  Status AppendLevels(const LevelView& levels, const page::PageLayers& layers);

  /// Say for the next `count` values of a column without ancestors which are valid: all, none, or
  /// those whose bit is set in `bitmap` from `bit_offset` on.
  Status AppendValid(int64_t count);
  Status AppendNulls(int64_t count);
  Status AppendBitmap(const uint8_t* bitmap, int64_t bit_offset, int64_t count);

  /// Take over `num_rows` fixed values as they lie in `data`, without a copy; false when that is
  /// not possible: they are not all the rows, or not aligned to 8 bytes. The column has no nulls
  /// unless their validity follows.
  bool TakeOver(const std::shared_ptr<arrow::Buffer>& data, int64_t num_rows);

  /// Hand over the column. Corruption when values and levels do not fit each other.
  Result<LeafColumn> Finish();

 private:
  struct Impl;
  explicit LeafAccumulator(std::unique_ptr<Impl> impl);
  Status AppendValidity(const LevelView& levels);
  Status ReserveFirst();
  Result<uint8_t*> GrowValidity(int64_t count, bool needs_bitmap);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lance::encoding
