// Tables for people: columns as wide as their content (up to a limit), numbers to the right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lance::cli {

/// Columns that a text takes on a terminal; wide East Asian characters and emoji take two,
/// combining marks none.
int DisplayWidth(std::string_view text);

/// `text` on one line and at most `width` columns wide; what is cut ends in an ellipsis.
std::string FitText(std::string_view text, int width);

/// Lays out rows of cells. Widths are fixed by the rows that are there at the first `Flush`, so
/// that a long result can be printed as it comes.
class TableText {
 public:
  TableText(std::vector<std::string> header, std::vector<bool> align_right, int max_cell_width);

  void AddRow(std::vector<std::string> cells);
  size_t num_waiting() const { return rows_.size(); }

  /// Append the waiting rows, the first time with header and ruler.
  void Flush(std::string* out);

 private:
  void AppendRow(const std::vector<std::string>& cells, std::string* out) const;

  std::vector<std::string> header_;
  std::vector<bool> align_right_;
  int max_cell_width_;
  std::vector<int> widths_;  // empty until the first flush
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace lance::cli
