#include "tests/simulation/minimiser.h"

#include "fmt/format.h"
#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

bool Fails(const Schedule& schedule) {
  Coverage coverage;
  return !World(schedule, coverage).Run().empty();
}

// Keeps a change after which the schedule still fails.
bool Try(Schedule& schedule, const Schedule& smaller) {
  const bool fails = Fails(smaller);
  if (fails) {
    schedule = smaller;
  }
  return fails;
}

bool TakeOrders(Schedule& schedule) {
  for (size_t orders = 1; orders < schedule.orders_max; ++orders) {
    Schedule smaller = schedule;
    smaller.orders_max = orders;
    if (Try(schedule, smaller)) {
      return true;
    }
  }
  return false;
}

bool TakeFaults(Schedule& schedule) {
  bool took_any = false;
  for (size_t fault = 0; fault < kFaults; ++fault) {
    if (!schedule.without.test(fault)) {
      Schedule smaller = schedule;
      smaller.without.set(fault);
      took_any |= Try(schedule, smaller);
    }
  }
  return took_any;
}

// Halves, then ever smaller parts.
bool TakeSteps(Schedule& schedule) {
  bool took_any = false;
  for (int part = schedule.faulty_steps_max / 2; part > 0; part /= 2) {
    Schedule smaller = schedule;
    smaller.faulty_steps_max -= part;
    took_any |= Try(schedule, smaller);
  }
  return took_any;
}

}  // namespace

Schedule Minimise(Schedule failing) {
  bool took_any = true;
  while (took_any) {
    took_any = TakeOrders(failing);
    took_any |= TakeSteps(failing);
    took_any |= TakeFaults(failing);
  }
  return failing;
}

std::string ReplayCommand(const Schedule& schedule) {
  std::string without = schedule.without.all() ? kAllFaults : "";
  for (size_t fault = 0; fault < kFaults && !schedule.without.all(); ++fault) {
    if (schedule.without.test(fault)) {
      without += (without.empty() ? "" : ",") + NameOf(static_cast<Sometimes>(fault));
    }
  }
  return fmt::format(
      "build/release/bin/simulation --first {} --seeds 1 --trace --orders {} --steps {}{}",
      schedule.seed, schedule.orders_max, schedule.faulty_steps_max,
      without.empty() ? "" : " --without " + without);
}

}  // namespace orderflow::simulation
