#pragma once

#include <vector>

#include "absl/status/status.h"
#include "tools/verify/checks/table_checks.h"
#include "tools/verify/findings.h"

namespace orderflow::verify {

// Runs the checks one after the other and adds what they find.
absl::Status RunAll(const std::vector<TableCheck>& checks, std::vector<Finding>& findings);

}  // namespace orderflow::verify
