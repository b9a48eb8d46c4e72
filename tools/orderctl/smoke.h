#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/orderctl/demo/demo_order.h"

namespace orderflow::orderctl {

// One check of `orderctl smoke` and what it found; of one that failed, where to look.
struct SmokeCheck {
  std::string name;
  bool passed = false;
  std::string detail;
};

// So many orders of the demo's mix: one that is approved, and one whose payment is declined, so
// that its stock has to be given back.
inline constexpr int kSmokeOrders = 2;

// What the stocking of the catalogue and the orders that were placed after it say. Without stock no
// order is looked at.
std::vector<SmokeCheck> SmokeChecks(const absl::Status& stocked,
                                    const std::vector<DemoOrder>& orders);

// One line for each check, and a last one: passed, or the name of the first that failed.
std::string SmokeText(const std::vector<SmokeCheck>& checks);

bool Passed(const std::vector<SmokeCheck>& checks);

}  // namespace orderflow::orderctl
