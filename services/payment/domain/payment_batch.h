#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/payment/domain/payment_decisions.h"
#include "services/payment/domain/reconciliation.h"

namespace orderflow::payment {

// One payment before and after a batch.
struct PaymentChange {
  std::optional<Payment> before;  // as stored; nothing for a new payment
  Payment after;
};

using Payments = std::map<OrderId, Payment>;

// Everything that a batch of commands or outcomes leads to, decided in memory against the stored
// payments of its orders, so that it can be written with one statement per table. Events of one
// order apply in the order of the calls. The outcome of a call may come from before anything is
// written: what is written then is an operation that has ended. Pure, not threadsafe; made anew for
// each try of a transaction.
class PaymentBatch {
 public:
  PaymentBatch(Payments stored, DecisionPolicy policy)
      : stored_(stored), current_(std::move(stored)), policy_(policy) {}

  void Apply(const PaymentCommand& command);
  // An outcome for an unknown order or a closed operation changes nothing.
  void Apply(const CallOutcome& outcome, double random01);
  // Closes a difference by its rule, and says what that changes and sends. Nothing when the payment
  // has changed since it was compared (one rule per payment and batch: it changes it), or the
  // difference is parked.
  std::optional<std::string> Apply(const Difference& difference, double random01);

  // What has to be stored, sorted by order. To be called once, after everything else.
  std::vector<PaymentChange> TakeChanges();
  const std::vector<StepReply>& replies() const { return replies_; }
  const std::vector<LedgerTransfer>& transfers() const { return transfers_; }
  // The calls for the operations that this batch has started or repeats, each of them once: not
  // those that were taken before, nor what an outcome has closed meanwhile.
  std::vector<ProviderCall> TakeCalls(std::chrono::steady_clock::time_point start_before);
  // Of the operations that this batch has started, how many have heard from the provider since, and
  // how many are open.
  struct Started {
    size_t answered = 0;
    size_t open = 0;
  };
  Started CountStarted() const;

 private:
  void Collect(const OrderId& order_id, Reaction reaction);
  const Operation& Current(const std::pair<OrderId, OperationKind>& operation) const;

  Payments stored_;
  Payments current_;
  DecisionPolicy policy_;
  std::vector<OrderId> changed_;
  std::vector<std::pair<OrderId, OperationKind>> started_;
  size_t taken_ = 0;  // so many of them have had their call
  std::vector<std::pair<OrderId, OperationKind>> repeated_;
  std::vector<StepReply> replies_;
  std::vector<LedgerTransfer> transfers_;
};

}  // namespace orderflow::payment
