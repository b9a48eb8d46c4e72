#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/random.h"
#include "tests/simulation/schedule.h"

namespace orderflow::simulation {

class SagaRecorder;

// Time that passes only when the scheduler says so.
class VirtualClock final : public Clock {
 public:
  Timestamp Now() const override { return now_; }
  void Advance(Duration by) { now_ += by; }

 private:
  // 2026-01-01: an id made from it is a version 7 UUID like any other.
  Timestamp now_{std::chrono::microseconds(1'767'225'600'000'000)};
};

// A server's own idea of the time.
class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(const Clock& truth) : truth_(truth) {}
  Timestamp Now() const override { return truth_.Now() + skew_; }
  void SetSkew(Duration skew) { skew_ = skew; }
  // When this clock will show `time`, by the true one.
  Timestamp TruthAt(Timestamp time) const { return time - skew_; }

 private:
  const Clock& truth_;
  Duration skew_{0};
};

// Ascending UUIDs of version 7, the same in each run of a schedule.
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
  kInDoubtLost,     // not known to it; nothing is stored
  kInDoubtApplied,  // not known to it; stored
};

inline bool IsApplied(CommitFate fate) {
  return fate == CommitFate::kCommitted || fate == CommitFate::kInDoubtApplied;
}

// Takes the lines of a schedule's timeline as things happen; null: nobody wants them.
using Timeline = void (*)(const std::string& line);

// What every part of one simulated world shares.
struct Environment {
  Environment(const Schedule& its_schedule, Coverage& shared_coverage, Timeline its_timeline)
      : schedule(its_schedule),
        random(its_schedule.seed),
        ids(clock),
        coverage(shared_coverage),
        timeline_(its_timeline) {}

  // Draws whether this fault happens now, and counts it if so.
  bool Fault(Sometimes fault, double probability);
  // Whether this schedule has the fault: for one that counts only when it has met something.
  bool Allows(Sometimes fault) const {
    return faults && !schedule.without.test(static_cast<size_t>(fault));
  }
  CommitFate DrawCommit();
  // Says what must never be; the schedule has failed.
  void Violate(std::string what);

  // For what costs something to say.
  bool is_tracing() const { return timeline_ != nullptr; }

  template <class... Args>
  void Trace(fmt::format_string<Args...> text, Args&&... args) {
    if (is_tracing()) {
      TraceLine(fmt::format(text, std::forward<Args>(args)...));
    }
  }

  const Schedule schedule;
  Random random;
  VirtualClock clock;
  CountingIds ids;
  Coverage& coverage;
  SagaRecorder* recorder = nullptr;  // what sagas are told is written down there
  bool faults = true;  // off at the end of a schedule, when everything must come to rest
  std::vector<std::string> violations;

 private:
  void TraceLine(const std::string& text);

  const Timeline timeline_;
};

}  // namespace orderflow::simulation
