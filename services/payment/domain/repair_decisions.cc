#include "services/payment/domain/repair_decisions.h"

#include <utility>
#include <vector>

#include "fmt/format.h"
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

constexpr char kNothingBefore[] = "none";

std::string StateOf(const std::optional<Payment>& payment) {
  return payment.has_value() ? ToString(payment->state) : kNothingBefore;
}

std::string StateOf(const std::optional<Payment>& payment, OperationKind kind) {
  const Operation* operation = payment.has_value() ? FindOperation(*payment, kind) : nullptr;
  return operation != nullptr ? ToString(operation->state) : kNothingBefore;
}

std::string OutcomeName(ReplyOutcome outcome) {
  switch (outcome) {
    case ReplyOutcome::kDone:
      return "DONE";
    case ReplyOutcome::kRefused:
      return "REFUSED";
    case ReplyOutcome::kFailed:
      return "FAILED";
    case ReplyOutcome::kUnknown:
      break;
  }
  return "UNKNOWN";
}

void AddChange(const std::string& what, const std::string& before, const std::string& after,
               std::vector<std::string>& effects) {
  if (before != after) {
    effects.push_back(fmt::format("{} {} -> {}", what, before, after));
  }
}

}  // namespace

std::string DescribeEffects(const std::optional<Payment>& before,
                            const std::optional<Payment>& after, const OrderId& order_id,
                            const Reaction& reaction) {
  std::vector<std::string> effects;
  AddChange("payment", StateOf(before), StateOf(after), effects);
  for (const OperationKind kind : {OperationKind::kAuthorize, OperationKind::kCapture,
                                   OperationKind::kVoid, OperationKind::kRefund}) {
    AddChange(ToString(kind), StateOf(before, kind), StateOf(after, kind), effects);
  }
  if (reaction.transfer.has_value()) {
    effects.push_back(fmt::format("books the {} of {}", ToString(reaction.transfer->kind),
                                  ToString(reaction.transfer->amount)));
  }
  for (const auto& [verb, kind] : {std::pair("sends", reaction.started),
                                   std::pair("asks about, and sends again,", reaction.repeated)}) {
    if (kind.has_value()) {
      effects.push_back(fmt::format("{} {} under the key '{}'", verb, ToString(*kind),
                                    IdempotencyKey(order_id, *kind)));
    }
  }
  for (const StepReply& reply : reaction.replies) {
    if (WantsReply(reply.step)) {
      effects.push_back(fmt::format("answers {}{} with {}", reply.step.step,
                                    reply.step.compensation ? " (undo)" : "",
                                    OutcomeName(reply.outcome)));
    }
  }
  return effects.empty() ? "nothing" : fmt::format("{}", fmt::join(effects, "; "));
}

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
