#pragma once

#include <string>

#include "tests/simulation/schedule.h"

namespace orderflow::simulation {

// Makes a schedule that fails smaller, with the same seed: fewer orders, fewer kinds of faults, and
// an earlier end of them. Returns the smallest that was found and still fails, if only in another
// way.
Schedule Minimise(Schedule failing);

// The command line that plays this schedule and prints its timeline.
std::string ReplayCommand(const Schedule& schedule);

}  // namespace orderflow::simulation
