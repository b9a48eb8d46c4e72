// Proves that settings of payment-service which contradict each other, or with which money under
// way would be taken for money gone wrong, are named at the start.
#include "services/payment/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/config/settings.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

absl::Status Check(const config::Settings::Environment& environment) {
  config::Settings settings(environment);
  DeclarePaymentService(settings);
  return settings.Check();
}

auto Refuses(const std::string& text) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text));
}

TEST(PaymentServiceConfig, TheDefaultsFitTogether) { EXPECT_THAT(Check({}), IsOk()); }

TEST(PaymentServiceConfig, ThereIsRoomForABatchOfEachConsumer) {
  EXPECT_THAT(
      Check({{"ORDERFLOW_PAYMENT_CONSUMERS", "2"}, {"ORDERFLOW_PAYMENT_BATCH_MAX", "2048"}}),
      IsOk());
  EXPECT_THAT(
      Check({{"ORDERFLOW_PAYMENT_CONSUMERS", "3"}, {"ORDERFLOW_PAYMENT_BATCH_MAX", "2048"}}),
      Refuses("ORDERFLOW_PROVIDER_WAITING_MAX must be at least"));
}

TEST(PaymentServiceConfig, AnOperationIsNotTakenOverDuringItsCall) {
  EXPECT_THAT(Check({{"ORDERFLOW_PROVIDER_TIMEOUT_MS", "3750"}}), IsOk());
  EXPECT_THAT(Check({{"ORDERFLOW_PROVIDER_TIMEOUT_MS", "3751"}}),
              Refuses("ORDERFLOW_PROVIDER_CALL_LEASE_MS must be at least four times"));
}

// What a hold looks like before its payment is stored is what an unwanted hold looks like.
TEST(PaymentServiceConfig, NothingIsTakenForUnwantedAtOnce) {
  EXPECT_THAT(Check({{"ORDERFLOW_PAYMENT_ORPHAN_HOLD_AGE_MS", "60000"},
                     {"ORDERFLOW_PAYMENT_RECONCILE_SETTLE_MS", "1000"}}),
              IsOk());
  EXPECT_THAT(Check({{"ORDERFLOW_PAYMENT_ORPHAN_HOLD_AGE_MS", "59999"}}),
              Refuses("ORDERFLOW_PAYMENT_ORPHAN_HOLD_AGE_MS"));
  EXPECT_THAT(Check({{"ORDERFLOW_PAYMENT_RECONCILE_SETTLE_MS", "999"}}),
              Refuses("ORDERFLOW_PAYMENT_RECONCILE_SETTLE_MS"));
}

}  // namespace
}  // namespace orderflow::payment
