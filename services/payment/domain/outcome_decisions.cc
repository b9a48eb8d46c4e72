// The half of payment_decisions.h that applies what provider calls have taught us.
#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "services/payment/domain/payment_decisions.h"

namespace orderflow::payment {
namespace {

StepReply Unknown(const OrderId& order_id, const StepRef& step, std::string message) {
  return {order_id,          step, ReplyOutcome::kUnknown, RefusalReason::kUnspecified, "",
          std::move(message)};
}

StepReply Declined(const OrderId& order_id, const StepRef& step, const std::string& code) {
  return Refused(order_id, step, RefusalReason::kPaymentDeclined, code,
                 "the payment provider declined");
}

// The void that waited for the authorization decides what happens next; the authorization's own
// step is being compensated and hears nothing more.
void AfterAuthorization(Payment& payment, const Operation& operation, const DecisionPolicy& policy,
                        Reaction& reaction) {
  payment.payment_method_token.clear();
  const bool succeeded = operation.state == OperationState::kSucceeded;
  payment.state = succeeded ? PaymentState::kAuthorized : PaymentState::kDeclined;
  payment.decline_code = operation.decline_code;
  if (!payment.void_requested_by.has_value()) {
    reaction.replies.push_back(
        succeeded ? Done(payment.order_id, operation.asked_by)
                  : Declined(payment.order_id, operation.asked_by, operation.decline_code));
    return;
  }
  const StepRef void_step = *std::exchange(payment.void_requested_by, std::nullopt);
  if (!succeeded || IsPlanted(PlantedBug::kLateSuccessIgnored)) {
    reaction.replies.push_back(Done(payment.order_id, void_step));
    return;
  }
  payment.state = PaymentState::kVoiding;
  reaction.started = OperationKind::kVoid;
  StartOperation(payment, OperationKind::kVoid, void_step,
                 policy);  // `operation` dangles from here
}

void AfterCapture(Payment& payment, const Operation& operation, Reaction& reaction) {
  if (operation.state == OperationState::kSucceeded) {
    payment.state = PaymentState::kCaptured;
    reaction.transfer = CaptureTransfer(payment.order_id, payment.amount);
    reaction.replies.push_back(Done(payment.order_id, operation.asked_by));
    return;
  }
  // A void may still lift what is left of the hold.
  payment.state = IsPlanted(PlantedBug::kHoldLeftAfterDeclinedCapture) ? PaymentState::kVoided
                                                                       : PaymentState::kAuthorized;
  reaction.replies.push_back(
      Declined(payment.order_id, operation.asked_by, operation.decline_code));
}

// A declined void or refund needs a person: the saga hears FAILED, runs out of attempts and parks.
void AfterUndo(Payment& payment, const Operation& operation, PaymentState undone,
               PaymentState before, Reaction& reaction) {
  if (operation.state == OperationState::kSucceeded) {
    payment.state = undone;
    reaction.replies.push_back(Done(payment.order_id, operation.asked_by));
    return;
  }
  payment.state = before;
  reaction.replies.push_back(
      Failed(payment.order_id, operation.asked_by,
             fmt::format("the provider declined the {}: {}; it needs a person",
                         ToString(operation.kind), operation.decline_code)));
}

void AfterConclusion(Payment& payment, const Operation& operation, const DecisionPolicy& policy,
                     Reaction& reaction) {
  switch (operation.kind) {
    case OperationKind::kAuthorize:
      AfterAuthorization(payment, operation, policy, reaction);
      return;
    case OperationKind::kCapture:
      AfterCapture(payment, operation, reaction);
      return;
    case OperationKind::kVoid:
      AfterUndo(payment, operation, PaymentState::kVoided, PaymentState::kAuthorized, reaction);
      return;
    case OperationKind::kRefund:
      if (operation.state == OperationState::kSucceeded) {
        reaction.transfer = RefundTransfer(payment.order_id, payment.amount);
      }
      AfterUndo(payment, operation, PaymentState::kRefunded, PaymentState::kCaptured, reaction);
      return;
  }
}

void StayUnknown(Payment& payment, Operation& operation, const CallOutcome& outcome,
                 const DecisionPolicy& policy, double random01, Reaction& reaction) {
  if (operation.state == OperationState::kRequested) {
    const StepRef& waiting =
        operation.kind == OperationKind::kAuthorize && payment.void_requested_by.has_value()
            ? *payment.void_requested_by
            : operation.asked_by;
    reaction.replies.push_back(Unknown(payment.order_id, waiting, outcome.error));
  }
  operation.state = OperationState::kUnknown;
  operation.last_error = outcome.error;
  operation.next_action_in = BackoffDelay(policy.resolve_backoff, operation.attempts, random01);
}

}  // namespace

Reaction OnOutcome(Payment& payment, const CallOutcome& outcome, const DecisionPolicy& policy,
                   double random01) {
  Reaction reaction;
  Operation* operation = FindOperation(payment, outcome.kind);
  if (operation == nullptr ||
      (!IsOpen(operation->state) && !IsPlanted(PlantedBug::kOutcomeAppliedTwice))) {
    return reaction;
  }
  reaction.changed = true;
  operation->attempts += outcome.calls;
  if (outcome.verdict == Verdict::kInconclusive) {
    StayUnknown(payment, *operation, outcome, policy, random01, reaction);
    return reaction;
  }
  operation->state = outcome.verdict == Verdict::kSucceeded ? OperationState::kSucceeded
                                                            : OperationState::kDeclined;
  operation->provider_reference = outcome.provider_reference;
  operation->decline_code = outcome.decline_code;
  operation->last_error.clear();
  operation->next_action_in = std::nullopt;
  AfterConclusion(payment, *operation, policy, reaction);
  return reaction;
}

}  // namespace orderflow::payment
