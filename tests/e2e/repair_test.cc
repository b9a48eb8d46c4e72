// Proves through the public APIs of a running stack that a person can see what an order waits for,
// hold it, let it go on and stop it, and what money and stock then say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/testing/eventually.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using testing::Eventually;

constexpr int kAuthorizeStep = 1;
constexpr int kCaptureStep = 2;

// An order whose authorization takes the provider two seconds.
std::string CreateSlowOrder(const std::string& sku) {
  order::v1::CreateOrderRequest request = AnOrder(sku, 1);
  request.set_payment_method_token("tok_slow");
  const auto order = Api::Get().Create(request);
  EXPECT_TRUE(order.ok()) << order.status();
  return order.ok() ? order->order_id() : "";
}

TEST(Repair, APausedOrderStandsStillUntilItIsResumed) {
  Api& api = Api::Get();
  const std::string order_id = CreateSlowOrder(api.AddItem(500, 5));

  ASSERT_TRUE(api.Repair(order_id, order::v1::SAGA_ACTION_KIND_PAUSE).ok());
  EXPECT_TRUE(Eventually([&] {
    const auto saga = api.GetSagaOf(order_id);
    return saga.ok() && saga->steps(kAuthorizeStep).state() == order::v1::SAGA_STEP_STATE_DONE;
  })) << "a paused saga takes answers in";

  const auto explanation = api.Explain(order_id);
  ASSERT_TRUE(explanation.ok()) << explanation.status();
  EXPECT_EQ(explanation->order_state(), order::v1::ORDER_STATE_PENDING);
  EXPECT_EQ(explanation->saga().hold(), order::v1::SAGA_HOLD_PAUSED);
  EXPECT_EQ(explanation->saga().steps(kCaptureStep).state(), order::v1::SAGA_STEP_STATE_PENDING);
  const auto resumed = api.Repair(order_id, order::v1::SAGA_ACTION_KIND_RESUME);
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(api.AwaitRest(order_id).state(), order::v1::ORDER_STATE_CONFIRMED);
}

TEST(Repair, AnOrderIsStoppedAndLeavesNothingBehind) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(500, 5);
  const std::string order_id = CreateSlowOrder(sku);

  const auto stopped = api.Repair(order_id, order::v1::SAGA_ACTION_KIND_COMPENSATE);

  ASSERT_TRUE(stopped.ok()) << stopped.status();
  const order::v1::Order order = api.AwaitRest(order_id);
  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);
  EXPECT_EQ(order.refusal().reason(), common::v1::Refusal::REASON_STOPPED_BY_OPERATOR);
  const auto payment = api.GetPayment(order_id);
  ASSERT_TRUE(payment.ok()) << payment.status();
  EXPECT_EQ(payment->state(), payment::v1::PAYMENT_STATE_VOIDED);
  EXPECT_EQ(api.GetItem(sku).reserved(), 0);
}

// A new order whose capture waits unsent; empty when it was captured: the pause is not in force
// yet.
std::string CreateOrderThatWaits(const std::string& sku) {
  Api& api = Api::Get();
  const auto order = api.Create(AnOrder(sku));
  EXPECT_TRUE(order.ok()) << order.status();
  order::v1::SagaStep capture;
  EXPECT_TRUE(Eventually([&] {
    const auto saga = api.GetSagaOf(order->order_id());
    capture = saga.ok() ? saga->steps(kCaptureStep) : order::v1::SagaStep();
    return capture.state() == order::v1::SAGA_STEP_STATE_DONE ||
           capture.state() == order::v1::SAGA_STEP_STATE_EXECUTING;
  }));
  return capture.state() == order::v1::SAGA_STEP_STATE_EXECUTING && capture.attempts() == 0
             ? order->order_id()
             : "";
}

// Pauses a step in all sagas for as long as it lives: nothing waits for it in the next test.
class PausedStep {
 public:
  explicit PausedStep(std::string step) : step_(std::move(step)) {
    EXPECT_TRUE(Api::Get().PauseStep(step_).ok());
  }
  PausedStep(const PausedStep&) = delete;
  PausedStep& operator=(const PausedStep&) = delete;
  ~PausedStep() { EXPECT_TRUE(Api::Get().ResumeStep(step_).ok()); }

 private:
  const std::string step_;
};

TEST(Repair, AStepThatIsPausedForAllIsNotSentForNewOrders) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(500, 100);
  std::string order_id;
  {
    const PausedStep pause("capture_payment");
    ASSERT_TRUE(Eventually([&] {
      order_id = CreateOrderThatWaits(sku);
      return !order_id.empty();
    }));

    const auto payment = api.GetPayment(order_id);
    ASSERT_TRUE(payment.ok()) << payment.status();
    EXPECT_EQ(payment->state(), payment::v1::PAYMENT_STATE_AUTHORIZED);
  }
  EXPECT_EQ(api.AwaitRest(order_id).state(), order::v1::ORDER_STATE_CONFIRMED);
}

TEST(Repair, MoneyIsNotSkippedOnAPersonsWord) {
  Api& api = Api::Get();
  const std::string order_id = CreateSlowOrder(api.AddItem(500, 5));

  const auto skipped = api.Repair(order_id, order::v1::SAGA_ACTION_KIND_SKIP, "authorize_payment");

  EXPECT_EQ(skipped.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(DetailsOf(skipped.status()).reason, "STEP_NOT_PROVEN") << skipped.status();
  EXPECT_EQ(api.AwaitRest(order_id).state(), order::v1::ORDER_STATE_CONFIRMED);
}

TEST(Repair, InBulkNeedsAYesAndTakesNoVersion) {
  const auto compensate = [](const std::string& arguments) {
    return Stack::Get().Run(
        "\"$ORDERFLOW_BUILD_DIR\"/bin/orderctl saga compensate --all --state NEEDS_ATTENTION "
        "--age-min 8640000 --as e2e --reason 'end to end test' " +
        arguments);
  };

  const Stack::Result unsure = compensate("");
  EXPECT_EQ(unsure.exit_code, 2);
  EXPECT_THAT(unsure.output, ::testing::HasSubstr("--all needs --yes"));
  EXPECT_EQ(compensate("--yes --expected-version 7").exit_code, 2);
  EXPECT_EQ(compensate("--dry-run").exit_code, 0);
  EXPECT_EQ(compensate("--yes").exit_code, 0);
}

}  // namespace
}  // namespace orderflow::e2e
