#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/verify/checkpoint.h"
#include "tools/verify/checks/table_checks.h"
#include "tools/verify/findings.h"
#include "tools/verify/second_look.h"

namespace orderflow::verify {

struct VerificationResult {
  bool whole = true;   // every order was read
  int64_t orders = 0;  // that were read
  std::vector<Finding> findings;
};

struct Demands {
  bool quiesced = false;         // nothing may be under way
  bool pending_mail_ok = false;  // except notifications that wait to be sent
  // Unless quiesced: how late something may be, and how suspects are looked at again.
  Bounds bounds = {};
  SecondLookOptions second_look = {};
  // Incremental: when more have changed, or are not settled, everything is read instead.
  size_t changed_orders_max = 1'000'000;
};

RuleContext ContextOf(const Demands& demands, const Databases& databases);

// Checks every promise once, reading everything. Makes a checkpoint when one is wanted.
absl::StatusOr<VerificationResult> Verify(const Databases& databases, const Demands& demands,
                                          Checkpoint* next = nullptr);

// The same on a system in operation, reading what has changed since the checkpoint and what was not
// settled then; moves the checkpoint. Reads everything when the checkpoint is empty, or a database
// has gone back behind it, or too much has changed.
absl::StatusOr<VerificationResult> VerifyChanges(const Databases& databases, const Demands& demands,
                                                 Checkpoint& checkpoint);

// True when nothing is amiss but notifications that are due and not there, or there and not sent:
// their events may still be on the way, which no table shows, and may arrive at any moment.
bool OnlyNotificationsAreBehind(const VerificationResult& result);

// How many things are still under way, by the quiescence checks.
absl::StatusOr<int64_t> CountUnderWay(const Databases& databases, const Demands& demands);

}  // namespace orderflow::verify
