#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace orderflow::fault {

// The names that `only` means: names or parts of names, separated by commas. A whole name means
// that fault alone, a part each of `usual` that has it, or each of `by_name_only` when none of
// those does. Empty: all of `usual`. kNotFound: a part that is in no name. Pure.
absl::StatusOr<std::set<std::string>> SelectNames(const std::vector<std::string>& usual,
                                                  const std::vector<std::string>& by_name_only,
                                                  const std::string& only);

}  // namespace orderflow::fault
