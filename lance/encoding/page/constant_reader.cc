#include "lance/encoding/page/constant_reader.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>
#include <utility>

namespace lance::encoding::page {
namespace {

constexpr uint64_t kMostConstantLevels = uint64_t{1} << 28;  // they are kept in memory

}  // namespace

Result<std::unique_ptr<PageReader>> MakeConstantReader(PageContext context, ConstantParts parts) {
  return ConstantReader::Make(std::move(context), std::move(parts));
}

ConstantReader::ConstantReader(PageContext context, ConstantParts parts)
    : PageReader(context.num_rows), context_(std::move(context)), parts_(std::move(parts)) {}

Result<std::unique_ptr<PageReader>> ConstantReader::Make(PageContext context, ConstantParts parts) {
  LANCE_CHECK_BYTES(context.buffers.size() <= 3, "a constant page has ", context.buffers.size(),
                    " buffers, at most 3");
  std::unique_ptr<ConstantReader> out(new ConstantReader(std::move(context), std::move(parts)));
  const bool has_inline = out->parts_.inline_value.has_value();
  LANCE_CHECK_BYTES(!has_inline || !out->has_scalar(),
                    "a constant page has its value twice, inline and in a buffer");
  LANCE_CHECK_BYTES(
      out->context_.layers.num_lists == 0 || out->has_levels() || out->num_rows() == 0,
      "a constant page of lists has no levels");
  if (has_inline) ARROW_RETURN_NOT_OK(out->SetValue(AsBytes(*out->parts_.inline_value)));
  return out;
}

std::vector<ByteRange> ConstantReader::InitialRanges() const {
  std::vector<ByteRange> out = context_.buffers;
  std::sort(out.begin(), out.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  return out;
}

Status ConstantReader::Initialize(const FetchedBytes& bytes) {
  if (has_scalar()) {
    ARROW_ASSIGN_OR_RAISE(Bytes scalar, bytes.Find(context_.buffers[0]));
    ARROW_RETURN_NOT_OK(ReadScalar(scalar));
  }
  num_entries_ = num_rows();
  if (!has_levels()) return Status::OK();
  const size_t first = context_.buffers.size() - 2;
  ARROW_ASSIGN_OR_RAISE(Bytes rep, bytes.Find(context_.buffers[first]));
  ARROW_ASSIGN_OR_RAISE(Bytes def, bytes.Find(context_.buffers[first + 1]));
  ARROW_ASSIGN_OR_RAISE(rep_, ReadLevels(rep, parts_.rep, parts_.num_rep_values));
  ARROW_ASSIGN_OR_RAISE(def_, ReadLevels(def, parts_.def, parts_.num_def_values));
  return CheckLevels();
}

Status ConstantReader::SetValue(Bytes value) {
  const ValueType& type = context_.shape.values;
  LANCE_CHECK_BYTES(!type.is_row(), "a constant page holds a packed row");
  value_.emplace(type, arrow::default_memory_pool());
  if (!type.is_fixed()) return value_->AppendOne(value);
  LANCE_CHECK_BYTES(type.lists.empty(), "a constant page holds fixed-size lists");
  LANCE_CHECK_BYTES(value.size() == (type.bits + 7) / 8, "the value of a constant page has ",
                    value.size(), " bytes, expected ", (type.bits + 7) / 8);
  if (type.is_boolean()) return value_->AppendBits(value.data(), 0, 1);
  ARROW_ASSIGN_OR_RAISE(uint8_t* at, value_->AppendFixed(1));
  std::memcpy(at, value.data(), value.size());
  return Status::OK();
}

Status ConstantReader::ReadScalar(Bytes buffer) {
  ByteCursor cursor(buffer, "the scalar of a constant page");
  const bool is_fixed = context_.shape.values.is_fixed();
  ARROW_ASSIGN_OR_RAISE(const uint32_t num_buffers, cursor.Read<uint32_t>());
  LANCE_CHECK_BYTES(num_buffers == (is_fixed ? 1 : 2), "the scalar of a constant page has ",
                    num_buffers, " buffers");
  uint32_t lengths[2] = {0, 0};
  for (uint32_t i = 0; i < num_buffers; ++i) {
    ARROW_ASSIGN_OR_RAISE(lengths[i], cursor.Read<uint32_t>());
  }
  ARROW_ASSIGN_OR_RAISE(Bytes first, cursor.Take(lengths[0]));
  if (is_fixed) return SetValue(first);
  ARROW_ASSIGN_OR_RAISE(Bytes data, cursor.Take(lengths[1]));
  ByteCursor offsets(first, "the offsets of a constant page's scalar");
  uint64_t begin = 0;
  uint64_t end = 0;
  if (context_.shape.values.bits == 32) {
    ARROW_ASSIGN_OR_RAISE(begin, offsets.Read<uint32_t>());
    ARROW_ASSIGN_OR_RAISE(end, offsets.Read<uint32_t>());
  } else {
    ARROW_ASSIGN_OR_RAISE(begin, offsets.Read<uint64_t>());
    ARROW_ASSIGN_OR_RAISE(end, offsets.Read<uint64_t>());
  }
  LANCE_CHECK_BYTES(begin <= end && end <= data.size(), "the scalar of a constant page lies at [",
                    begin, ", ", end, ") of ", data.size(), " bytes");
  return SetValue(data.subspan(begin, end - begin));
}

Result<std::vector<uint16_t>> ConstantReader::ReadLevels(
    Bytes bytes, const std::optional<EncodingNode>& encoding, uint64_t num_levels) const {
  std::vector<uint16_t> out;
  if (!encoding) {
    LANCE_CHECK_BYTES(bytes.size() % sizeof(uint16_t) == 0, "the levels of a constant page take ",
                      bytes.size(), " bytes");
    out.resize(bytes.size() / sizeof(uint16_t));
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
  LANCE_CHECK_BYTES(num_levels <= kMostConstantLevels, "a constant page has ", num_levels,
                    " levels, expected at most ", kMostConstantLevels);
  if (num_levels == 0) return out;
  const ValueType level = ValueType::Fixed(16);
  ARROW_ASSIGN_OR_RAISE(auto decoder, OpenBlock(*encoding, level, context_.version));
  ValueBuilder levels(level, arrow::default_memory_pool());
  ARROW_RETURN_NOT_OK(decoder->Decode(bytes, static_cast<int64_t>(num_levels), &levels));
  const ValueView view = levels.View();
  LANCE_CHECK_BYTES(view.num_values == static_cast<int64_t>(num_levels), "a constant page has ",
                    view.num_values, " levels, expected ", num_levels);
  const auto* first = reinterpret_cast<const uint16_t*>(view.data.data());
  out.assign(first, first + view.num_values);
  return out;
}

Status ConstantReader::CheckLevels() {
  const bool has_lists = context_.layers.num_lists > 0;
  LANCE_CHECK_BYTES(has_lists || rep_.empty(), "a constant page has repetition levels, no lists");
  if (rep_.empty() && def_.empty()) {
    LANCE_CHECK_BYTES(!has_lists || num_rows() == 0, "a constant page of lists has no levels");
    return Status::OK();
  }
  num_entries_ = std::max(rep_.size(), def_.size());
  LANCE_CHECK_BYTES((rep_.empty() || rep_.size() == num_entries_) &&
                        (def_.empty() || def_.size() == num_entries_),
                    "a constant page has ", rep_.size(), " repetition and ", def_.size(),
                    " definition levels");
  uint64_t num_starts = num_entries_;
  if (has_lists) {
    LANCE_CHECK_BYTES(!rep_.empty(), "a constant page of lists has no repetition levels");
    num_starts = 0;
    for (uint64_t i = 0; i < num_entries_; ++i) {
      if (rep_[i] != context_.layers.num_lists) continue;
      if (num_starts++ % kRowsPerMark == 0) marks_.push_back(i);
    }
    LANCE_CHECK_BYTES(rep_[0] == context_.layers.num_lists,
                      "the first level of a constant page does not start a row");
  }
  LANCE_CHECK_BYTES(num_starts == num_rows(), "the levels of a constant page start ", num_starts,
                    " rows, expected ", num_rows());
  return Status::OK();
}

// Entry where `row` starts, or the end.
uint64_t ConstantReader::FindEntry(uint64_t row) const {
  if (rep_.empty()) return row;
  if (row == num_rows()) return num_entries_;
  uint64_t at = marks_[row / kRowsPerMark];
  for (uint64_t left = row % kRowsPerMark; left > 0; --left) {
    do {
      ++at;
    } while (rep_[at] != context_.layers.num_lists);
  }
  return at;
}

uint64_t ConstantReader::size_bytes() const {
  return sizeof(*this) + (rep_.capacity() + def_.capacity()) * sizeof(uint16_t) +
         marks_.capacity() * sizeof(uint64_t) + (value_ ? value_->View().plain_size_bytes() : 0);
}

Status ConstantReader::AddRanges(std::span<const RowRange>, std::vector<ByteRange>*) const {
  return Status::OK();
}

Status ConstantReader::Decode(std::span<const RowRange> rows, const FetchedBytes&, DecodeScratch*,
                              LeafAccumulator* out) const {
  for (const RowRange& range : rows) {
    const uint64_t first = FindEntry(range.begin);
    ARROW_RETURN_NOT_OK(AppendEntries(first, FindEntry(range.end) - first, out));
  }
  return Status::OK();
}

Status ConstantReader::AppendEntries(uint64_t first, uint64_t count, LeafAccumulator* out) const {
  LevelView levels{rep_.empty() ? nullptr : rep_.data() + first,
                   def_.empty() ? nullptr : def_.data() + first, static_cast<int64_t>(count)};
  const uint16_t max_visible = context_.layers.max_visible;
  int64_t num_items = levels.num_entries;
  std::vector<uint16_t> nulls;
  if (levels.def != nullptr) {
    num_items = std::count_if(levels.def, levels.def + count,
                              [&](uint16_t def) { return def <= max_visible; });
  } else if (!value_) {
    // Every row is null: the outermost layer that can be null says so.
    nulls.assign(count, context_.layers.max_def);
    levels.def = nulls.data();
  }
  ARROW_RETURN_NOT_OK(out->AppendLevels(levels, context_.layers));
  return AppendValues(num_items, out);
}

Status ConstantReader::AppendValues(int64_t count, LeafAccumulator* out) const {
  ValueBuilder& values = out->values();
  if (!value_) return values.AppendPlaceholders(count);
  const ValueType& type = values.type();
  if (type.is_fixed() && !type.is_boolean()) {
    ARROW_ASSIGN_OR_RAISE(uint8_t* at, values.AppendFixed(count));
    const Bytes value = value_->View().data;
    for (int64_t i = 0; i < count; ++i, at += value.size()) {
      std::memcpy(at, value.data(), value.size());
    }
    return Status::OK();
  }
  const std::vector<uint32_t> zeros(static_cast<size_t>(count), 0);
  return values.AppendGather(*value_, zeros.data(), count);
}

}  // namespace lance::encoding::page
