#include "services/payment_provider_simulator/grpc/provider_mapping.h"

#include <chrono>

#include "libs/base/errors.h"
#include "libs/base/money.h"
#include "libs/base/status_macros.h"
#include "libs/base/validation.h"
#include "libs/rpc/proto_time.h"

namespace orderflow::payment_provider_simulator {
namespace {

namespace pb = provider::v1;

constexpr size_t kTextSizeMax = 128;   // keys and references, as the proto says
constexpr size_t kTokenSizeMax = 256;  // bytes
constexpr int kDelayMsMax = 60000;
constexpr char kTextRule[] = "must be 1 to 128 bytes of text";

void CheckText(const std::string& text, const char* field, FieldViolations& violations) {
  violations.Check(!text.empty() && IsText(text, kTextSizeMax), field, kTextRule);
}

template <class Request>
absl::StatusOr<MerchantCall> ReadCall(const Request& request, OperationKind kind) {
  FieldViolations violations;
  CheckText(request.idempotency_key(), "idempotency_key", violations);
  CheckText(request.payment_reference(), "payment_reference", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  MerchantCall call;
  call.idempotency_key = request.idempotency_key();
  call.payment_reference = request.payment_reference();
  call.kind = kind;
  return call;
}

pb::OperationKind ToProto(OperationKind kind) {
  switch (kind) {
    case OperationKind::kAuthorize:
      return pb::OPERATION_KIND_AUTHORIZE;
    case OperationKind::kCapture:
      return pb::OPERATION_KIND_CAPTURE;
    case OperationKind::kVoid:
      return pb::OPERATION_KIND_VOID;
    case OperationKind::kRefund:
      break;
  }
  return pb::OPERATION_KIND_REFUND;
}

}  // namespace

pb::Operation ToProto(const Operation& operation) {
  pb::Operation proto;
  proto.set_reference(operation.reference);
  proto.set_idempotency_key(operation.idempotency_key);
  proto.set_payment_reference(operation.payment_reference);
  proto.set_kind(ToProto(operation.kind));
  proto.set_outcome(operation.succeeded ? pb::OPERATION_OUTCOME_SUCCEEDED
                                        : pb::OPERATION_OUTCOME_DECLINED);
  proto.set_decline_code(operation.decline_code);
  proto.mutable_amount()->set_currency_code(operation.amount.currency_code);
  proto.mutable_amount()->set_amount_minor(operation.amount.amount_minor);
  *proto.mutable_create_time() = rpc::ToProtoTime(operation.create_time);
  return proto;
}

pb::Faults ToProto(const Faults& faults) {
  pb::Faults proto;
  proto.set_fail_before_effect(faults.fail_before_effect);
  proto.set_refused_before_effect(faults.refused_before_effect);
  proto.set_no_answer_after_effect(faults.no_answer_after_effect);
  proto.set_delay_ms(static_cast<int32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(faults.delay).count()));
  proto.set_webhook_lost(faults.webhook_lost);
  proto.set_webhook_doubled(faults.webhook_doubled);
  proto.set_webhook_forged(faults.webhook_forged);
  proto.set_webhook_delay_ms_max(static_cast<int32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(faults.webhook_delay_max).count()));
  return proto;
}

absl::StatusOr<MerchantCall> FromProto(const pb::AuthorizeRequest& request) {
  FieldViolations violations;
  CheckText(request.idempotency_key(), "idempotency_key", violations);
  CheckText(request.payment_reference(), "payment_reference", violations);
  violations.Check(IsKnownCurrency(request.amount().currency_code()), "amount.currency_code",
                   "must be a known ISO 4217 code");
  violations.Check(
      request.amount().amount_minor() > 0 && request.amount().amount_minor() <= kAmountMinorMax,
      "amount.amount_minor", "must be positive and within the limit");
  violations.Check(!request.payment_method_token().empty() &&
                       IsText(request.payment_method_token(), kTokenSizeMax),
                   "payment_method_token", "must be 1 to 256 bytes of text");
  violations.Check(!LooksLikeCardNumber(request.payment_method_token()), "payment_method_token",
                   "must be a token, not a card number");
  violations.Check(IsText(request.customer_reference(), kTextSizeMax), "customer_reference",
                   "must be at most 128 bytes of text");
  RETURN_IF_ERROR(violations.ToStatus());
  return MerchantCall{
      .idempotency_key = request.idempotency_key(),
      .payment_reference = request.payment_reference(),
      .kind = OperationKind::kAuthorize,
      .amount = Money{request.amount().currency_code(), request.amount().amount_minor()},
      .payment_method_token = request.payment_method_token(),
      .customer_reference = request.customer_reference()};
}

absl::StatusOr<MerchantCall> FromProto(const pb::CaptureRequest& request) {
  return ReadCall(request, OperationKind::kCapture);
}
absl::StatusOr<MerchantCall> FromProto(const pb::VoidRequest& request) {
  return ReadCall(request, OperationKind::kVoid);
}
absl::StatusOr<MerchantCall> FromProto(const pb::RefundRequest& request) {
  return ReadCall(request, OperationKind::kRefund);
}

absl::StatusOr<std::string> FromProto(const pb::GetOperationRequest& request) {
  FieldViolations violations;
  CheckText(request.idempotency_key(), "idempotency_key", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return request.idempotency_key();
}

absl::StatusOr<Faults> FromProto(const pb::SetFaultsRequest& request) {
  const pb::Faults& proto = request.faults();
  FieldViolations violations;
  const auto probability = [&violations](double value, const char* field) {
    violations.Check(value >= 0 && value <= 1, field, "must be within 0..1");
  };
  const auto delay = [&violations](int32_t milliseconds, const char* field) {
    violations.Check(milliseconds >= 0 && milliseconds <= kDelayMsMax, field,
                     "must be within 0..60000");
  };
  probability(proto.fail_before_effect(), "faults.fail_before_effect");
  probability(proto.refused_before_effect(), "faults.refused_before_effect");
  probability(proto.no_answer_after_effect(), "faults.no_answer_after_effect");
  delay(proto.delay_ms(), "faults.delay_ms");
  probability(proto.webhook_lost(), "faults.webhook_lost");
  probability(proto.webhook_doubled(), "faults.webhook_doubled");
  probability(proto.webhook_forged(), "faults.webhook_forged");
  delay(proto.webhook_delay_ms_max(), "faults.webhook_delay_ms_max");
  RETURN_IF_ERROR(violations.ToStatus());
  return Faults{.fail_before_effect = proto.fail_before_effect(),
                .refused_before_effect = proto.refused_before_effect(),
                .no_answer_after_effect = proto.no_answer_after_effect(),
                .delay = std::chrono::milliseconds(proto.delay_ms()),
                .webhook_lost = proto.webhook_lost(),
                .webhook_doubled = proto.webhook_doubled(),
                .webhook_forged = proto.webhook_forged(),
                .webhook_delay_max = std::chrono::milliseconds(proto.webhook_delay_ms_max())};
}

}  // namespace orderflow::payment_provider_simulator
