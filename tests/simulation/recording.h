#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/schedule.h"

namespace orderflow::simulation {

// Plays schedules one after the other and writes histories of sagas into `folder`, until every
// transition is in one of them or `schedules` are played: each history that shows a transition
// which none before it did. Returns how many were written, or -1 when one could not be.
int RecordHistories(const Schedule& first, uint64_t schedules, const std::string& folder);

}  // namespace orderflow::simulation
