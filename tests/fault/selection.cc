#include "tests/fault/selection.h"

#include <algorithm>
#include <sstream>

#include "fmt/format.h"

namespace orderflow::fault {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::set<std::string> WithPart(const std::vector<std::string>& names, const std::string& part) {
  std::set<std::string> found;
  std::copy_if(names.begin(), names.end(), std::inserter(found, found.end()),
               [&](const std::string& name) { return name.find(part) != std::string::npos; });
  return found;
}

}  // namespace

absl::StatusOr<std::set<std::string>> SelectNames(const std::vector<std::string>& usual,
                                                  const std::vector<std::string>& by_name_only,
                                                  const std::string& only) {
  if (only.empty()) {
    return std::set<std::string>(usual.begin(), usual.end());
  }
  std::set<std::string> selected;
  std::istringstream parts(only);
  for (std::string part; std::getline(parts, part, ',');) {
    if (Has(usual, part) || Has(by_name_only, part)) {
      selected.insert(part);
      continue;
    }
    std::set<std::string> found = WithPart(usual, part);
    if (found.empty()) {
      found = WithPart(by_name_only, part);
    }
    if (found.empty()) {
      return absl::NotFoundError(
          fmt::format("no fault has '{}' in its name; --list prints all", part));
    }
    selected.merge(found);
  }
  return selected;
}

}  // namespace orderflow::fault
