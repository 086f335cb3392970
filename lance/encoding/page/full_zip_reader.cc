#include "lance/encoding/page/full_zip_reader.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

namespace lance::encoding::page {
namespace {

// Bytes of one fixed value as it lies in the page; 0 when the encoding has no fixed width.
uint64_t FixedValueBytes(const EncodingNode& node) {
  uint64_t items = 1;
  uint64_t bytes = 0;
  const EncodingNode* at = &node;
  while (at->tag == kFixedSizeList && !at->children.empty()) {
    if (!CheckedMultiply(items, at->num_items, &items) || items > (uint64_t{1} << 34)) return 0;
    if (at->has_validity) bytes += (items + 7) / 8;
    at = &at->children.front();
  }
  if (at->tag == kConstant) return bytes;
  if (at->tag == kPackedStruct && !at->children.empty()) at = &at->children.front();
  uint64_t bits = 0;
  if (at->tag != kFlat || !CheckedMultiply(items, at->bits, &bits)) return 0;
  return bytes + bits / 8 + (bits % 8 != 0 ? 1 : 0);
}

// True when such values are Arrow data without any change.
bool IsPlain(const EncodingNode& node) {
  const EncodingNode* at = &node;
  while (at->tag == kFixedSizeList && !at->children.empty() && !at->has_validity) {
    at = &at->children.front();
  }
  return at->tag == kFlat && at->bits % 8 == 0;
}

}  // namespace

Result<std::unique_ptr<PageReader>> MakeFullZipReader(PageContext context, FullZipParts parts) {
  return FullZipReader::Make(std::move(context), std::move(parts));
}

LevelView FullZipReader::Levels::View() const {
  return {rep.empty() ? nullptr : rep.data(), def.empty() ? nullptr : def.data(),
          static_cast<int64_t>(std::max(rep.size(), def.size()))};
}

FullZipReader::FullZipReader(PageContext context, FullZipParts parts)
    : PageReader(context.num_rows), context_(std::move(context)), parts_(std::move(parts)) {}

Result<std::unique_ptr<PageReader>> FullZipReader::Make(PageContext context, FullZipParts parts) {
  std::unique_ptr<FullZipReader> out(new FullZipReader(std::move(context), std::move(parts)));
  ARROW_RETURN_NOT_OK(out->CheckShape());
  ARROW_ASSIGN_OR_RAISE(out->decoder_, OpenPerValue(out->parts_.values, out->context_.shape.values,
                                                    out->context_.version));
  return out;
}

Status FullZipReader::CheckShape() {
  LANCE_CHECK_BYTES(parts_.bits_rep <= 16 && parts_.bits_def <= 16,
                    "a full-zip page has levels of ", parts_.bits_rep, " and ", parts_.bits_def,
                    " bits, at most 16 each");
  LANCE_CHECK_BYTES((parts_.bits_rep > 0) == (context_.layers.num_lists > 0) || num_rows() == 0,
                    "a full-zip page has repetition levels of ", parts_.bits_rep, " bits over ",
                    context_.layers.num_lists, " lists");
  const uint32_t bits = parts_.bits_rep + parts_.bits_def;
  control_bytes_ = bits == 0 ? 0 : bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
  LANCE_CHECK_BYTES(context_.buffers.size() == (has_index() ? 2 : 1), "a full-zip page has ",
                    context_.buffers.size(), " buffers");
  LANCE_CHECK_BYTES(is_variable() != context_.shape.values.is_fixed(),
                    "a full-zip page does not hold values of its column's width");
  if (is_variable()) {
    LANCE_CHECK_BYTES(parts_.bits_per_offset == 32 || parts_.bits_per_offset == 64,
                      "a full-zip page has lengths of ", parts_.bits_per_offset, " bits");
    return Status::OK();
  }
  value_bytes_ = FixedValueBytes(parts_.values);
  LANCE_CHECK_BYTES(parts_.bits_per_value % 8 == 0 && value_bytes_ == parts_.bits_per_value / 8,
                    "a full-zip page has ", parts_.bits_per_value, " bits per value, its encoding ",
                    ToString(parts_.values), " has ", value_bytes_ * 8);
  LANCE_CHECK_BYTES(value_bytes_ > 0, "a full-zip page has values without bytes");
  is_plain_ = IsPlain(parts_.values) && parts_.bits_per_value == context_.shape.values.bits;
  if (has_index()) return Status::OK();
  uint64_t expected = 0;
  LANCE_CHECK_BYTES(CheckedMultiply(num_rows(), control_bytes_ + value_bytes_, &expected) &&
                        expected == context_.buffers[0].length,
                    "a full-zip page has ", context_.buffers[0].length, " bytes for ", num_rows(),
                    " rows of ", control_bytes_ + value_bytes_, " bytes");
  return Status::OK();
}

std::vector<ByteRange> FullZipReader::InitialRanges() const {
  if (!has_index()) return {};
  return {context_.buffers[1]};
}

Status FullZipReader::Initialize(const FetchedBytes& bytes) {
  if (!has_index()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Bytes index, bytes.Find(context_.buffers[1]));
  LANCE_CHECK_BYTES(num_rows() < index.size(), "the index of a full-zip page has ", index.size(),
                    " bytes for ", num_rows(), " rows");
  index_width_ = index.size() / (num_rows() + 1);
  LANCE_CHECK_BYTES(
      index_width_ * (num_rows() + 1) == index.size() &&
          (index_width_ == 1 || index_width_ == 2 || index_width_ == 4 || index_width_ == 8),
      "the index of a full-zip page has ", index.size(), " bytes for ", num_rows(), " rows");
  index_.assign(index.begin(), index.end());
  uint64_t last = 0;
  for (uint64_t row = 0; row <= num_rows(); ++row) {
    const uint64_t position = Position(row);
    LANCE_CHECK_BYTES(position >= last, "the index of a full-zip page falls at row ", row);
    last = position;
  }
  LANCE_CHECK_BYTES(Position(0) == 0 && last == context_.buffers[0].length,
                    "the index of a full-zip page ends at ", last, ", its entries at ",
                    context_.buffers[0].length);
  return Status::OK();
}

uint64_t FullZipReader::Position(uint64_t row) const {
  if (index_width_ == 0) return row * (control_bytes_ + value_bytes_);
  uint64_t out = 0;
  std::memcpy(&out, index_.data() + row * index_width_, index_width_);
  return out;
}

ByteRange FullZipReader::BytesOf(RowRange rows) const {
  const uint64_t begin = Position(rows.begin);
  return {context_.buffers[0].offset + begin, Position(rows.end) - begin};
}

Status FullZipReader::AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const {
  const size_t first_own = out->size();
  for (const RowRange& range : rows) {
    const ByteRange wanted = BytesOf(range);
    if (wanted.length == 0) continue;
    if (out->size() > first_own && out->back().end() == wanted.offset) {
      out->back().length += wanted.length;
    } else {
      out->push_back(wanted);
    }
  }
  return Status::OK();
}

Status FullZipReader::Decode(std::span<const RowRange> rows, const FetchedBytes& bytes,
                             DecodeScratch*, LeafAccumulator* out) const {
  for (const RowRange& range : rows) {
    if (range.size() == 0) continue;
    if (!has_index()) {
      ARROW_RETURN_NOT_OK(DecodeStrided(range, bytes, out));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(Bytes entries, bytes.Find(BytesOf(range)));
    ARROW_RETURN_NOT_OK(is_variable() ? DecodeVariable(entries, out)
                                      : DecodeFixedLists(entries, out));
  }
  return Status::OK();
}

FullZipReader::Entry FullZipReader::ReadEntry(const uint8_t* at) const {
  uint32_t control = 0;
  std::memcpy(&control, at, control_bytes_);
  return {static_cast<uint16_t>(control >> parts_.bits_def),
          static_cast<uint16_t>(control & ((1U << parts_.bits_def) - 1))};
}

// Fixed width without lists: all rows have the same size.
Status FullZipReader::DecodeStrided(RowRange rows, const FetchedBytes& bytes,
                                    LeafAccumulator* out) const {
  const auto count = static_cast<int64_t>(rows.size());
  if (is_plain_ && control_bytes_ == 0) {
    ARROW_ASSIGN_OR_RAISE(auto slice, bytes.Slice(BytesOf(rows)));
    if (out->TakeOver(slice, count)) return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(Bytes entries, bytes.Find(BytesOf(rows)));
  const uint64_t stride = control_bytes_ + value_bytes_;
  Levels levels;
  if (control_bytes_ > 0) {
    levels.def.resize(rows.size());
    for (uint64_t i = 0; i < rows.size(); ++i) {
      levels.def[i] = ReadEntry(entries.data() + i * stride).def;
    }
  }
  LevelView view = levels.View();
  view.num_entries = count;
  ARROW_RETURN_NOT_OK(out->AppendLevels(view, context_.layers));
  return decoder_->DecodeStrided(entries.data() + control_bytes_, stride, count, &out->values());
}

Status FullZipReader::DecodeFixedLists(Bytes bytes, LeafAccumulator* out) const {
  Levels levels;
  ByteCursor cursor(bytes, "the entries of a full-zip page");
  while (cursor.remaining() > 0) {
    ARROW_ASSIGN_OR_RAISE(Bytes control, cursor.Take(control_bytes_));
    const Entry entry = ReadEntry(control.data());
    levels.rep.push_back(entry.rep);
    levels.def.push_back(entry.def);
    if (entry.def <= context_.layers.max_visible) ARROW_RETURN_NOT_OK(cursor.Skip(value_bytes_));
  }
  ARROW_RETURN_NOT_OK(out->AppendLevels(levels.View(), context_.layers));
  // Neighbours with items are one strided run.
  const uint8_t* at = bytes.data();
  const uint64_t stride = control_bytes_ + value_bytes_;
  const auto is_visible = [&](size_t i) { return levels.def[i] <= context_.layers.max_visible; };
  for (size_t i = 0; i < levels.def.size();) {
    if (!is_visible(i)) {
      at += control_bytes_;
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < levels.def.size() && is_visible(end)) ++end;
    const auto count = static_cast<int64_t>(end - i);
    ARROW_RETURN_NOT_OK(
        decoder_->DecodeStrided(at + control_bytes_, stride, count, &out->values()));
    at += stride * static_cast<uint64_t>(count);
    i = end;
  }
  return Status::OK();
}

Result<Bytes> FullZipReader::TakeValue(ByteCursor* cursor) const {
  uint64_t length = 0;
  if (parts_.bits_per_offset == 32) {
    ARROW_ASSIGN_OR_RAISE(length, cursor->Read<uint32_t>());
  } else {
    ARROW_ASSIGN_OR_RAISE(length, cursor->Read<uint64_t>());
  }
  return cursor->Take(length);
}

Status FullZipReader::DecodeVariable(Bytes bytes, LeafAccumulator* out) const {
  Levels levels;
  ByteCursor cursor(bytes, "the entries of a full-zip page");
  std::vector<Bytes> values;
  std::vector<uint8_t> is_null;
  while (cursor.remaining() > 0) {
    ARROW_ASSIGN_OR_RAISE(Bytes control, cursor.Take(control_bytes_));
    const Entry entry = ReadEntry(control.data());
    levels.rep.push_back(entry.rep);
    levels.def.push_back(entry.def);
    if (entry.def > context_.layers.max_visible) continue;
    Bytes value;
    if (entry.def == 0) {
      ARROW_ASSIGN_OR_RAISE(value, TakeValue(&cursor));
    }
    values.push_back(value);
    is_null.push_back(entry.def != 0);
  }
  ARROW_RETURN_NOT_OK(out->AppendLevels(levels.View(), context_.layers));
  for (size_t i = 0; i < values.size(); ++i) {
    ARROW_RETURN_NOT_OK(is_null[i] ? out->values().AppendPlaceholders(1)
                                   : decoder_->Decode(values[i], &out->values()));
  }
  return Status::OK();
}

}  // namespace lance::encoding::page
