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

struct Demands {
  bool quiesced = false;         // nothing may be under way
  bool pending_mail_ok = false;  // except notifications that wait to be sent
};

// Checks every promise once.
absl::StatusOr<VerificationResult> Verify(const Databases& databases, const Demands& demands);

// True when nothing is amiss but notifications that are due and not there, or there and not sent:
// their events may still be on the way, which no table shows, and may arrive at any moment.
bool OnlyNotificationsAreBehind(const VerificationResult& result);

// How many things are still under way, by the quiescence checks.
absl::StatusOr<int64_t> CountUnderWay(const Databases& databases, const Demands& demands);

}  // namespace orderflow::verify
