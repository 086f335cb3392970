#include "lance/file/read/list_rows.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace lance::file {

using encoding::AncestorColumn;
using encoding::AncestorKind;

encoding::LeafShape ListColumnShape() {
  encoding::LeafShape out;
  out.values = encoding::ValueType::Fixed(128);
  out.role = encoding::LeafRole::kListEnds;
  return out;
}

Status AddLists(const encoding::LeafColumn& pairs, arrow::MemoryPool* pool, ItemRows* out) {
  const int64_t length = pairs.num_values;
  const int64_t size = (length + 1) * static_cast<int64_t>(sizeof(int32_t));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets, arrow::AllocateBuffer(size, pool));
  auto* const to = reinterpret_cast<int32_t*>(offsets->mutable_data());
  const uint8_t* at = pairs.values.data->data();
  std::vector<RowRange> ranges;
  uint64_t num_items = 0;
  to[0] = 0;
  for (int64_t i = 0; i < length; ++i, at += 16) {
    const RowRange items{LoadUnaligned<uint64_t>(at), LoadUnaligned<uint64_t>(at + 8)};
    num_items += items.size();
    if (num_items > std::numeric_limits<int32_t>::max()) {
      return InvalidInput("lists of ", length, " rows have more than ",
                          std::numeric_limits<int32_t>::max(), " items; read fewer rows at a time");
    }
    to[i + 1] = static_cast<int32_t>(num_items);
    if (items.size() == 0) continue;
    if (!ranges.empty() && ranges.back().end == items.begin) {
      ranges.back().end = items.end;
      continue;
    }
    LANCE_CHECK_BYTES(ranges.empty() || ranges.back().end < items.begin, "the items of a list at ",
                      items.begin, " lie before those of the list above");
    ranges.push_back(items);
  }
  out->ranges = std::move(ranges);
  out->num_items = static_cast<int64_t>(num_items);
  out->lists.push_back(
      {AncestorKind::kList, length, pairs.null_count, pairs.validity, std::move(offsets)});
  return Status::OK();
}

std::vector<AncestorColumn> MakeAncestors(std::span<const AncestorKind> kinds, int64_t num_rows,
                                          std::vector<AncestorColumn> lists) {
  std::vector<AncestorColumn> out;
  auto list = lists.begin();
  int64_t length = num_rows;
  for (auto kind = kinds.rbegin(); kind != kinds.rend(); ++kind) {
    if (*kind == AncestorKind::kStruct) {
      out.push_back({AncestorKind::kStruct, length, 0, nullptr, nullptr});
      continue;
    }
    length = reinterpret_cast<const int32_t*>(list->offsets->data())[list->length];
    out.push_back(std::move(*list++));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace lance::file
