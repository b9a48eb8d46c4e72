// Proves through the public APIs of a running stack that a person can see what an order waits for,
// hold it, let it go on and stop it, and what money and stock then say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/testing/eventually.h"
#include "nlohmann/json.hpp"
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

// So many orders at once; the ids of those that were taken.
std::vector<std::string> CreateOrders(const std::string& sku, int count) {
  constexpr int kCallers = 8;
  Mutex mutex;
  std::vector<std::string> order_ids;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = caller; i < count; i += kCallers) {
          const auto order = Api::Get().Create(AnOrder(sku));
          EXPECT_TRUE(order.ok()) << order.status();
          if (order.ok()) {
            MutexLock lock(mutex);
            order_ids.push_back(order->order_id());
          }
        }
      });
    }
  }
  return order_ids;
}

Stack::Result SagaInBulk(const std::string& arguments) {
  return Stack::Get().Run(
      fmt::format("\"$ORDERFLOW_BUILD_DIR\"/bin/orderctl saga {} --as e2e", arguments));
}

// What `orderctl saga log` says was done for this reason: how often to each order.
std::map<std::string, int> ActionsByOrder(const std::string& reason) {
  const Stack::Result log =
      Stack::Get().Run("\"$ORDERFLOW_BUILD_DIR\"/bin/orderctl --json saga log --page-size 1000");
  EXPECT_EQ(log.exit_code, 0) << log.output;
  const auto page = nlohmann::json::parse(log.output, nullptr, /*allow_exceptions=*/false);
  std::map<std::string, int> actions;
  for (const auto& action : page.value("actions", nlohmann::json::array())) {
    if (action["repair"].value("reason", "") == reason) {
      ++actions[action.value("orderId", "")];
    }
  }
  return actions;
}

// More than one transaction of a hundred: paused in bulk, resumed in bulk.
TEST(Repair, InBulkShowsItsProgressAndLeavesARecordForEachOrder) {
  constexpr int kOrders = 120;
  Api& api = Api::Get();
  const std::string sku = api.AddItem(500, 1000);
  const std::string run = NewId();
  std::vector<std::string> order_ids;
  {
    const PausedStep pause("capture_payment");
    std::string first;
    ASSERT_TRUE(Eventually([&] {
      first = CreateOrderThatWaits(sku);
      return !first.empty();
    }));
    order_ids = CreateOrders(sku, kOrders - 1);
    order_ids.push_back(first);
    for (const std::string& order_id : order_ids) {
      ASSERT_TRUE(Eventually([&] {
        const auto saga = api.GetSagaOf(order_id);
        return saga.ok() &&
               saga->steps(kCaptureStep).state() == order::v1::SAGA_STEP_STATE_EXECUTING;
      })) << order_id;
    }
    const Stack::Result paused = SagaInBulk(
        fmt::format("pause --all --step capture_payment --yes --reason 'pause {}'", run));
    EXPECT_EQ(paused.exit_code, 0) << paused.output;
  }
  ASSERT_EQ(order_ids.size(), static_cast<size_t>(kOrders));

  const Stack::Result dry =
      SagaInBulk(fmt::format("resume --all --paused --dry-run --reason 'resume {}'", run));
  const std::map<std::string, int> recorded_by_dry_run = ActionsByOrder("resume " + run);
  const Stack::Result resumed =
      SagaInBulk(fmt::format("resume --all --paused --yes --reason 'resume {}'", run));

  EXPECT_EQ(dry.exit_code, 0) << dry.output;
  EXPECT_TRUE(recorded_by_dry_run.empty());
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_THAT(resumed.output, ::testing::HasSubstr("100 done, 0 refused so far\n"));
  const std::map<std::string, int> pauses = ActionsByOrder("pause " + run);
  const std::map<std::string, int> resumes = ActionsByOrder("resume " + run);
  const std::string totals = fmt::format("{} done, 0 refused\n", resumes.size());
  EXPECT_THAT(resumed.output, ::testing::HasSubstr("\n" + totals));
  for (const std::string& order_id : order_ids) {
    EXPECT_THAT(dry.output, ::testing::HasSubstr("RESUME of order " + order_id));
    EXPECT_THAT(pauses, ::testing::Contains(::testing::Pair(order_id, 1)));
    EXPECT_THAT(resumes, ::testing::Contains(::testing::Pair(order_id, 1)));
  }
  for (const std::string& order_id : order_ids) {
    EXPECT_EQ(api.AwaitRest(order_id).state(), order::v1::ORDER_STATE_CONFIRMED);
  }
}

}  // namespace
}  // namespace orderflow::e2e
