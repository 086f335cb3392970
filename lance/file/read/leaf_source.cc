#include "lance/file/read/leaf_source.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

namespace lance::file {

namespace {

constexpr int64_t kLeastRowsToNote = 64;
// Of pages that were not opened yet, each buffer is hinted at up to this many bytes.
constexpr uint64_t kUnknownPageHintBytes = 2 << 20;

int64_t CountRows(std::span<const RowRange> rows) {
  uint64_t out = 0;
  for (const RowRange& range : rows) out += range.size();
  return static_cast<int64_t>(out);
}

}  // namespace

// Rows of the column per row of the file.
double LeafSource::items_per_row() const {
  if (lists_ == nullptr) return 1;
  const ColumnPages& above = lists_->column_->pages();
  return lists_->items_per_row() * static_cast<double>(above.num_items) /
         static_cast<double>(std::max<uint64_t>(above.num_rows, 1));
}

double LeafSource::bytes_per_row() const {
  const double above = lists_ == nullptr ? 0 : lists_->bytes_per_row();
  return above + items_per_row() * column_->bytes_per_row();
}

double LeafSource::decoded_bytes_per_row() const {
  // What the file holds, but never less than the type.
  const encoding::ValueType& type = column_->shape().values;
  const double plain = type.is_fixed() ? static_cast<double>(type.bits) / 8 : 4;
  const Column::Density seen = column_->density();
  const double measured =
      seen.data_bytes_per_row +
      (type.is_fixed() ? 0 : seen.values_per_row * static_cast<double>(type.bytes()));
  return items_per_row() * std::max({plain, column_->bytes_per_row(), measured}) +
         (lists_ == nullptr ? 0 : lists_->decoded_bytes_per_row());
}

void LeafSource::Aim(std::span<const RowRange> rows) {
  windows_.clear();
  aimed_.assign(rows.begin(), rows.end());
  if (lists_ != nullptr) return lists_->Aim(rows);
  for (PagePart& part : column_->Split(rows)) windows_.push_back({std::move(part), {}});
}

// Aim at the items of the lists above, whose bytes are there.
Status LeafSource::AimBelowLists(arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(const ItemRows items, lists_->ReadLists(aimed_, CountRows(aimed_), pool));
  for (PagePart& part : column_->Split(items.ranges)) windows_.push_back({std::move(part), {}});
  return Status::OK();
}

Status LeafSource::Fill(io::ObjectReader& object, std::span<LeafSource* const> sources,
                        arrow::MemoryPool* pool) {
  std::vector<LeafSource*> lists;
  for (LeafSource* source : sources) {
    if (source->lists_ != nullptr) lists.push_back(source->lists_.get());
  }
  if (!lists.empty()) ARROW_RETURN_NOT_OK(Fill(object, lists, pool));
  std::vector<PartOfColumn> parts;
  std::vector<Want> wants;
  for (LeafSource* source : sources) {
    if (source->lists_ != nullptr) ARROW_RETURN_NOT_OK(source->AimBelowLists(pool));
    for (Window& window : source->windows_) {
      parts.push_back({source->column_.get(), &window.part});
      wants.push_back({source, &window});
    }
  }
  ARROW_RETURN_NOT_OK(OpenPages(object, parts, pool));
  const AddRanges own = [](const Want& want, std::vector<ByteRange>* out) {
    const PagePart& part = want.window->part;
    return part.reader->AddRanges(part.rows, out);
  };
  ARROW_RETURN_NOT_OK(FetchRanges(object, wants, own, pool));
  const AddRanges dependent = [](const Want& want, std::vector<ByteRange>* out) {
    const PagePart& part = want.window->part;
    return part.reader->AddDependentRanges(part.rows, want.window->bytes, &want.source->scratch_,
                                           out);
  };
  return FetchRanges(object, wants, dependent, pool);
}

Status LeafSource::FetchRanges(io::ObjectReader& object, std::span<const Want> wants, AddRanges add,
                               arrow::MemoryPool* pool) {
  std::vector<ByteRange> ranges;
  std::vector<size_t> ends;
  for (const Want& want : wants) {
    const Status added = add(want, &ranges);
    ARROW_RETURN_NOT_OK(want.source->column_->Explain(added, want.window->part.page));
    ends.push_back(ranges.size());
  }
  if (ranges.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto buffers, object.ReadRanges(ranges, pool));
  size_t range = 0;
  for (size_t i = 0; i < wants.size(); ++i) {
    for (; range < ends[i]; ++range) {
      wants[i].window->bytes.Add(ranges[range], std::move(buffers[range]));
    }
  }
  return Status::OK();
}

void LeafSource::AddHints(std::span<const RowRange> rows, std::vector<ByteRange>* out) const {
  if (lists_ != nullptr) return;  // the lists tell which rows
  for (const PagePart& part : column_->Split(rows)) {
    if (part.reader != nullptr) {
      if (!part.reader->AddRanges(part.rows, out).ok()) return;
      continue;
    }
    for (ByteRange buffer : column_->pages().pages[part.page].buffers) {
      buffer.length = std::min(buffer.length, kUnknownPageHintBytes);
      out->push_back(buffer);
    }
  }
}

bool LeafSource::is_measured() const {
  const encoding::LeafShape& shape = column_->shape();
  const bool is_plain = shape.values.is_fixed() && shape.num_lists() == 0 && lists_ == nullptr;
  return is_plain || column_->density().values_per_row > 0;
}

Status LeafSource::Decode(const PagePart& part, const encoding::FetchedBytes& bytes,
                          encoding::LeafAccumulator* out) {
  return column_->Explain(part.reader->Decode(part.rows, bytes, &scratch_, out), part.page);
}

Status LeafSource::DecodeRows(std::span<const RowRange> rows, encoding::LeafAccumulator* out) {
  if (lists_ == nullptr && std::equal(rows.begin(), rows.end(), aimed_.begin(), aimed_.end())) {
    for (const Window& window : windows_) {
      ARROW_RETURN_NOT_OK(Decode(window.part, window.bytes, out));
    }
    return Status::OK();
  }
  for (const PagePart& part : column_->Split(rows)) {
    const auto window = std::lower_bound(
        windows_.begin(), windows_.end(), part.page,
        [](const Window& candidate, size_t page) { return candidate.part.page < page; });
    LANCE_REQUIRE(window != windows_.end() && window->part.page == part.page, "page ", part.page,
                  " was not fetched");
    // The reader that the window has: the column may have dropped it since.
    const PagePart wanted{part.page, window->part.reader, part.rows};
    ARROW_RETURN_NOT_OK(Decode(wanted, window->bytes, out));
  }
  return Status::OK();
}

Result<encoding::LeafColumn> LeafSource::Read(std::span<const RowRange> rows, int64_t num_rows,
                                              arrow::MemoryPool* pool) {
  if (ancestors_.empty()) return ReadValues(rows, num_rows, pool);
  ItemRows items{{rows.begin(), rows.end()}, num_rows, {}};
  if (lists_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(items, lists_->ReadLists(rows, num_rows, pool));
  }
  ARROW_ASSIGN_OR_RAISE(encoding::LeafColumn out, ReadValues(items.ranges, items.num_items, pool));
  out.ancestors = MakeAncestors(ancestors_, num_rows, std::move(items.lists));
  return out;
}

Result<ItemRows> LeafSource::ReadLists(std::span<const RowRange> rows, int64_t num_rows,
                                       arrow::MemoryPool* pool) {
  ItemRows out{{rows.begin(), rows.end()}, num_rows, {}};
  if (lists_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(out, lists_->ReadLists(rows, num_rows, pool));
  }
  ARROW_ASSIGN_OR_RAISE(const encoding::LeafColumn pairs,
                        ReadValues(out.ranges, out.num_items, pool));
  ARROW_RETURN_NOT_OK(AddLists(pairs, pool, &out));
  return out;
}

Result<encoding::LeafColumn> LeafSource::ReadValues(std::span<const RowRange> rows,
                                                    int64_t num_rows, arrow::MemoryPool* pool) {
  // Rows are like those of the last batch, or a little larger.
  const double scale = 1.125 * static_cast<double>(num_rows);
  const Column::Density density = column_->density();
  const encoding::SizeGuess guess{static_cast<int64_t>(density.values_per_row * scale),
                                  static_cast<uint64_t>(density.data_bytes_per_row * scale)};
  ARROW_ASSIGN_OR_RAISE(auto out,
                        encoding::LeafAccumulator::Make(column_->shape(), num_rows, guess, pool));
  ARROW_RETURN_NOT_OK(DecodeRows(rows, &out));
  // A few rows tell little; many tell what the next ones are like.
  if (num_rows >= kLeastRowsToNote || density.values_per_row == 0) {
    const auto rows_read = static_cast<double>(std::max<int64_t>(num_rows, 1));
    column_->Note({static_cast<double>(out.values().num_values()) / rows_read,
                   static_cast<double>(out.values().num_data_bytes()) / rows_read});
  }
  auto column = out.Finish();
  if (!column.ok()) {
    return WithContext(column.status(), internal::Concat("column ", column_->index()));
  }
  return column;
}

}  // namespace lance::file
