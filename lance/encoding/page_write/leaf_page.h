// The rows of one page of one leaf, taken apart into levels and values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/leaf.h"
#include "lance/encoding/page_writer.h"
#include "lance/encoding/values.h"

namespace lance::encoding::page_write {

/// Consecutive slots of a leaf array; positions count from the start of its buffers.
struct LeafRun {
  std::shared_ptr<arrow::ArrayData> leaf;
  int64_t begin = 0;
  int64_t count = 0;
};

struct LeafPage {
  ValueType type;
  int64_t num_rows = 0;
  int64_t num_entries = 0;
  int64_t num_values = 0;  // visible entries
  int64_t num_nulls = 0;   // visible entries without a value
  int num_lists = 0;
  uint16_t max_visible = 0;  // definition levels above belong to entries without an item
  uint16_t max_def = 0;
  std::vector<Layer> layers;  // inner to outer
  std::vector<uint16_t> rep;  // empty without lists
  std::vector<uint16_t> def;  // empty when all entries are valid
  std::vector<LeafRun> runs;  // slots of the visible entries, in order

  bool is_visible(int64_t entry) const { return def.empty() || def[entry] <= max_visible; }
};

/// Take `columns` apart. InvalidInput for dictionary indices out of bounds; else the arrays must be
/// valid in Arrow's sense.
Result<LeafPage> TakeApart(const LeafPath& path,
                           const std::vector<std::shared_ptr<arrow::Array>>& columns);

/// Definition levels of the visible entries, one per value; empty when no value is null.
std::vector<uint16_t> NullMarks(const LeafPage& page);

/// Index of slot `slot` of a dictionary array; negative ones come out larger than any dictionary.
uint64_t DictionaryIndex(const arrow::ArrayData& leaf, int64_t slot);

/// Values of a page in one piece.
struct FlatValues {
  ValueView view;
  std::optional<ValueBuilder> owner;  // unset: the view is of Arrow memory
  std::vector<LeafRun> alive;
};

/// Bring the values together: borrowed where they lie in one run and no null hides anything, else
/// copied, with zero bytes and empty values below nulls.
Result<FlatValues> Flatten(const LeafPage& page, arrow::MemoryPool* pool);

/// The runs as pieces of plain bytes, for fixed values of whole bytes without nulls and without
/// item validity; empty when they are not like that.
std::vector<std::shared_ptr<arrow::Buffer>> PlainPieces(const LeafPage& page);

}  // namespace lance::encoding::page_write
