// Proves the demo against an order service in memory: every order is driven to its scenario's end,
// an outage is ridden out with the same request ids, and a summary that does not add up says so.
#include "tools/orderctl/demo/demo_run.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/mutex.h"
#include "nlohmann/json.hpp"
#include "tools/orderctl/demo/summary.h"

namespace orderflow::orderctl {
namespace {

using order::v1::Order;

// Ends every order at the second look, as its payment token and lines say.
class InMemoryOrderApi final : public OrderApi {
 public:
  absl::StatusOr<Order> Create(const order::v1::CreateOrderRequest& request) override {
    MutexLock lock(mutex_);
    Order& order = orders_[request.request_id()];
    if (order.order_id().empty()) {
      order.set_order_id("order-of-" + request.request_id());
      order.set_customer_id(request.customer_id());
      order.set_state(order::v1::ORDER_STATE_PENDING);
      declined_[order.order_id()] =
          request.payment_method_token() == "tok_decline_insufficient_funds" ||
          request.items(request.items_size() - 1).sku() == "DEMO-SOLD-OUT";
      requests_[order.order_id()] = request.request_id();
    }
    if (failures_ > 0) {  // stored, and the answer is lost
      --failures_;
      return absl::UnavailableError("connection lost");
    }
    return order;
  }

  absl::StatusOr<Order> Get(const std::string& order_id) override {
    MutexLock lock(mutex_);
    Order& order = orders_.at(requests_.at(order_id));
    if (order.state() == order::v1::ORDER_STATE_CANCELLING) {
      order.set_state(order::v1::ORDER_STATE_CANCELLED);
    } else if (order.state() == order::v1::ORDER_STATE_PENDING && !stuck_) {
      order.set_state(declined_.at(order_id) ? order::v1::ORDER_STATE_REJECTED
                                             : order::v1::ORDER_STATE_CONFIRMED);
    }
    return order;
  }

  absl::StatusOr<Order> Cancel(const order::v1::CancelOrderRequest& request) override {
    MutexLock lock(mutex_);
    Order& order = orders_.at(requests_.at(request.order_id()));
    order.set_state(order::v1::ORDER_STATE_CANCELLING);
    return order;
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& customer_id) override {
    MutexLock lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [request_id, order] : orders_) {
      if (order.customer_id() == customer_id) {
        ids.push_back(order.order_id());
      }
    }
    return ids;
  }

  void FailNextCreates(int count) { failures_ = count; }
  void NeverFinish() { stuck_ = true; }

 private:
  Mutex mutex_;
  std::map<std::string, Order> orders_ ABSL_GUARDED_BY(mutex_);  // by request id
  std::map<std::string, std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, bool> declined_ ABSL_GUARDED_BY(mutex_);
  int failures_ = 0;
  bool stuck_ = false;
};

DemoSummary Play(OrderApi& api, int orders, Duration timeout) {
  DemoOptions options;
  options.orders = orders;
  options.concurrency = 4;
  options.run = "test";
  options.timeout = timeout;
  const std::vector<DemoOrder> result = RunDemo(api, options, [](const DemoProgress&) {});
  DemoSummary summary = Summarize(result, Duration(1'000'000));
  CountListed(api, CustomersOf(options.run, orders), result, summary);
  return summary;
}

TEST(DemoRun, DrivesEveryOrderToItsEnd) {
  InMemoryOrderApi api;

  const DemoSummary summary = Play(api, 40, std::chrono::seconds(30));

  EXPECT_TRUE(summary.Reconciles()) << SummaryText(summary, Terminal(false));
  EXPECT_EQ(summary.confirmed, 32);
  EXPECT_EQ(summary.rejected, 4);
  EXPECT_EQ(summary.cancelled, 4);
}

TEST(DemoRun, RepeatsWithTheSameRequestIdAfterAnOutage) {
  InMemoryOrderApi api;
  api.FailNextCreates(3);

  const DemoSummary summary = Play(api, 8, std::chrono::seconds(30));

  EXPECT_TRUE(summary.Reconciles()) << SummaryText(summary, Terminal(false));
  EXPECT_EQ(summary.retries, 3);
  EXPECT_EQ(summary.listed, 8);
}

TEST(DemoRun, SaysWhatIsNotAtRestWhenTheTimeIsUp) {
  InMemoryOrderApi api;
  api.NeverFinish();

  const DemoSummary summary = Play(api, 1, std::chrono::milliseconds(50));

  EXPECT_FALSE(summary.Reconciles());
  EXPECT_EQ(summary.not_at_rest, 1);
  EXPECT_THAT(SummaryText(summary, Terminal(false)), ::testing::HasSubstr("is still PENDING"));
}

TEST(DemoSummary, DoesNotReconcileWhenTheServiceListsMore) {
  DemoSummary summary;
  summary.orders = summary.accepted = summary.confirmed = 2;
  summary.listed = 2;
  ASSERT_TRUE(summary.Reconciles());

  summary.listed = 3;

  EXPECT_FALSE(summary.Reconciles());
  EXPECT_EQ(nlohmann::json::parse(SummaryJson(summary)).at("reconciles"), false);
}

}  // namespace
}  // namespace orderflow::orderctl
