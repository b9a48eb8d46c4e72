#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

#include "tests/simulation/coverage.h"

namespace orderflow::simulation {

// The name of all faults together, where faults are named.
inline constexpr char kAllFaults[] = "all";

// What makes one schedule: the same schedule is played the same way each time. The seed decides
// everything else; the rest only makes it smaller, which is what the minimiser does.
struct Schedule {
  uint64_t seed = 1;
  size_t orders_max = 4;
  int faulty_steps_max = 120;
  std::bitset<kFaults> without{};  // faults that do not happen
};

}  // namespace orderflow::simulation
