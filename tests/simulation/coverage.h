#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace orderflow::simulation {

// What must happen sometimes, or the simulation proves less than it says.
enum class Sometimes {
  // Faults
  kCommitLost,
  kCommitInDoubtApplied,
  kCommitInDoubtLost,
  kProcessCrash,
  kZombieFenced,
  kRecordSentTwice,
  kSweepSentAgain,
  kProviderRequestLost,
  kProviderRequestLate,
  kProviderAnswerLost,
  kProviderAskedByKey,
  kClockJump,
  kRequestSentTwice,
  kEventBeforeEarlierOne,
  // Outcomes of orders
  kConfirmed,
  kRejectedOutOfStock,
  kRejectedDeclined,
  kCancelledBeforePivot,
  kCancelledAfterConfirmation,
  kCancelRefused,
  // Moves of a saga's steps and of sagas
  kStepUnknown,
  kStepAskedAgain,
  kStepSkipped,
  kStepRefused,
  kStepCompensated,
  kStepDone,
  kSagaCompleted,
  kSagaCompensated,
  kCount,
};

// How often each has happened. Not threadsafe: one per thread, added up at the end.
class Coverage {
 public:
  void Hit(Sometimes what) { ++counts_[static_cast<size_t>(what)]; }
  void Add(const Coverage& other);
  uint64_t Of(Sometimes what) const { return counts_[static_cast<size_t>(what)]; }

  // The names of those that never happened.
  std::vector<std::string> Missing() const;
  // One line each: name and count.
  std::string Report() const;

 private:
  std::array<uint64_t, static_cast<size_t>(Sometimes::kCount)> counts_{};
};

}  // namespace orderflow::simulation
