#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/fault/fault.h"

namespace orderflow::fault {

// The round that a seed means: which fault, and what it draws. The seed modulo the number of kinds
// picks the kind, so that as many seeds in a row visit every one.
struct Plan {
  uint64_t seed = 0;
  std::string fault_name;
  int brokers = 1;  // of the stack that it is played on
  bool api_stays_up = false;
  std::unique_ptr<Fault> fault;
};

// `kinds` must not be empty.
Plan PlanOf(uint64_t seed, const std::vector<FaultKind>& kinds);

// The kinds that `only` means (selection.h). Those that need a cluster of brokers are played by
// name only.
absl::StatusOr<std::vector<FaultKind>> Chosen(const std::string& only);

}  // namespace orderflow::fault
