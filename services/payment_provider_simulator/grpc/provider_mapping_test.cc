// Proves that requests are checked whole, every wrong field named, and mapped without loss.
#include "services/payment_provider_simulator/grpc/provider_mapping.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "libs/base/errors.h"

namespace orderflow::payment_provider_simulator {
namespace {

namespace pb = provider::v1;

std::set<std::string> FieldsOf(const absl::Status& status) {
  std::set<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    fields.insert(violation.field);
  }
  return fields;
}

TEST(ProviderMapping, ReadsAnAuthorization) {
  pb::AuthorizeRequest request;
  request.set_idempotency_key("key");
  request.set_payment_reference("payment");
  request.mutable_amount()->set_currency_code("EUR");
  request.mutable_amount()->set_amount_minor(4200);
  request.set_payment_method_token("tok_approve");
  request.set_customer_reference("customer");

  const auto call = FromProto(request);

  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->kind, OperationKind::kAuthorize);
  EXPECT_EQ(call->amount, (Money{"EUR", 4200}));
  EXPECT_EQ(call->customer_reference, "customer");
}

TEST(ProviderMapping, NamesEveryWrongField) {
  pb::AuthorizeRequest request;
  request.set_idempotency_key(std::string(129, 'k'));
  request.set_payment_method_token("4111 1111 1111 1111");

  EXPECT_EQ(FieldsOf(FromProto(request).status()),
            (std::set<std::string>{"idempotency_key", "payment_reference", "amount.currency_code",
                                   "amount.amount_minor", "payment_method_token"}));
  EXPECT_EQ(FieldsOf(FromProto(pb::CaptureRequest()).status()),
            (std::set<std::string>{"idempotency_key", "payment_reference"}));
}

TEST(ProviderMapping, KeepsFaultsWithinBounds) {
  pb::SetFaultsRequest request;
  request.mutable_faults()->set_fail_before_effect(1.5);
  request.mutable_faults()->set_refused_before_effect(2);
  request.mutable_faults()->set_no_answer_after_effect(-0.1);
  request.mutable_faults()->set_delay_ms(60001);
  request.mutable_faults()->set_webhook_lost(2);
  request.mutable_faults()->set_webhook_doubled(-1);
  request.mutable_faults()->set_webhook_forged(1.01);
  request.mutable_faults()->set_webhook_delay_ms_max(-1);
  EXPECT_EQ(FieldsOf(FromProto(request).status()).size(), 8u);

  request.Clear();

  request.mutable_faults()->set_fail_before_effect(0.5);
  request.mutable_faults()->set_refused_before_effect(0.125);
  request.mutable_faults()->set_no_answer_after_effect(0);
  request.mutable_faults()->set_delay_ms(20);
  request.mutable_faults()->set_webhook_forged(0.25);
  request.mutable_faults()->set_webhook_delay_ms_max(30);
  const auto faults = FromProto(request);

  ASSERT_TRUE(faults.ok()) << faults.status();
  EXPECT_EQ(faults->delay, std::chrono::milliseconds(20));
  EXPECT_EQ(faults->webhook_delay_max, std::chrono::milliseconds(30));
  EXPECT_EQ(ToProto(*faults).SerializeAsString(), request.faults().SerializeAsString());
}

TEST(ProviderMapping, ShowsAnOperation) {
  const Operation operation{.reference = "r",
                            .idempotency_key = "k",
                            .payment_reference = "p",
                            .kind = OperationKind::kRefund,
                            .succeeded = true,
                            .amount = {"EUR", 4200},
                            .create_time = Timestamp(std::chrono::milliseconds(1500))};

  const pb::Operation proto = ToProto(operation);

  EXPECT_EQ(proto.kind(), pb::OPERATION_KIND_REFUND);
  EXPECT_EQ(proto.outcome(), pb::OPERATION_OUTCOME_SUCCEEDED);
  EXPECT_EQ(proto.amount().amount_minor(), 4200);
  EXPECT_EQ(proto.create_time().seconds(), 1);
  EXPECT_EQ(proto.create_time().nanos(), 500'000'000);
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
