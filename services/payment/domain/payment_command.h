#pragma once

#include <string>
#include <variant>

#include "libs/base/money.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

struct AuthorizeCommand {
  Money amount;
  std::string payment_method_token;
  CustomerId customer_id;
};
struct CaptureCommand {};
struct VoidCommand {};
struct RefundCommand {};

// What a saga step asks for.
struct PaymentCommand {
  OrderId order_id;
  StepRef step;
  std::variant<AuthorizeCommand, CaptureCommand, VoidCommand, RefundCommand> action;
};

enum class ReplyOutcome { kDone, kRefused, kFailed, kUnknown };

enum class RefusalReason {
  kUnspecified,         // not a customer's matter: the command does not fit the payment's state
  kPaymentDeclined,     // `provider_code` says why
  kAlreadyCompensated,  // the void came first
};

// The answer to one saga step.
struct StepReply {
  OrderId order_id{};
  StepRef step{};
  ReplyOutcome outcome = ReplyOutcome::kDone;
  RefusalReason refusal = RefusalReason::kUnspecified;
  std::string provider_code{};
  std::string message{};  // one sentence for a person; empty for kDone

  bool operator==(const StepReply&) const = default;
};

}  // namespace orderflow::payment
