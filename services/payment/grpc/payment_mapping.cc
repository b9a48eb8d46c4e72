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

v1::PaymentOperation ToProto(const OrderId& order_id, const Operation& operation) {
  v1::PaymentOperation proto;
  v1::OperationKind kind = v1::OPERATION_KIND_UNSPECIFIED;
  v1::OperationKind_Parse("OPERATION_KIND_" + ToString(operation.kind), &kind);
  v1::OperationState state = v1::OPERATION_STATE_UNSPECIFIED;
  v1::OperationState_Parse("OPERATION_STATE_" + ToString(operation.state), &state);
  proto.set_kind(kind);
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

}  // namespace orderflow::payment
