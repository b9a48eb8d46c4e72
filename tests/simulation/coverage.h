#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/saga_coverage.h"

namespace orderflow::simulation {

// What must happen sometimes, or the simulation proves less than it says.
enum class Sometimes {
  // Faults: drawn by Environment::Fault, and a schedule can be played without any of them.
  kCommitLost,
  kCommitInDoubtApplied,
  kCommitInDoubtLost,
  kOrderServiceCrash,
  kOrchestratorCrash,
  kInventoryCrash,
  kPaymentCrash,
  kNotificationCrash,
  kReaderPaused,
  kRebalance,
  kProducerReplaced,
  kClockLeap,
  kClockSkew,
  kTimerEarly,
  kLongOutage,
  kRequestSentTwice,
  kQuoteUnavailable,
  kReservationsShort,
  kProviderRequestLost,
  kProviderRequestLate,
  kProviderAnswerLost,
  kRepair,
  kProviderHoldLapsed,
  kPaymentCrashBeforeWrite,
  kWebhooksSent,
  kWebhookLost,
  kWebhookSentTwice,
  kMailerCrash,
  kMailerPaused,
  kMailRefusedForNow,
  kMailRefusedForGood,
  kMailInDoubt,
  kLastFault = kMailInDoubt,
  // What faults lead to
  kRequestRereadAfterDoubt,
  kRedelivered,
  kReaderFenced,
  kZombieFenced,
  kZombieInTime,
  kSendHeldBack,
  kKeysReordered,
  kAggregateKept,
  kKeptAggregateStale,
  kAcknowledgementLost,
  kRecordSentTwice,
  kSweepSentAgain,
  kTimerLate,
  kProviderAskedByKey,
  kProviderLateSuccess,
  kProviderLateRequestRepeated,
  kProviderCallDropped,
  kAnsweredBeforeWrite,
  kAnswerTooLateForWrite,
  kAskedByZombie,
  kHintTooLate,
  kHintClosedOperation,
  kHintAnsweredNothing,
  kVoidWaitedForAuthorization,
  kReservationExpired,
  kExpiredReservationCommitted,
  kExpiredPiecesGone,
  kOperatorAddedStock,
  kEventBeforeEarlierOne,
  kNotificationRepeated,
  kMailTakenLater,
  kMailTriesRanOut,
  kMailTooLate,
  kMailAbandoned,
  kMailClaimLost,
  kMailOutcomeFenced,
  // What a person does to sagas
  kOperatorRetried,
  kOperatorSkipped,
  kOperatorCompensated,
  kOperatorPaused,
  kOperatorResumed,
  kOperatorParked,
  kOperatorUnparked,
  kStepPaused,
  kRepairRefused,
  kRepairRepeated,
  kSkipNotProven,
  kSkipFenced,
  // Outcomes of orders
  kConfirmed,
  kRejectedOutOfStock,
  kRejectedDeclined,
  kStoppedByOperator,
  kCancelledBeforePivot,
  kCancelledAfterConfirmation,
  kCancelRefused,
  kCalmSchedule,
  kCount,
};

inline constexpr size_t kFaults = static_cast<size_t>(Sometimes::kLastFault) + 1;

// How often each has happened, and each transition of a saga. Not threadsafe: one per thread, added
// up at the end.
class Coverage {
 public:
  void Hit(Sometimes what) { ++counts_[static_cast<size_t>(what)]; }
  void Add(const Coverage& other);
  SagaCoverage& sagas() { return sagas_; }

  // The names of those that never happened.
  std::vector<std::string> Missing() const;
  // One line each: name and count.
  std::string Report() const;

 private:
  std::array<uint64_t, static_cast<size_t>(Sometimes::kCount)> counts_{};
  SagaCoverage sagas_;
};

// "commit_lost" and so on.
std::string NameOf(Sometimes what);
std::optional<Sometimes> FaultNamed(const std::string& name);

}  // namespace orderflow::simulation
