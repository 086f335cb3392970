#include "table_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace lance::cli {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t length = 1;
};

// Decodes leniently: a byte that begins no character counts as one of its own.
CodePoint DecodeAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = byte(at);
  const size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (length == 1 || first < 0xC2 || first > 0xF4 || at + length > text.size()) return {first, 1};
  uint32_t value = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {first, 1};
    value = value << 6 | (byte(at + i) & 0x3F);
  }
  return {value, length};
}

struct Interval {
  uint32_t first;
  uint32_t last;
};

template <size_t n>
bool IsIn(const Interval (&intervals)[n], uint32_t value) {
  return std::any_of(std::begin(intervals), std::end(intervals), [&](const Interval& interval) {
    return value >= interval.first && value <= interval.last;
  });
}

int WidthOf(uint32_t value) {
  static constexpr Interval kCombining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
                                            {0x0610, 0x061A}, {0x064B, 0x065F}, {0x200B, 0x200F},
                                            {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
  static constexpr Interval kWide[] = {
      {0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},  {0x4E00, 0x9FFF},
      {0xA000, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60},
      {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  if (IsIn(kCombining, value)) return 0;
  return IsIn(kWide, value) ? 2 : 1;
}

bool IsControl(uint32_t value) { return value < 0x20 || value == 0x7F; }

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    width += WidthOf(point.value);
    at += point.length;
  }
  return width;
}

std::string FitText(std::string_view text, int width) {
  std::string out;
  int used = 0;
  size_t cut_at = 0;  // where the ellipsis goes if the rest does not fit
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    const int point_width = WidthOf(point.value);
    if (used + point_width > width) {
      out.resize(cut_at);
      return out + "\u2026";
    }
    if (IsControl(point.value)) {
      out += ' ';  // a line break or an escape sequence would tear the table
    } else {
      out.append(text.substr(at, point.length));
    }
    used += point_width;
    if (used < width) cut_at = out.size();
    at += point.length;
  }
  return out;
}

TableText::TableText(std::vector<std::string> header, std::vector<bool> align_right,
                     int max_cell_width)
    : header_(std::move(header)),
      align_right_(std::move(align_right)),
      max_cell_width_(max_cell_width) {
  for (std::string& name : header_) name = FitText(name, max_cell_width_);
}

void TableText::AddRow(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = FitText(cell, max_cell_width_);
  rows_.push_back(std::move(cells));
}

void TableText::AppendRow(const std::vector<std::string>& cells, std::string* out) const {
  for (size_t i = 0; i < widths_.size(); ++i) {
    const std::string cell = FitText(cells[i], widths_[i]);
    const auto padding = static_cast<size_t>(std::max(0, widths_[i] - DisplayWidth(cell)));
    if (i > 0) *out += "  ";
    if (align_right_[i]) out->append(padding, ' ');
    *out += cell;
    if (!align_right_[i] && i + 1 < widths_.size()) out->append(padding, ' ');
  }
  *out += '\n';
}

void TableText::Flush(std::string* out) {
  if (widths_.empty()) {
    for (size_t i = 0; i < header_.size(); ++i) {
      int width = DisplayWidth(header_[i]);
      for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
      widths_.push_back(width);
    }
    AppendRow(header_, out);
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (i > 0) *out += "  ";
      out->append(static_cast<size_t>(widths_[i]), '-');
    }
    *out += '\n';
  }
  for (const auto& row : rows_) AppendRow(row, out);
  rows_.clear();
}

}  // namespace lance::cli
