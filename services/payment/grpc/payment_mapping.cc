#include "services/payment/grpc/payment_mapping.h"

#include <string>

#include "libs/rpc/proto_time.h"

namespace orderflow::payment {
namespace {

// Our names are the proto's, without its prefix; payment_mapping_test walks through all of them.
v1::PaymentState ToProto(PaymentState state) {
  v1::PaymentState proto = v1::PAYMENT_STATE_UNSPECIFIED;
  v1::PaymentState_Parse("PAYMENT_STATE_" + ToString(state), &proto);
  return proto;
}

v1::OperationKind ToProto(OperationKind kind) {
  v1::OperationKind proto = v1::OPERATION_KIND_UNSPECIFIED;
  v1::OperationKind_Parse("OPERATION_KIND_" + ToString(kind), &proto);
  return proto;
}

v1::DifferenceClass ToProto(DifferenceClass difference) {
  v1::DifferenceClass proto = v1::DIFFERENCE_CLASS_UNSPECIFIED;
  v1::DifferenceClass_Parse("DIFFERENCE_CLASS_" + ToString(difference), &proto);
  return proto;
}

v1::DifferenceClosure ToProto(Closure closure) {
  switch (closure) {
    case Closure::kClosed:
      return v1::DIFFERENCE_CLOSURE_CLOSED;
    case Closure::kWaiting:
      return v1::DIFFERENCE_CLOSURE_WAITING;
    case Closure::kPlanned:
      return v1::DIFFERENCE_CLOSURE_PLANNED;
    case Closure::kParked:
      break;
  }
  return v1::DIFFERENCE_CLOSURE_PARKED;
}

v1::PaymentOperation ToProto(const OrderId& order_id, const Operation& operation) {
  v1::PaymentOperation proto;
  v1::OperationState state = v1::OPERATION_STATE_UNSPECIFIED;
  v1::OperationState_Parse("OPERATION_STATE_" + ToString(operation.state), &state);
  proto.set_kind(ToProto(operation.kind));
  proto.set_state(state);
  proto.set_idempotency_key(IdempotencyKey(order_id, operation.kind));
  proto.set_provider_reference(operation.provider_reference);
  proto.set_attempts(operation.attempts);
  proto.set_last_error(operation.last_error);
  *proto.mutable_create_time() = rpc::ToProtoTime(operation.create_time);
  *proto.mutable_update_time() = rpc::ToProtoTime(operation.update_time);
  return proto;
}

}  // namespace

v1::Payment ToProto(const Payment& payment) {
  v1::Payment proto;
  proto.set_order_id(payment.order_id.value());
  proto.set_customer_id(payment.customer_id.value());
  proto.set_state(ToProto(payment.state));
  if (payment.amount.amount_minor > 0) {
    proto.mutable_amount()->set_currency_code(payment.amount.currency_code);
    proto.mutable_amount()->set_amount_minor(payment.amount.amount_minor);
  }
  proto.set_decline_code(payment.decline_code);
  for (const Operation& operation : payment.operations) {
    *proto.add_operations() = ToProto(payment.order_id, operation);
  }
  *proto.mutable_create_time() = rpc::ToProtoTime(payment.create_time);
  *proto.mutable_update_time() = rpc::ToProtoTime(payment.update_time);
  return proto;
}

std::optional<PaymentState> FromProto(v1::PaymentState state) {
  constexpr std::string_view kPrefix = "PAYMENT_STATE_";
  const std::string& name = v1::PaymentState_Name(state);
  if (name.size() <= kPrefix.size()) {
    return std::nullopt;
  }
  return ParsePaymentState(std::string_view(name).substr(kPrefix.size()));
}

std::optional<DifferenceClass> FromProto(v1::DifferenceClass difference) {
  constexpr std::string_view kPrefix = "DIFFERENCE_CLASS_";
  const std::string& name = v1::DifferenceClass_Name(difference);
  if (name.size() <= kPrefix.size()) {
    return std::nullopt;
  }
  return ParseDifferenceClass(std::string_view(name).substr(kPrefix.size()));
}

v1::ReconciliationDifference ToProto(const ReconciledDifference& difference) {
  v1::ReconciliationDifference proto;
  proto.set_payment_reference(difference.difference.payment_reference);
  proto.set_difference_class(ToProto(difference.difference.difference));
  proto.set_kind(ToProto(difference.difference.kind));
  proto.set_closure(ToProto(difference.closure));
  proto.set_remedy(ToString(difference.difference.remedy));
  proto.set_reason(difference.difference.reason);
  proto.set_effects(difference.effects);
  return proto;
}

v1::ReconciliationAction ToProto(const ReconciliationAction& action) {
  v1::ReconciliationAction proto;
  proto.set_action_id(action.action_id);
  proto.mutable_repair()->set_request_id(action.mandate.request_id);
  proto.mutable_repair()->set_actor(action.mandate.actor);
  proto.mutable_repair()->set_reason(action.mandate.reason);
  proto.set_payment_reference(action.difference.payment_reference);
  proto.set_difference_class(ToProto(action.difference.difference));
  proto.set_kind(ToProto(action.difference.kind));
  proto.set_remedy(ToString(action.difference.remedy));
  proto.set_provider_reference(action.provider_reference);
  proto.set_difference(action.difference.reason);
  proto.set_effects(action.effects);
  *proto.mutable_create_time() = rpc::ToProtoTime(action.create_time);
  return proto;
}

v1::ReconciliationFinding ToProto(const Finding& finding) {
  v1::ReconciliationFinding proto;
  proto.set_finding_id(finding.finding_id);
  proto.set_payment_reference(finding.difference.payment_reference);
  proto.set_difference_class(ToProto(finding.difference.difference));
  proto.set_kind(ToProto(finding.difference.kind));
  proto.set_provider_reference(finding.provider_reference);
  proto.set_reason(finding.difference.reason);
  *proto.mutable_first_seen_time() = rpc::ToProtoTime(finding.first_seen_time);
  *proto.mutable_last_seen_time() = rpc::ToProtoTime(finding.last_seen_time);
  if (finding.close_time.has_value()) {
    *proto.mutable_close_time() = rpc::ToProtoTime(*finding.close_time);
  }
  return proto;
}

}  // namespace orderflow::payment
