#pragma once

#include <optional>
#include <vector>

#include "libs/base/backoff.h"
#include "services/payment/domain/ledger.h"
#include "services/payment/domain/payment.h"
#include "services/payment/domain/payment_command.h"
#include "services/payment/domain/provider_call.h"

namespace orderflow::payment {

struct DecisionPolicy {
  // How long a stored intent belongs to the process that stored it; then the resolver takes over.
  Duration call_lease{std::chrono::seconds(10)};
  // Pauses of the resolver between two looks at an operation of unknown outcome.
  BackoffPolicy resolve_backoff{.initial = std::chrono::milliseconds(200),
                                .max = std::chrono::seconds(10)};
};

// What a decision leads to, beside the payment's new state.
struct Reaction {
  bool changed = false;  // the payment must be stored
  std::vector<StepReply> replies;
  std::optional<OperationKind> started;    // a new operation: call the provider
  std::optional<OperationKind> repeated;   // a finished operation: ask about it, and send it again
  std::optional<LedgerTransfer> transfer;  // money has moved
};

// Applies a command. `payment` is nothing when the order has never been heard of; it is created
// when the command needs it (an authorization, or the tombstone of a void that came first). Pure.
//
//              | authorize        | capture        | void               | refund
//  nothing     | start            | refused        | tombstone, done    | failed (unfit)
//  AUTHORIZING | wait             | failed         | wait for it, void  | failed (unfit)
//  AUTHORIZED  | done             | start          | start              | failed (unfit)
//  DECLINED    | refused          | refused        | done               | failed (unfit)
//  CAPTURING   | done             | wait           | failed             | failed
//  CAPTURED    | done             | done           | refused            | start
//  VOIDING     | refused (void)   | refused (void) | wait               | failed (unfit)
//  VOIDED      | refused (void)   | refused (void) | done               | failed (unfit)
//  REFUNDING   | done             | done           | refused, or wait   | wait
//  REFUNDED    | done             | done           | refused, or done   | done
//
// The void of a capture that nobody had been told of (see repair_decisions.h) waits for its refund.
// wait: no second operation; the reply goes to this command when the outcome is known. failed: an
// outcome that decides about the command is still open; the same command will fit later.
// failed (unfit): a refund of money that was never taken contradicts the order's books. A refusal
// would end the saga that asks as if nothing had to be refunded; failing, it runs out of attempts
// and parks for a person. A refused capture turns its saga back, a refused void parks it at once.
// A payment that is to be voided as soon as its authorization is known refuses to be authorized.
// Repeated commands are answered from what is stored, so they change nothing.
Reaction OnCommand(std::optional<Payment>& payment, const PaymentCommand& command,
                   const DecisionPolicy& policy);

// Applies what a provider call has taught us. Only an open operation can change, so a late or
// repeated outcome does nothing. An inconclusive one leaves the operation UNKNOWN, tells the saga
// once, and sets the time of the resolver's next look (`random01` in [0, 1) spreads it). Pure.
Reaction OnOutcome(Payment& payment, const CallOutcome& outcome, const DecisionPolicy& policy,
                   double random01);

// Makes a new operation of a kind that the payment does not have yet.
void StartOperation(Payment& payment, OperationKind kind, const StepRef& asked_by,
                    const DecisionPolicy& policy);

StepReply Done(const OrderId& order_id, const StepRef& step);
StepReply Refused(const OrderId& order_id, const StepRef& step, RefusalReason reason,
                  std::string provider_code, std::string message);
StepReply Failed(const OrderId& order_id, const StepRef& step, std::string message);

}  // namespace orderflow::payment
