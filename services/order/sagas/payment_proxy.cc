#include "services/order/sagas/payment_proxy.h"

#include "libs/base/invariant.h"
#include "libs/messaging/topics.h"
#include "orderflow/payment/v1/payment_commands.pb.h"
#include "services/order/sagas/step_ref.h"

namespace orderflow::order {

bool PaymentProxy::Understands(const saga::Command& command) {
  return command.command == "AuthorizePayment" || command.command == "CapturePayment" ||
         command.command == "VoidPayment" || command.command == "RefundPayment";
}

outbox::OutboxMessage PaymentProxy::ToMessage(const saga::Command& command, const SagaId& saga_id,
                                              const Order& order) {
  INVARIANT(Understands(command), "the saga definitions name only commands of a participant");
  payment::v1::PaymentCommand message;
  *message.mutable_step() = StepRef(command, saga_id, order.order_id);
  if (command.command == "AuthorizePayment") {
    auto& authorize = *message.mutable_authorize_payment();
    authorize.mutable_amount()->set_currency_code(order.total.currency_code);
    authorize.mutable_amount()->set_amount_minor(order.total.amount_minor);
    authorize.set_payment_method_token(order.payment_method_token);
    authorize.set_customer_id(order.customer_id.value());
  } else if (command.command == "CapturePayment") {
    message.mutable_capture_payment();
  } else if (command.command == "VoidPayment") {
    message.mutable_void_payment();
  } else {
    message.mutable_refund_payment();
  }
  outbox::OutboxMessage out;
  out.topic = messaging::kPaymentCommands;
  out.key = order.order_id.value();
  out.type = message.GetTypeName();
  out.payload = message.SerializeAsString();
  return out;
}

}  // namespace orderflow::order
