#include "fmt/format.h"
#include "libs/base/uuid.h"
#include "orderflow/payment/v1/payment_commands.pb.h"
#include "services/payment/domain/payment_batch.h"
#include "services/payment/messaging/payment_command_parser.h"
#include "services/payment/messaging/saga_replies.h"
#include "tests/instructions/cases.h"

namespace orderflow::instructions {
namespace {

class SameId final : public IdGenerator {
 public:
  std::string NewId() override { return kMessage; }
};

messaging::Record ACommand() {
  payment::v1::PaymentCommand message;
  message.mutable_step()->set_saga_id(kSaga);
  message.mutable_step()->set_order_id(kOrder);
  message.mutable_step()->set_step("authorize_payment");
  message.mutable_step()->set_attempt(1);
  payment::v1::AuthorizePayment& authorize = *message.mutable_authorize_payment();
  authorize.mutable_amount()->set_currency_code("EUR");
  authorize.mutable_amount()->set_amount_minor(11'994);
  authorize.set_payment_method_token("tok_approve");
  authorize.set_customer_id("customer-4711");
  return {.topic = "payment.commands",
          .key = kOrder,
          .value = message.SerializeAsString(),
          .headers = {{"traceparent", kTraceparent}}};
}

std::function<void()> Parse() {
  return [record = ACommand()] { Use(payment::ParseCommand(record).value()); };
}

std::vector<payment::PaymentCommand> Commands() {
  std::vector<payment::PaymentCommand> commands(kBatch, payment::ParseCommand(ACommand()).value());
  for (int i = 0; i < kBatch; ++i) {
    commands[static_cast<size_t>(i)].order_id =
        OrderId(fmt::format("0190a8a0-0000-7000-8000-{:012}", i));
  }
  return commands;
}

// An authorization for each order of a batch, what has to be stored of it, and its calls.
std::function<void()> Authorize() {
  return [commands = Commands()] {
    payment::PaymentBatch batch({}, {});
    for (const payment::PaymentCommand& command : commands) {
      batch.Apply(command);
    }
    Use(batch.TakeCalls(std::chrono::steady_clock::time_point::max()));
    Use(batch.TakeChanges());
  };
}

// The outcome of each of them, the transfers, and the replies.
std::function<void()> Conclude() {
  payment::PaymentBatch requested({}, {});
  for (const payment::PaymentCommand& command : Commands()) {
    requested.Apply(command);
  }
  payment::Payments stored;
  std::vector<payment::CallOutcome> outcomes;
  for (const payment::PaymentChange& change : requested.TakeChanges()) {
    stored[change.after.order_id] = change.after;
    outcomes.push_back({.order_id = change.after.order_id,
                        .kind = payment::OperationKind::kAuthorize,
                        .verdict = payment::Verdict::kSucceeded,
                        .calls = 1});
  }
  return [stored, outcomes] {
    static SameId ids;
    payment::PaymentBatch batch(stored, {});
    for (const payment::CallOutcome& outcome : outcomes) {
      batch.Apply(outcome, 0.5);
    }
    Use(batch.TakeChanges());
    Use(payment::ToOutboxMessages(batch.replies(), ids));
  };
}

}  // namespace

std::vector<Case> PaymentCases() {
  return {{"payment_command_parse", Parse},
          {"payment_batch_authorize", Authorize},
          {"payment_batch_conclude", Conclude}};
}

}  // namespace orderflow::instructions
