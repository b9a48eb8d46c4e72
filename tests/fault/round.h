#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/fault/plan.h"
#include "tests/fault/rig.h"

namespace orderflow::fault {

// What one round has shown.
struct RoundResult {
  bool hit = false;
  std::string effect;  // what was observed, or why the fault did not hit
  int orders = 0;      // asked for
  int acknowledged = 0;
  int unknown = 0;  // answers after which a client did not know
  int acknowledged_lost = 0;
  std::chrono::milliseconds time_to_heal{0};  // end of the fault until all but mails is at rest
  std::vector<std::string> violations;
};

// Plays a round on a stack at rest: clients place orders, the fault strikes and ends, and within
// kHealBound everything must be at rest again; then the checker reads every database and the
// history of the clients is compared with their orders. `orders_before`: orders that the rounds
// before have left in the stack; updated.
RoundResult PlayRound(Rig& rig, Plan& plan, int64_t& orders_before);

// "round=<n> seed=<s> <fault>: <effect> | orders=..." for people.
std::string RoundLine(int round, const Plan& plan, const RoundResult& result);

}  // namespace orderflow::fault
