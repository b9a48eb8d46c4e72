#include "tests/simulation/abort_report.h"

#include <csignal>
#include <cstdio>

namespace orderflow::simulation {
namespace {

thread_local constinit uint64_t seed_being_played = 0;

// On the thread that called abort, so that nothing else of it is under way.
void Report(int /*signal*/) {
  std::fflush(stdout);
  std::fprintf(stderr, "seed %lu: aborted\n", seed_being_played);
}

}  // namespace

void ReportSeedOnAbort() { std::signal(SIGABRT, Report); }

void NoteSeed(uint64_t seed) { seed_being_played = seed; }

}  // namespace orderflow::simulation
