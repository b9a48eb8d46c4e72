// Proves that every command of the proto is read as it was sent, that the trace goes on, and that
// what can never be applied is named in full.
#include "services/payment/messaging/payment_command_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "libs/base/errors.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/testing/pack.h"
#include "orderflow/payment/v1/payment_commands.pb.h"

namespace orderflow::payment {
namespace {

constexpr char kOrder[] = "0190e000-0000-7000-8000-000000000001";
constexpr char kSaga[] = "0190e000-0000-7000-8000-0000000000aa";

v1::PaymentCommand Proto() {
  v1::PaymentCommand proto;
  proto.mutable_step()->set_saga_id(kSaga);
  proto.mutable_step()->set_order_id(kOrder);
  proto.mutable_step()->set_step("authorize_payment");
  proto.mutable_step()->set_attempt(3);
  return proto;
}

messaging::Record RecordOf(const v1::PaymentCommand& proto) {
  messaging::Record record;
  record.topic = "payment.commands";
  record.key = kOrder;
  record.value = proto.SerializeAsString();
  return record;
}

TEST(ParseCommand, ReadsAnAuthorization) {
  v1::PaymentCommand proto = Proto();
  proto.mutable_authorize_payment()->mutable_amount()->set_currency_code("EUR");
  proto.mutable_authorize_payment()->mutable_amount()->set_amount_minor(4200);
  proto.mutable_authorize_payment()->set_payment_method_token("tok_approve");
  proto.mutable_authorize_payment()->set_customer_id("customer-1");

  const auto command = ParseCommand(RecordOf(proto));

  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->order_id.value(), kOrder);
  EXPECT_EQ(command->step.saga_id.value(), kSaga);
  EXPECT_EQ(command->step.step, "authorize_payment");
  EXPECT_EQ(command->step.attempt, 3);
  const auto& authorize = std::get<AuthorizeCommand>(command->action);
  EXPECT_EQ(authorize.amount, (Money{"EUR", 4200}));
  EXPECT_EQ(authorize.payment_method_token, "tok_approve");
  EXPECT_EQ(authorize.customer_id.value(), "customer-1");
}

TEST(ParseCommand, ReadsTheOtherCommands) {
  v1::PaymentCommand capture = Proto();
  capture.mutable_capture_payment();
  v1::PaymentCommand lift = Proto();
  lift.mutable_step()->set_compensation(true);
  lift.mutable_void_payment();
  v1::PaymentCommand refund = Proto();
  refund.mutable_refund_payment();

  EXPECT_TRUE(std::holds_alternative<CaptureCommand>(ParseCommand(RecordOf(capture))->action));
  EXPECT_TRUE(std::holds_alternative<VoidCommand>(ParseCommand(RecordOf(lift))->action));
  EXPECT_TRUE(ParseCommand(RecordOf(lift))->step.compensation);
  EXPECT_TRUE(std::holds_alternative<RefundCommand>(ParseCommand(RecordOf(refund))->action));
}

TEST(ParseCommand, WhatFollowsIsCausedByItsHandling) {
  v1::PaymentCommand proto = Proto();
  proto.mutable_capture_payment();
  messaging::Record record = RecordOf(proto);
  const std::string sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string handled = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01";
  record.headers.Set(messaging::kHeaderTraceparent, sent);

  EXPECT_EQ(ParseCommand(record)->step.traceparent, sent) << "whose handling is not recorded";
  record.span = handled;
  EXPECT_EQ(ParseCommand(record)->step.traceparent, handled);
}

TEST(ParseCommand, NamesEveryFieldThatIsWrong) {
  v1::PaymentCommand proto;
  proto.mutable_step()->set_saga_id("x");
  proto.mutable_authorize_payment()->mutable_amount()->set_currency_code("ZZZ");

  const auto command = ParseCommand(RecordOf(proto));

  ASSERT_TRUE(absl::IsInvalidArgument(command.status()));
  std::string fields;
  for (const FieldViolation& violation : DetailsOf(command.status()).field_violations) {
    fields += violation.field + " ";
  }
  for (const char* field :
       {"step.saga_id", "step.order_id", "step.step", "authorize_payment.amount.currency_code",
        "authorize_payment.amount.amount_minor", "authorize_payment.payment_method_token",
        "authorize_payment.customer_id"}) {
    EXPECT_NE(fields.find(field), std::string::npos) << field << " missing in: " << fields;
  }
}

TEST(ParseCommand, RefusesGarbageAndUnknownCommands) {
  messaging::Record garbage;
  garbage.value = "\xff\xff\xff";

  EXPECT_TRUE(absl::IsInvalidArgument(ParseCommand(garbage).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseCommand(RecordOf(Proto())).status()));
}

TEST(ParseCommand, RefusesThePackedRecordThatAProcessOfBeforeWouldSeeAsOne) {
  v1::PaymentCommand proto = Proto();
  proto.mutable_void_payment();
  const messaging::Record command = RecordOf(proto);
  ASSERT_TRUE(ParseCommand(command).ok());

  EXPECT_TRUE(absl::IsInvalidArgument(ParseCommand(messaging::Pack({command})).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseCommand(messaging::Pack({command, command})).status()));
}

}  // namespace
}  // namespace orderflow::payment
