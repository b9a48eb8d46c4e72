#pragma once

#include <cstdint>

namespace orderflow::simulation {

// An invariant of the production code that breaks ends the process. From now on it says then which
// seed was being played.
void ReportSeedOnAbort();

// What this thread plays from now on.
void NoteSeed(uint64_t seed);

}  // namespace orderflow::simulation
