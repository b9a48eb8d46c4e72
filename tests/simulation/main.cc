// simulation: plays many schedules of the production decision code against faults, on all
// processors, and checks after each that every promise was kept. README.md says how to read it.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "libs/base/mutex.h"
#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

constexpr uint64_t kSeedsAtATime = 64;
constexpr size_t kShownMax = 20;  // violations that are printed; the rest is counted

struct Arguments {
  uint64_t seeds = 1000;
  uint64_t first = 1;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  bool trace = false;
};

// What all threads have found.
class Results {
 public:
  void Add(uint64_t seed, const std::vector<std::string>& violations) {
    MutexLock lock(mutex_);
    violations_ += violations.size();
    for (const std::string& violation : violations) {
      if (++shown_ <= kShownMax) {
        std::printf("seed %lu: %s\n", seed, violation.c_str());
      }
    }
  }
  void Add(const Coverage& coverage) {
    MutexLock lock(mutex_);
    coverage_.Add(coverage);
  }
  size_t violations() const {
    MutexLock lock(mutex_);
    return violations_;
  }
  Coverage coverage() const {
    MutexLock lock(mutex_);
    return coverage_;
  }

 private:
  mutable Mutex mutex_;
  size_t violations_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t shown_ ABSL_GUARDED_BY(mutex_) = 0;
  Coverage coverage_ ABSL_GUARDED_BY(mutex_);
};

void PlaySome(const Arguments& arguments, std::atomic<uint64_t>& next, Results& results) {
  Coverage coverage;
  while (true) {
    const uint64_t from = next.fetch_add(kSeedsAtATime);
    if (from >= arguments.seeds) {
      break;
    }
    const uint64_t to = std::min(from + kSeedsAtATime, arguments.seeds);
    for (uint64_t seed = arguments.first + from; seed < arguments.first + to; ++seed) {
      World world(seed, coverage, arguments.trace);
      const std::vector<std::string> violations = world.Run();
      for (const std::string& line : world.timeline()) {
        std::puts(line.c_str());
      }
      results.Add(seed, violations);
    }
  }
  results.Add(coverage);
}

int Play(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<uint64_t> next = 0;
  Results results;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < (arguments.trace ? 1 : arguments.threads); ++i) {
    threads.emplace_back([&] { PlaySome(arguments, next, results); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Coverage coverage = results.coverage();
  const auto missing = coverage.Missing();
  std::printf("What happened, and how often:\n%s", coverage.Report().c_str());
  for (const std::string& name : missing) {
    std::printf("never happened: %s\n", name.c_str());
  }
  std::printf("%.0f schedules per second\n", static_cast<double>(arguments.seeds) / seconds);
  std::printf("simulation: schedules=%lu violations=%zu transitions_never_reached=%zu\n",
              arguments.seeds, results.violations(), missing.size());
  // One schedule alone cannot reach everything.
  return results.violations() == 0 && (missing.empty() || arguments.trace) ? 0 : 1;
}

}  // namespace
}  // namespace orderflow::simulation

int main(int argc, char** argv) {
  orderflow::simulation::Arguments arguments;
  CLI::App app("Plays schedules of orders against faults; each seed is one schedule");
  app.add_option("--seeds", arguments.seeds, "How many schedules")->capture_default_str();
  app.add_option("--first", arguments.first, "The first seed")->capture_default_str();
  app.add_option("--threads", arguments.threads, "Threads")->check(CLI::Range(1, 256));
  app.add_flag("--trace", arguments.trace, "Print the timeline of each schedule");
  CLI11_PARSE(app, argc, argv);
  return orderflow::simulation::Play(arguments);
}
