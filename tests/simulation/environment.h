#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/random.h"

namespace orderflow::simulation {

// Time that passes only when the scheduler says so.
class VirtualClock final : public Clock {
 public:
  Timestamp Now() const override { return now_; }
  void Advance(Duration by) { now_ += by; }

 private:
  // 2026-01-01: an id made from it is a version 7 UUID like any other.
  Timestamp now_{std::chrono::microseconds(1'767'225'600'000'000)};
};

// Ascending UUIDs of version 7, the same in each run of a seed.
class CountingIds final : public IdGenerator {
 public:
  explicit CountingIds(const Clock& clock) : clock_(clock) {}
  std::string NewId() override;

 private:
  const Clock& clock_;
  uint64_t count_ = 0;
};

// What may become of a transaction's commit, as the process sees it.
enum class CommitFate {
  kCommitted,
  kLost,            // an error, and nothing of it is stored
  kInDoubtApplied,  // an error, though it is stored
};

// What every part of one simulated world shares.
struct Environment {
  Environment(uint64_t seed, Coverage& shared_coverage, bool with_trace)
      : random(seed), ids(clock), coverage(shared_coverage), tracing_(with_trace) {}

  bool Fault(double probability) { return faults && random.Chance(probability); }
  CommitFate DrawCommit();

  template <class... Args>
  void Trace(fmt::format_string<Args...> text, Args&&... args) {
    if (tracing_) {
      TraceLine(fmt::format(text, std::forward<Args>(args)...));
    }
  }

  Random random;
  VirtualClock clock;
  CountingIds ids;
  Coverage& coverage;
  bool faults = true;  // off at the end of a schedule, when everything must come to rest
  std::vector<std::string> timeline;

 private:
  void TraceLine(std::string text);

  const bool tracing_;
};

}  // namespace orderflow::simulation
