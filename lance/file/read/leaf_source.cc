#include "lance/file/read/leaf_source.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

namespace lance::file {

void LeafSource::Aim(std::span<const RowRange> rows) {
  windows_.clear();
  for (PagePart& part : column_->Split(rows)) windows_.push_back({std::move(part), {}});
}

Status LeafSource::Fill(io::ObjectReader& object, std::span<LeafSource* const> sources) {
  std::vector<PartOfColumn> parts;
  for (LeafSource* source : sources) {
    for (Window& window : source->windows_) parts.push_back({&source->column(), &window.part});
  }
  ARROW_RETURN_NOT_OK(OpenPages(object, parts));
  std::vector<ByteRange> ranges;
  std::vector<size_t> ends;
  for (const PartOfColumn& wanted : parts) {
    const PagePart& part = *wanted.part;
    ARROW_RETURN_NOT_OK(
        wanted.column->Explain(part.reader->AddRanges(part.rows, &ranges), part.page));
    ends.push_back(ranges.size());
  }
  if (ranges.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto buffers, object.ReadRanges(ranges));
  size_t range = 0;
  size_t at = 0;
  for (LeafSource* source : sources) {
    for (Window& window : source->windows_) {
      for (; range < ends[at]; ++range) window.bytes.Add(ranges[range], std::move(buffers[range]));
      ++at;
    }
  }
  return Status::OK();
}

Status LeafSource::Decode(const PagePart& part, encoding::LeafAccumulator* out) {
  const auto window = std::lower_bound(
      windows_.begin(), windows_.end(), part.page,
      [](const Window& candidate, size_t page) { return candidate.part.page < page; });
  LANCE_REQUIRE(window != windows_.end() && window->part.page == part.page, "page ", part.page,
                " was not fetched");
  return column_->Explain(window->part.reader->Decode(part.rows, window->bytes, &scratch_, out),
                          part.page);
}

Result<encoding::LeafColumn> LeafSource::Read(std::span<const RowRange> rows, int64_t num_rows,
                                              arrow::MemoryPool* pool) {
  // Rows are like those of the last batch, or a little larger.
  const double scale = 1.125 * static_cast<double>(num_rows);
  const encoding::SizeGuess guess{static_cast<int64_t>(values_per_row_ * scale),
                                  static_cast<uint64_t>(data_bytes_per_row_ * scale)};
  ARROW_ASSIGN_OR_RAISE(auto out,
                        encoding::LeafAccumulator::Make(column_->shape(), num_rows, guess, pool));
  for (const PagePart& part : column_->Split(rows)) ARROW_RETURN_NOT_OK(Decode(part, &out));
  if (num_rows > 0) {
    const auto rows_read = static_cast<double>(num_rows);
    values_per_row_ = static_cast<double>(out.values().num_values()) / rows_read;
    data_bytes_per_row_ = static_cast<double>(out.values().num_data_bytes()) / rows_read;
  }
  auto column = out.Finish();
  if (!column.ok()) {
    return WithContext(column.status(), internal::Concat("column ", column_->index()));
  }
  return column;
}

}  // namespace lance::file
