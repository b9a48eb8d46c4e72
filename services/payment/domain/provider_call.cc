#include "services/payment/domain/provider_call.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"

namespace orderflow::payment {
namespace {

constexpr char kInvalidRequestCode[] = "invalid_request";
constexpr char kNoHoldCode[] = "no_hold";
constexpr char kNoReasonCode[] = "declined";

CallOutcome Inconclusive(CallOutcome outcome, std::string error) {
  outcome.verdict = Verdict::kInconclusive;
  outcome.error = std::move(error);
  return outcome;
}

CallOutcome JudgeAnswer(const ProviderCall& call, CallOutcome outcome,
                        const ProviderAnswer& answer) {
  if (answer.amount != call.amount && !IsPlanted(PlantedBug::kOtherAmountBelieved)) {
    return Inconclusive(
        std::move(outcome),
        fmt::format("the provider has booked {} under the key {} where {} was asked for; "
                    "compare both books",
                    ToString(answer.amount), call.idempotency_key, ToString(call.amount)));
  }
  outcome.verdict = answer.succeeded ? Verdict::kSucceeded : Verdict::kDeclined;
  outcome.provider_reference = answer.reference;
  if (!answer.succeeded) {
    outcome.decline_code = answer.decline_code.empty() ? kNoReasonCode : answer.decline_code;
  }
  return outcome;
}

CallOutcome JudgeError(const ProviderCall& call, CallOutcome outcome, const absl::Status& error) {
  const bool was_sent = outcome.calls > 0;
  if (was_sent && call.kind == OperationKind::kAuthorize &&
      (absl::IsInvalidArgument(error) || IsPlanted(PlantedBug::kTimeoutIsDecline))) {
    outcome.verdict = Verdict::kDeclined;
    outcome.decline_code = kInvalidRequestCode;
    return outcome;
  }
  if (was_sent && call.kind == OperationKind::kCapture && absl::IsFailedPrecondition(error)) {
    outcome.verdict = Verdict::kDeclined;
    outcome.decline_code = kNoHoldCode;
    return outcome;
  }
  return Inconclusive(
      std::move(outcome),
      fmt::format("{} at the provider: {}: {}",
                  was_sent ? ToString(call.kind) : "look-up of " + ToString(call.kind),
                  absl::StatusCodeToString(error.code()), Message(error)));
}

}  // namespace

ProviderCall MakeCall(const Payment& payment, const Operation& operation, bool ask_first) {
  ProviderCall call;
  call.order_id = payment.order_id;
  call.kind = operation.kind;
  call.idempotency_key = IdempotencyKey(payment.order_id, operation.kind);
  call.amount = payment.amount;
  if (operation.kind == OperationKind::kAuthorize) {
    call.payment_method_token = payment.payment_method_token;
    call.customer_id = payment.customer_id;
  }
  call.traceparent = operation.asked_by.traceparent;
  call.ask_first = ask_first;
  if (IsPlanted(PlantedBug::kRetryWithoutIdempotencyKey)) {
    call.idempotency_key += fmt::format(":{}", operation.attempts);
  }
  if (IsPlanted(PlantedBug::kKeyReusedWithOtherAmount) && ask_first) {
    call.amount.amount_minor += 1;
  }
  return call;
}

CallOutcome Judge(const ProviderCall& call, Question asked,
                  const absl::StatusOr<ProviderAnswer>& answer) {
  CallOutcome outcome;
  outcome.order_id = call.order_id;
  outcome.kind = call.kind;
  outcome.calls = asked == Question::kSend ? 1 : 0;
  if (answer.ok()) {
    return JudgeAnswer(call, std::move(outcome), *answer);
  }
  return JudgeError(call, std::move(outcome), answer.status());
}

}  // namespace orderflow::payment
