#include "tools/orderctl/table.h"

#include <algorithm>
#include <utility>

#include "libs/base/invariant.h"

namespace orderflow::orderctl {
namespace {

constexpr char kGap[] = "  ";

// Spaces after a cell; none after the last one, so that lines have no trailing blanks.
std::string Padding(size_t width, size_t column_width, bool last) {
  return last ? "" : std::string(column_width - width, ' ') + kGap;
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells) {
  INVARIANT(cells.size() == headers_.size(), "a table row has one cell per column");
  for (std::string& cell : cells) {
    if (cell.empty()) {
      cell = "-";
    }
  }
  rows_.push_back(std::move(cells));
}

std::string Table::Render(const Terminal& terminal, const std::string& empty_text) const {
  if (rows_.empty()) {
    return empty_text + "\n";
  }
  std::vector<size_t> widths(headers_.size());
  for (size_t column = 0; column < headers_.size(); ++column) {
    widths[column] = headers_[column].size();
    for (const auto& row : rows_) {
      widths[column] = std::max(widths[column], row[column].size());
    }
  }
  std::string text;
  for (size_t column = 0; column < headers_.size(); ++column) {
    text += terminal.Paint(Colour::kBold, headers_[column]) +
            Padding(headers_[column].size(), widths[column], column + 1 == headers_.size());
  }
  text += "\n";
  for (const auto& row : rows_) {
    for (size_t column = 0; column < row.size(); ++column) {
      text += terminal.Paint(ColourOfState(row[column]), row[column]) +
              Padding(row[column].size(), widths[column], column + 1 == row.size());
    }
    text += "\n";
  }
  return text;
}

}  // namespace orderflow::orderctl
