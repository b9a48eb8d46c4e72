#include "services/payment/domain/repair_decisions.h"

#include <utility>

#include "libs/base/invariant.h"

namespace orderflow::payment {
namespace {

constexpr char kCapturedCode[] = "captured";  // why a void can not be carried out

const BookEntry& EntryOf(const Difference& difference) {
  INVARIANT(difference.entry.has_value(), "a rule about the provider's entry has that entry");
  return *difference.entry;
}

Reaction StoreOutcome(Payment& payment, const Difference& difference, const DecisionPolicy& policy,
                      double random01) {
  const Operation* operation = FindOperation(payment, difference.kind);
  INVARIANT(operation != nullptr, "an outcome belongs to an operation");
  const BookEntry& entry = EntryOf(difference);
  const ProviderAnswer answer{.reference = entry.reference,
                              .succeeded = entry.succeeded,
                              .decline_code = entry.decline_code,
                              .amount = entry.amount};
  const ProviderCall call = MakeCall(payment, *operation, /*ask_first=*/true);
  return OnOutcome(payment, Judge(call, Question::kFind, answer), policy, random01);
}

// What a tombstone or an unknown order lacks: somebody did ask for this hold.
void AdoptHold(Payment& payment, const BookEntry& hold) {
  payment.amount = hold.amount;
  Operation authorization;
  authorization.kind = OperationKind::kAuthorize;
  authorization.state = OperationState::kSucceeded;
  authorization.provider_reference = hold.reference;
  authorization.asked_by = ReconcilerStep();
  payment.operations.push_back(std::move(authorization));
}

Reaction VoidHold(std::optional<Payment>& payment, const Difference& difference,
                  const DecisionPolicy& policy) {
  if (!payment.has_value()) {
    payment.emplace();
    payment->order_id = OrderId(difference.payment_reference);
  }
  if (FindOperation(*payment, OperationKind::kAuthorize) == nullptr) {
    AdoptHold(*payment, EntryOf(difference));
  }
  payment->decline_code.clear();
  payment->state = PaymentState::kVoiding;
  StartOperation(*payment, OperationKind::kVoid, ReconcilerStep(), policy);
  Reaction reaction;
  reaction.changed = true;
  reaction.started = OperationKind::kVoid;
  return reaction;
}

Reaction RefundCapture(Payment& payment, const DecisionPolicy& policy) {
  StepRef waiting = ReconcilerStep();
  if (Operation* lifting = FindOperation(payment, OperationKind::kVoid);
      lifting != nullptr && IsOpen(lifting->state)) {
    waiting = lifting->asked_by;
    lifting->state = OperationState::kDeclined;
    lifting->decline_code = kCapturedCode;
    lifting->last_error.clear();
    lifting->next_action_in = std::nullopt;
  }
  payment.decline_code.clear();
  payment.state = PaymentState::kRefunding;
  StartOperation(payment, OperationKind::kRefund, waiting, policy);
  Reaction reaction;
  reaction.changed = true;
  reaction.started = OperationKind::kRefund;
  reaction.transfer = CaptureTransfer(payment.order_id, payment.amount);
  return reaction;
}

}  // namespace

Reaction OnDifference(std::optional<Payment>& payment, const Difference& difference,
                      const DecisionPolicy& policy, double random01) {
  INVARIANT(difference.remedy == Remedy::kVoidHold || payment.has_value(),
            "only a hold can be repaired without a payment");
  switch (difference.remedy) {
    case Remedy::kStoreOutcome:
      return StoreOutcome(*payment, difference, policy, random01);
    case Remedy::kVoidHold:
      return VoidHold(payment, difference, policy);
    case Remedy::kRefundCapture:
      return RefundCapture(*payment, policy);
    case Remedy::kSendAgain: {
      Reaction reaction;
      reaction.repeated = difference.kind;
      return reaction;
    }
    case Remedy::kPark:
      break;
  }
  INVARIANT(false, "a parked difference is left to a person");
  return {};
}

}  // namespace orderflow::payment
