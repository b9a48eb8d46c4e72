#pragma once

// Known ways to be wrong, one at a time: each is a switch at the place where somebody would make
// the mistake, and a check must notice it (docs/planted-bugs.md). The switches exist in builds with
// ORDERFLOW_PLANTED_BUGS only; in all others IsPlanted is the constant false and what it guards is
// gone. Not for headers: a test would see another body than the library that it links.
//
//   if (IsOpen(step.state) && !IsPlanted(PlantedBug::kOpenStepNotCompensated)) {
namespace orderflow {

// One line per bug: X(Name) makes PlantedBug::kName, which ORDERFLOW_PLANTED_BUG=Name activates.
#define ORDERFLOW_PLANTED_BUG_NAMES(X) \
  X(FailedSendCountsAsSent)            \
  X(FailedSendForgotten)               \
  X(YoungerOvertakesFailed)            \
  X(HeldMessagesUnsorted)              \
  X(FreshMessagesUnsorted)             \
  X(MessageBehindBatchSkipped)         \
  X(RowDeletedAtFirstAcknowledgement)  \
  X(FailedDeleteForgotten)             \
  X(SweepGoesPastLeftOut)              \
  X(DedupOutsideTransaction)           \
  X(NoFencing)                         \
  X(AcknowledgeBeforeCommit)           \
  X(ProgressBeyondFailedRow)           \
  X(PoisonKillsNeighbours)             \
  X(OffByOneInSplitBatch)              \
  X(ProgressOneTooFar)                 \
  X(ProgressBeyondHalfRecord)          \
  X(FirstRecordDropped)                \
  X(DoubtfulCommitRunAgain)            \
  X(HandOverBeforeCommit)              \
  X(SagaVersionNotChecked)             \
  X(KeptAggregateNotChecked)           \
  X(PaymentVersionNotChecked)          \
  X(UnsortedLocks)                     \
  X(AnswerBeforeCommit)                \
  X(NoRequestDeduplication)            \
  X(OtherBodyGetsFirstAnswer)          \
  X(ReplayShowsLaterState)             \
  X(QuantityNotInTotal)                \
  X(SequenceGap)                       \
  X(UnknownIsRefusal)                  \
  X(LostTimer)                         \
  X(PivotDoesNotWait)                  \
  X(CancelAfterPivot)                  \
  X(CompensationInWrongOrder)          \
  X(OpenStepNotCompensated)            \
  X(StaleReplyApplied)                 \
  X(ReplyOfOtherSagaApplied)           \
  X(CancelForgottenAtPivot)            \
  X(AcceptedCancelNotStored)           \
  X(RefusedRefundEndsSaga)             \
  X(NoDeduplication)                   \
  X(ReleaseLeavesNoTombstone)          \
  X(PartialReservation)                \
  X(OversoldByOne)                     \
  X(ExpiredReservationReused)          \
  X(ExpiredCountsAsReserved)           \
  X(TimeoutIsDecline)                  \
  X(LateSuccessIgnored)                \
  X(AnswerBeforeWriteIgnored)          \
  X(VoidForgottenWhileAuthorizing)     \
  X(VoidLeavesNoTombstone)             \
  X(VoidAfterCaptureIsDone)            \
  X(HoldLeftAfterDeclinedCapture)      \
  X(RefundTwice)                       \
  X(OutcomeAppliedTwice)               \
  X(RetryWithoutIdempotencyKey)        \
  X(KeyReusedWithOtherAmount)          \
  X(OtherAmountBelieved)               \
  X(CallAfterItsLease)                 \
  X(StaleDifferenceRepaired)           \
  X(MailInDoubtSentAgain)              \
  X(MailOutcomeForgotten)              \
  X(CancelledOrderNotAnnounced)        \
  X(RepairAppliedTwice)                \
  X(SkipLeavesNoRecord)                \
  X(OpenOutcomeProves)                 \
  X(RedriveOvertakesParked)            \
  X(DiscardHoldsOrderBack)

enum class PlantedBug {
#define ORDERFLOW_ENUMERATOR(name) k##name,
  ORDERFLOW_PLANTED_BUG_NAMES(ORDERFLOW_ENUMERATOR)
#undef ORDERFLOW_ENUMERATOR
};

#ifdef ORDERFLOW_PLANTED_BUGS
// Whether `bug` is the one that the environment variable ORDERFLOW_PLANTED_BUG names. Aborts at the
// first question when it names none.
bool IsPlanted(PlantedBug bug);
#else
consteval bool IsPlanted(PlantedBug /*bug*/) { return false; }
#endif

}  // namespace orderflow
