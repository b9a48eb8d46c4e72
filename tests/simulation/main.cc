// simulation: plays many schedules of the production decision code against faults, on all
// processors, and checks after each that every promise was kept. README.md says how to read it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/simulation/abort_report.h"
#include "tests/simulation/minimiser.h"
#include "tests/simulation/player.h"
#include "tests/simulation/recording.h"
#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

struct Arguments {
  Schedule first;
  uint64_t seeds = 1000;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  bool trace = false;
  bool find = false;
  std::vector<std::string> without;
  std::string record;
};

// Prints the timeline of one schedule while it is played, so that it can be read up to an abort;
// returns its violations.
std::vector<std::string> Show(const Schedule& schedule) {
  Coverage coverage;
  return World(schedule, coverage,
               [](const std::string& line) {
                 std::puts(line.c_str());
                 std::fflush(stdout);
               })
      .Run();
}

// Which transitions it reaches is not asked of a few schedules.
int Trace(const Arguments& arguments) {
  size_t violations = 0;
  Schedule schedule = arguments.first;
  for (uint64_t i = 0; i < arguments.seeds; ++i, ++schedule.seed) {
    violations += Show(schedule).size();
  }
  std::printf("simulation: schedules=%lu violations=%zu\n", arguments.seeds, violations);
  return violations == 0 ? 0 : 1;
}

// Plays one schedule after the other until one fails; what the run has covered is not asked for.
int Find(const Arguments& arguments) {
  Coverage coverage;
  Schedule schedule = arguments.first;
  for (uint64_t i = 0; i < arguments.seeds; ++i, ++schedule.seed) {
    const std::vector<std::string> violations = World(schedule, coverage).Run();
    for (const std::string& violation : violations) {
      std::printf("seed %lu: %s\n", schedule.seed, violation.c_str());
    }
    if (!violations.empty()) {
      return 1;
    }
  }
  return 0;
}

void ShowSmallest(const Schedule& failing) {
  const Schedule smallest = Minimise(failing);
  std::printf("Seed %lu, made as small as it still fails:\n", failing.seed);
  Show(smallest);
  std::printf("Play it again: %s\n", ReplayCommand(smallest).c_str());
}

int Play(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  Player player(arguments.first, arguments.seeds);
  player.Play(arguments.threads);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Coverage coverage = player.coverage();
  const auto missing = coverage.Missing();
  std::printf("What happened, and how often:\n%s", coverage.Report().c_str());
  if (const auto seed = player.failing_seed()) {
    Schedule failing = arguments.first;
    failing.seed = *seed;
    ShowSmallest(failing);
  }
  for (const std::string& name : missing) {
    std::printf("never happened: %s\n", name.c_str());
  }
  std::printf("at rest at most %.0f s of virtual time after the last fault\n",
              std::chrono::duration<double>(player.time_to_rest_max()).count());
  std::printf("%.0f schedules per second\n", static_cast<double>(arguments.seeds) / seconds);
  std::printf("simulation: schedules=%lu violations=%zu transitions_never_reached=%zu\n",
              arguments.seeds, player.violations(), missing.size());
  return player.violations() == 0 && missing.empty() ? 0 : 1;
}

int Run(Arguments& arguments) {
  ReportSeedOnAbort();
  for (const std::string& name : arguments.without) {
    if (name == kAllFaults) {
      arguments.first.without.set();
      continue;
    }
    const auto fault = FaultNamed(name);
    if (!fault) {
      std::fprintf(stderr, "there is no fault %s\n", name.c_str());
      return 2;
    }
    arguments.first.without.set(static_cast<size_t>(*fault));
  }
  if (!arguments.record.empty()) {
    return RecordHistories(arguments.first, arguments.seeds, arguments.record) > 0 ? 0 : 1;
  }
  if (arguments.find) {
    return Find(arguments);
  }
  return arguments.trace ? Trace(arguments) : Play(arguments);
}

}  // namespace
}  // namespace orderflow::simulation

int main(int argc, char** argv) {
  orderflow::simulation::Arguments arguments;
  CLI::App app("Plays schedules of orders against faults; each seed is one schedule");
  app.add_option("--seeds", arguments.seeds, "How many schedules")->capture_default_str();
  app.add_option("--first", arguments.first.seed, "The first seed")->capture_default_str();
  app.add_option("--threads", arguments.threads, "Threads")->check(CLI::Range(1, 256));
  app.add_flag("--trace", arguments.trace, "Print the timeline of each schedule");
  app.add_flag("--find", arguments.find, "Stop at the first schedule that fails, and name it");
  app.add_option("--orders", arguments.first.orders_max, "At most so many orders in a schedule")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--steps", arguments.first.faulty_steps_max, "At most so many steps with faults")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--without", arguments.without, "Faults that do not happen")->delimiter(',');
  app.add_option("--record", arguments.record, "Write histories of sagas into this folder instead");
  CLI11_PARSE(app, argc, argv);
  return orderflow::simulation::Run(arguments);
}
