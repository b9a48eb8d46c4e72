#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/verify/checks/table_checks.h"
#include "tools/verify/findings.h"

namespace orderflow::verify {

struct VerificationResult {
  int64_t orders = 0;
  std::vector<Finding> findings;
};

// Checks every promise once. `quiesced` also demands that nothing is under way.
absl::StatusOr<VerificationResult> Verify(const Databases& databases, bool quiesced);

// How many things are still under way, by the quiescence checks.
absl::StatusOr<int64_t> CountUnderWay(const Databases& databases);

}  // namespace orderflow::verify
