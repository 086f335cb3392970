#include "lance/file/write/page_cutter.h"

#include <arrow/array/array_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace lance::file::write {
namespace {

// Smaller pages are not worth their metadata, however many columns there are.
constexpr uint64_t kLeastBytesPerColumn = 64 << 10;
// Batches are written in steps: a message may be so many times larger than the rows at hand.
constexpr uint64_t kLargestMessage = 16;

// First number in [begin, end] for which `holds`, which then holds for all that follow; end + 1
// when there is none.
template <typename Holds>
int64_t FindFirst(int64_t begin, int64_t end, const Holds& holds) {
  while (begin <= end) {
    const int64_t middle = begin + (end - begin) / 2;
    if (holds(middle)) {
      end = middle - 1;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

// Bytes that stay in memory because of the buffer of `data` that is part of the largest one.
uint64_t LargestRootBytes(const arrow::ArrayData& data) {
  int64_t out = 0;
  for (const auto& buffer : data.buffers) {
    const arrow::Buffer* root = buffer.get();
    if (root == nullptr) continue;
    while (root->parent() != nullptr) root = root->parent().get();
    if (root != buffer.get()) out = std::max(out, root->size());
  }
  uint64_t largest = static_cast<uint64_t>(out);
  for (const auto& child : data.child_data) largest = std::max(largest, LargestRootBytes(*child));
  return largest;
}

// The columns of a batch that was read from a stream share the memory of one message: a column
// whose page is long in coming would keep all the others. A mapped file is larger than any batch,
// and costs nothing to keep.
bool SharesMessage(const arrow::ArrayData& data, uint64_t column_bytes, uint64_t batch_bytes) {
  const uint64_t root_bytes = LargestRootBytes(data);
  return root_bytes > 2 * column_bytes && root_bytes / kLargestMessage <= batch_bytes;
}

}  // namespace

PageCutter::PageCutter(const std::vector<Column>& columns, Limits limits, arrow::MemoryPool* pool)
    : pool_(pool),
      page_bits_(limits.page_bytes * 8),
      buffer_bits_(std::max(limits.buffer_bytes, columns.size() * kLeastBytesPerColumn) * 8) {
  for (const Column& column : columns) columns_.emplace_back().column = column;
}

uint64_t PageCutter::IncomingBits(const Pending& pending, int64_t end) const {
  return encoding::LeafMemoryBits(*pending.column.path, *pending.incoming, pending.taken, end);
}

int64_t PageCutter::FindCut(const Pending& pending, int64_t num_rows) const {
  const auto is_full = [&](int64_t row) {
    return pending.bits + IncomingBits(pending, row) >= page_bits_;
  };
  if (!is_full(num_rows)) return num_rows + 1;
  return FindFirst(pending.taken + 1, num_rows, is_full);
}

uint64_t PageCutter::TotalBits(int64_t row) const {
  uint64_t out = 0;
  for (const Pending& pending : columns_) out += pending.bits + IncomingBits(pending, row);
  return out;
}

int64_t PageCutter::FindSpill(int64_t begin, int64_t end) const {
  const auto is_full = [this](int64_t row) { return TotalBits(row) >= buffer_bits_; };
  if (begin > end || !is_full(end)) return -1;
  return FindFirst(begin, end, is_full);
}

void PageCutter::Take(Pending* pending, int64_t end) {
  const int64_t begin = pending->taken;
  if (begin == end) return;
  pending->bits += encoding::LeafMemoryBits(*pending->column.path, *pending->incoming, begin, end);
  pending->num_rows += static_cast<uint64_t>(end - begin);
  pending->taken = end;
  auto& pieces = pending->pieces;
  if (!pieces.empty() && pieces.back().array == pending->incoming && pieces.back().end == begin) {
    pieces.back().end = end;
  } else {
    pieces.push_back({pending->incoming, begin, end});
  }
}

Status PageCutter::EmitPage(size_t column, const Emit& emit) {
  Pending& pending = columns_[column];
  if (pending.num_rows == 0) return Status::OK();
  CutPage page;
  page.column = column;
  page.plain_bytes = (pending.bits + 7) / 8;
  page.first_row = pending.first_row;
  for (Piece& piece : pending.pieces) {
    const bool whole = piece.begin == 0 && piece.end == piece.array->length();
    page.rows.push_back(whole ? std::move(piece.array)
                              : piece.array->Slice(piece.begin, piece.end - piece.begin));
  }
  pending.first_row += pending.num_rows;
  pending.pieces.clear();
  pending.bits = 0;
  pending.num_rows = 0;
  return emit(std::move(page));
}

Status PageCutter::Spill(int64_t row, int64_t num_rows, const Emit& emit) {
  uint64_t total = 0;
  for (Pending& pending : columns_) {
    Take(&pending, row);
    total += pending.bits;
  }
  std::vector<size_t> order(columns_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [this](size_t left, size_t right) {
    return columns_[left].bits > columns_[right].bits;
  });
  for (const size_t column : order) {
    if (total <= buffer_bits_ / 2) break;
    total -= columns_[column].bits;
    ARROW_RETURN_NOT_OK(EmitPage(column, emit));
    columns_[column].cut = FindCut(columns_[column], num_rows);
  }
  return Status::OK();
}

Status PageCutter::Begin(const arrow::RecordBatch& batch) {
  const int64_t num_rows = batch.num_rows();
  uint64_t batch_bits = 0;
  for (Pending& pending : columns_) {
    pending.incoming = batch.column(pending.column.top_column);
    pending.taken = 0;
    batch_bits += IncomingBits(pending, num_rows);
  }
  std::map<int, std::shared_ptr<arrow::Array>> copies;  // leaves of one column share them
  for (Pending& pending : columns_) {
    const uint64_t bytes = IncomingBits(pending, num_rows) / 8;
    if (SharesMessage(*pending.incoming->data(), bytes, batch_bits / 8)) {
      auto& copy = copies[pending.column.top_column];
      if (copy == nullptr) {
        ARROW_ASSIGN_OR_RAISE(copy, arrow::Concatenate({pending.incoming}, pool_));
      }
      pending.incoming = copy;
    }
    pending.cut = FindCut(pending, num_rows);
  }
  return Status::OK();
}

Status PageCutter::Add(const arrow::RecordBatch& batch, const Emit& emit) {
  const int64_t num_rows = batch.num_rows();
  ARROW_RETURN_NOT_OK(Begin(batch));
  int64_t row = 0;
  while (!columns_.empty()) {
    int64_t cut = num_rows + 1;
    for (const Pending& pending : columns_) cut = std::min(cut, pending.cut);
    // At the row of a cut the page goes first.
    const int64_t spill = FindSpill(row, cut - 1);
    if (spill >= 0) {
      row = spill;
      ARROW_RETURN_NOT_OK(Spill(row, num_rows, emit));
      continue;
    }
    if (cut > num_rows) break;
    row = cut;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Pending& pending = columns_[i];
      if (pending.cut != cut) continue;
      Take(&pending, cut);
      ARROW_RETURN_NOT_OK(EmitPage(i, emit));
      pending.cut = FindCut(pending, num_rows);
    }
  }
  for (Pending& pending : columns_) {
    Take(&pending, num_rows);
    pending.incoming.reset();
  }
  return Status::OK();
}

Status PageCutter::Finish(const Emit& emit) {
  for (size_t i = 0; i < columns_.size(); ++i) ARROW_RETURN_NOT_OK(EmitPage(i, emit));
  return Status::OK();
}

uint64_t PageCutter::buffered_bytes() const {
  uint64_t bits = 0;
  for (const Pending& pending : columns_) bits += pending.bits;
  return (bits + 7) / 8;
}

}  // namespace lance::file::write
