#pragma once

#include <string>
#include <vector>

#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// A plain table for people: columns as wide as their widest cell, states coloured. The columns of a
// table are not an interface; scripts use --json.
class Table {
 public:
  explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}

  // As many cells as there are headers.
  void AddRow(std::vector<std::string> cells);

  // Ends with a line break; a table without rows says `empty_text` instead.
  std::string Render(const Terminal& terminal, const std::string& empty_text) const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace orderflow::orderctl
