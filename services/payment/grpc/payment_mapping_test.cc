// Proves that every state and kind has its counterpart in the API, and that the token stays inside.
#include "services/payment/grpc/payment_mapping.h"

#include <gtest/gtest.h>

#include <string>

namespace orderflow::payment {
namespace {

TEST(PaymentMapping, KnowsEveryPaymentStateBothWays) {
  int known = 0;
  for (int value = v1::PaymentState_MIN; value <= v1::PaymentState_MAX; ++value) {
    const auto proto = static_cast<v1::PaymentState>(value);
    const auto state = FromProto(proto);
    if (proto == v1::PAYMENT_STATE_UNSPECIFIED) {
      EXPECT_FALSE(state.has_value());
      continue;
    }
    ASSERT_TRUE(state.has_value()) << v1::PaymentState_Name(proto);
    Payment payment;
    payment.state = *state;
    EXPECT_EQ(ToProto(payment).state(), proto);
    ++known;
  }
  EXPECT_EQ(known, 9);
  EXPECT_FALSE(FromProto(static_cast<v1::PaymentState>(999)).has_value());
}

TEST(PaymentMapping, KnowsEveryOperationKindAndState) {
  for (const auto kind : {OperationKind::kAuthorize, OperationKind::kCapture, OperationKind::kVoid,
                          OperationKind::kRefund}) {
    for (const auto state : {OperationState::kRequested, OperationState::kUnknown,
                             OperationState::kSucceeded, OperationState::kDeclined}) {
      Payment payment;
      payment.operations.push_back({.kind = kind, .state = state});

      const v1::Payment proto = ToProto(payment);

      EXPECT_EQ(v1::OperationKind_Name(proto.operations(0).kind()),
                "OPERATION_KIND_" + ToString(kind));
      EXPECT_EQ(v1::OperationState_Name(proto.operations(0).state()),
                "OPERATION_STATE_" + ToString(state));
    }
  }
}

TEST(PaymentMapping, ShowsAPaymentWithoutItsToken) {
  Payment payment;
  payment.order_id = OrderId("0190e000-0000-7000-8000-000000000001");
  payment.customer_id = CustomerId("customer-1");
  payment.amount = {"EUR", 4200};
  payment.payment_method_token = "tok_secret";
  payment.decline_code = "expired_card";
  payment.create_time = Timestamp(std::chrono::microseconds(1'500'000));
  payment.operations.push_back(
      {.kind = OperationKind::kAuthorize, .attempts = 2, .last_error = "timed out"});

  const v1::Payment proto = ToProto(payment);

  EXPECT_EQ(proto.amount().amount_minor(), 4200);
  EXPECT_EQ(proto.create_time().seconds(), 1);
  EXPECT_EQ(proto.create_time().nanos(), 500'000'000);
  EXPECT_EQ(proto.operations(0).idempotency_key(), payment.order_id.value() + ":AUTHORIZE");
  EXPECT_EQ(proto.operations(0).attempts(), 2);
  EXPECT_EQ(proto.SerializeAsString().find("tok_secret"), std::string::npos);
}

TEST(PaymentMapping, NamesEveryClassOfDifference) {
  for (const DifferenceClass difference : AllDifferenceClasses()) {
    Finding finding;
    finding.difference.difference = difference;
    const v1::ReconciliationFinding proto = ToProto(finding);
    EXPECT_EQ(v1::DifferenceClass_Name(proto.difference_class()),
              "DIFFERENCE_CLASS_" + ToString(difference));
    EXPECT_EQ(FromProto(proto.difference_class()), difference);
    EXPECT_FALSE(proto.has_close_time());
  }
}

TEST(PaymentMapping, ShowsNoAmountOfATombstone) {
  Payment payment;
  payment.state = PaymentState::kVoided;

  EXPECT_FALSE(ToProto(payment).has_amount());
}

}  // namespace
}  // namespace orderflow::payment
