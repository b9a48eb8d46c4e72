#include "services/payment/messaging/payment_command_parser.h"

#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/messaging/record_trace.h"
#include "orderflow/payment/v1/payment_commands.pb.h"

namespace orderflow::payment {
namespace {

using Proto = v1::PaymentCommand;

constexpr size_t kTokenSizeMax = 256;     // bytes
constexpr size_t kStepNameSizeMax = 100;  // bytes

void CheckStep(const messaging::Record& record, const order::v1::SagaStepRef& step,
               FieldViolations& violations) {
  violations.Check(IsUuid(step.saga_id()), "step.saga_id", "must be a UUID");
  violations.Check(IsUuid(step.order_id()), "step.order_id", "must be a UUID");
  violations.Check(step.order_id() == record.key, "step.order_id", "must be the record's key");
  violations.Check(!step.step().empty() && IsText(step.step(), kStepNameSizeMax), "step.step",
                   "must be 1 to 100 bytes of text");
}

AuthorizeCommand ReadAuthorize(const v1::AuthorizePayment& proto, FieldViolations& violations) {
  const auto& amount = proto.amount();
  violations.Check(IsKnownCurrency(amount.currency_code()),
                   "authorize_payment.amount.currency_code", "must be a known ISO 4217 code");
  violations.Check(amount.amount_minor() > 0 && amount.amount_minor() <= kAmountMinorMax,
                   "authorize_payment.amount.amount_minor",
                   "must be positive and within the limit");
  violations.Check(
      !proto.payment_method_token().empty() && IsText(proto.payment_method_token(), kTokenSizeMax),
      "authorize_payment.payment_method_token", "must be 1 to 256 bytes of text");
  violations.Check(IsName(proto.customer_id()), "authorize_payment.customer_id", kNameRule);
  return {Money{amount.currency_code(), amount.amount_minor()}, proto.payment_method_token(),
          CustomerId(proto.customer_id())};
}

}  // namespace

absl::StatusOr<PaymentCommand> ParseCommand(const messaging::Record& record) {
  Proto proto;
  if (!proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError(
        fmt::format("the record at {}-{}@{} is not an orderflow.payment.v1.PaymentCommand",
                    record.topic, record.partition, record.offset));
  }
  FieldViolations violations;
  CheckStep(record, proto.step(), violations);
  PaymentCommand command;
  command.order_id = OrderId(proto.step().order_id());
  command.step =
      StepRef{SagaId(proto.step().saga_id()), proto.step().step(), proto.step().compensation(),
              proto.step().attempt(), std::string(messaging::TraceparentOf(record))};
  switch (proto.command_case()) {
    case Proto::kAuthorizePayment:
      command.action = ReadAuthorize(proto.authorize_payment(), violations);
      break;
    case Proto::kCapturePayment:
      command.action = CaptureCommand{};
      break;
    case Proto::kVoidPayment:
      command.action = VoidCommand{};
      break;
    case Proto::kRefundPayment:
      command.action = RefundCommand{};
      break;
    case Proto::COMMAND_NOT_SET:
      violations.Add("command", "must be one that this version knows");
      break;
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return command;
}

}  // namespace orderflow::payment
