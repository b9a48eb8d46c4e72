#include "services/payment/domain/payment_decisions.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/planted_bug.h"

namespace orderflow::payment {
namespace {

Reaction Answer(StepReply reply) {
  Reaction reaction;
  reaction.replies.push_back(std::move(reply));
  return reaction;
}

Reaction AnswerDone(const PaymentCommand& command) {
  return Answer(Done(command.order_id, command.step));
}

Reaction AnswerVoidedBefore(const PaymentCommand& command) {
  return Answer(Refused(command.order_id, command.step, RefusalReason::kAlreadyCompensated, "",
                        "the payment has been voided; nothing is held"));
}

Reaction AnswerDeclined(const PaymentCommand& command, const std::string& code) {
  return Answer(Refused(command.order_id, command.step, RefusalReason::kPaymentDeclined, code,
                        "the payment provider declined"));
}

// The command does not fit the payment: nothing a customer could do anything about.
Reaction AnswerUnfit(const PaymentCommand& command, std::string message) {
  return Answer(
      Refused(command.order_id, command.step, RefusalReason::kUnspecified, "", std::move(message)));
}

Reaction AnswerNotYet(const PaymentCommand& command, std::string message) {
  return Answer(Failed(command.order_id, command.step, std::move(message)));
}

// The operation is open: its reply goes to whoever asked last.
Reaction Wait(Payment& payment, OperationKind kind, const PaymentCommand& command) {
  Operation* operation = FindOperation(payment, kind);
  INVARIANT(operation != nullptr, "a payment in an -ING state has the operation it waits for");
  Reaction reaction;
  reaction.changed = operation->asked_by != command.step;
  operation->asked_by = command.step;
  return reaction;
}

Reaction Start(Payment& payment, OperationKind kind, PaymentState state,
               const PaymentCommand& command, const DecisionPolicy& policy) {
  StartOperation(payment, kind, command.step, policy);
  payment.state = state;
  Reaction reaction;
  reaction.changed = true;
  reaction.started = kind;
  return reaction;
}

// The operation has been tried and declined before; there is no second one of its kind.
Reaction AnswerTriedBefore(const Operation& operation, const PaymentCommand& command) {
  return AnswerNotYet(command,
                      fmt::format("the provider declined the {} before: {}; it needs a person",
                                  ToString(operation.kind), operation.decline_code));
}

Reaction OnAuthorize(std::optional<Payment>& payment, const PaymentCommand& command,
                     const AuthorizeCommand& authorize, const DecisionPolicy& policy) {
  if (!payment.has_value()) {
    payment.emplace();
    payment->order_id = command.order_id;
    payment->customer_id = authorize.customer_id;
    payment->amount = authorize.amount;
    payment->payment_method_token = authorize.payment_method_token;
    return Start(*payment, OperationKind::kAuthorize, PaymentState::kAuthorizing, command, policy);
  }
  if (payment->void_requested_by.has_value() || payment->state == PaymentState::kVoiding ||
      payment->state == PaymentState::kVoided) {
    return AnswerVoidedBefore(command);
  }
  if (authorize.amount != payment->amount) {
    return AnswerNotYet(command,
                        fmt::format("the order's payment is over {}, not over {}",
                                    ToString(payment->amount), ToString(authorize.amount)));
  }
  if (payment->state == PaymentState::kAuthorizing) {
    return Wait(*payment, OperationKind::kAuthorize, command);
  }
  if (payment->state == PaymentState::kDeclined) {
    return AnswerDeclined(command, payment->decline_code);
  }
  return AnswerDone(command);
}

Reaction OnCapture(std::optional<Payment>& payment, const PaymentCommand& command,
                   const DecisionPolicy& policy) {
  if (!payment.has_value()) {
    return AnswerUnfit(command, "no payment of the order was ever authorized");
  }
  switch (payment->state) {
    case PaymentState::kAuthorizing:
      return AnswerNotYet(command, "the authorization's outcome is not known yet");
    case PaymentState::kAuthorized:
      if (const Operation* before = FindOperation(*payment, OperationKind::kCapture)) {
        return AnswerDeclined(command, before->decline_code);
      }
      return Start(*payment, OperationKind::kCapture, PaymentState::kCapturing, command, policy);
    case PaymentState::kDeclined:
      return AnswerDeclined(command, payment->decline_code);
    case PaymentState::kCapturing:
      return Wait(*payment, OperationKind::kCapture, command);
    case PaymentState::kVoiding:
    case PaymentState::kVoided:
      return AnswerVoidedBefore(command);
    case PaymentState::kCaptured:
    case PaymentState::kRefunding:
    case PaymentState::kRefunded:
      break;
  }
  return AnswerDone(command);
}

Reaction LeaveTombstone(std::optional<Payment>& payment, const PaymentCommand& command) {
  payment.emplace();
  payment->order_id = command.order_id;
  payment->state = PaymentState::kVoided;
  Reaction reaction = AnswerDone(command);
  reaction.changed = !IsPlanted(PlantedBug::kVoidLeavesNoTombstone);
  return reaction;
}

// Whoever asked for the capture, if anybody did, heard that it was declined.
bool CapturedUnnoticed(const Payment& payment) {
  const Operation* capture = FindOperation(payment, OperationKind::kCapture);
  return capture == nullptr || capture->state == OperationState::kDeclined;
}

Reaction OnVoid(std::optional<Payment>& payment, const PaymentCommand& command,
                const DecisionPolicy& policy) {
  if (!payment.has_value()) {
    return LeaveTombstone(payment, command);
  }
  switch (payment->state) {
    case PaymentState::kAuthorizing: {
      Reaction reaction;
      reaction.changed = payment->void_requested_by != command.step;
      if (!IsPlanted(PlantedBug::kVoidForgottenWhileAuthorizing)) {
        payment->void_requested_by = command.step;
      }
      return reaction;
    }
    case PaymentState::kAuthorized:
      if (const Operation* before = FindOperation(*payment, OperationKind::kVoid)) {
        return AnswerTriedBefore(*before, command);
      }
      return Start(*payment, OperationKind::kVoid, PaymentState::kVoiding, command, policy);
    case PaymentState::kDeclined:
    case PaymentState::kVoided:
      return AnswerDone(command);
    case PaymentState::kVoiding:
      return Wait(*payment, OperationKind::kVoid, command);
    case PaymentState::kCapturing:
      return AnswerNotYet(command, "the capture's outcome is not known yet");
    case PaymentState::kRefunding:
      if (CapturedUnnoticed(*payment)) {
        return Wait(*payment, OperationKind::kRefund, command);
      }
      break;
    case PaymentState::kRefunded:
      if (CapturedUnnoticed(*payment)) {
        return AnswerDone(command);
      }
      break;
    case PaymentState::kCaptured:
      if (IsPlanted(PlantedBug::kVoidAfterCaptureIsDone)) {
        return AnswerDone(command);
      }
      break;
  }
  return AnswerUnfit(command, "the amount has been captured; it can only be refunded");
}

// Whoever asks for it believes that the order is paid. Not refused: see the table.
Reaction AnswerNothingCaptured(const PaymentCommand& command, const std::string& found) {
  return Answer(Failed(
      command.order_id, command.step,
      fmt::format("nothing of the order is captured, so nothing can be refunded: {}; it needs a "
                  "person",
                  found)));
}

Reaction OnRefund(std::optional<Payment>& payment, const PaymentCommand& command,
                  const DecisionPolicy& policy) {
  if (!payment.has_value()) {
    return AnswerNothingCaptured(command, "the order has no payment");
  }
  switch (payment->state) {
    case PaymentState::kCapturing:
      return AnswerNotYet(command, "the capture's outcome is not known yet");
    case PaymentState::kCaptured:
      if (const Operation* before = FindOperation(*payment, OperationKind::kRefund)) {
        return AnswerTriedBefore(*before, command);
      }
      return Start(*payment, OperationKind::kRefund, PaymentState::kRefunding, command, policy);
    case PaymentState::kRefunding:
      return Wait(*payment, OperationKind::kRefund, command);
    case PaymentState::kRefunded: {
      Reaction reaction = AnswerDone(command);
      if (IsPlanted(PlantedBug::kRefundTwice)) {
        reaction.transfer = RefundTransfer(payment->order_id, payment->amount);
      }
      return reaction;
    }
    case PaymentState::kAuthorizing:
    case PaymentState::kAuthorized:
    case PaymentState::kDeclined:
    case PaymentState::kVoiding:
    case PaymentState::kVoided:
      break;
  }
  return AnswerNothingCaptured(command, fmt::format("the payment is {}", ToString(payment->state)));
}

}  // namespace

void StartOperation(Payment& payment, OperationKind kind, const StepRef& asked_by,
                    const DecisionPolicy& policy) {
  INVARIANT(FindOperation(payment, kind) == nullptr, "at most one operation of a kind per payment");
  Operation operation;
  operation.kind = kind;
  operation.asked_by = asked_by;
  operation.next_action_in = policy.call_lease;
  payment.operations.push_back(std::move(operation));
}

StepReply Done(const OrderId& order_id, const StepRef& step) {
  return {order_id, step, ReplyOutcome::kDone, RefusalReason::kUnspecified, "", ""};
}

StepReply Refused(const OrderId& order_id, const StepRef& step, RefusalReason reason,
                  std::string provider_code, std::string message) {
  return {order_id,          step, ReplyOutcome::kRefused, reason, std::move(provider_code),
          std::move(message)};
}

StepReply Failed(const OrderId& order_id, const StepRef& step, std::string message) {
  return {order_id,          step, ReplyOutcome::kFailed, RefusalReason::kUnspecified, "",
          std::move(message)};
}

Reaction OnCommand(std::optional<Payment>& payment, const PaymentCommand& command,
                   const DecisionPolicy& policy) {
  if (const auto* authorize = std::get_if<AuthorizeCommand>(&command.action)) {
    return OnAuthorize(payment, command, *authorize, policy);
  }
  if (std::holds_alternative<CaptureCommand>(command.action)) {
    return OnCapture(payment, command, policy);
  }
  if (std::holds_alternative<VoidCommand>(command.action)) {
    return OnVoid(payment, command, policy);
  }
  return OnRefund(payment, command, policy);
}

}  // namespace orderflow::payment
