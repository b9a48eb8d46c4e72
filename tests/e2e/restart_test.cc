// Proves that kill -9 of any one process in the middle of mixed orders loses and doubles nothing:
// the demo places orders, a third of the way through the process is killed and started again, and
// in the end every acknowledged order is at rest and the sums reconcile. What the databases say
// about it is checked by e2e_verify after the suite.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/rpc/channel.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"
#include "tools/orderctl/demo/catalogue.h"
#include "tools/orderctl/demo/demo_run.h"
#include "tools/orderctl/demo/order_api.h"
#include "tools/orderctl/demo/summary.h"

namespace orderflow::e2e {
namespace {

constexpr int kOrders = 90;
constexpr int kKillAfter = 30;  // orders placed

class Restart : public ::testing::TestWithParam<const char*> {};

TEST_P(Restart, LosesAndDoublesNothing) {
  const Stack& stack = Stack::Get();
  ASSERT_TRUE(orderctl::StockDemoCatalogue(
                  rpc::MakeChannel(stack["ORDERFLOW_INVENTORY_ADDRESS"], {}), kOrders, kCallTimeout)
                  .ok());
  const auto api = orderctl::MakeGrpcOrderApi(
      rpc::MakeChannel(stack["ORDERFLOW_ORDER_ADDRESS"], {}), std::chrono::seconds(5));
  orderctl::DemoOptions options;
  options.orders = kOrders;
  options.concurrency = 8;
  options.run = NewId().substr(24);
  options.timeout = std::chrono::seconds(90);
  options.progress_interval = std::chrono::milliseconds(20);
  bool killed = false;

  const std::vector<orderctl::DemoOrder> orders =
      orderctl::RunDemo(*api, options, [&](const orderctl::DemoProgress& progress) {
        if (!killed && progress.placed >= kKillAfter) {
          killed = true;
          stack.Kill(GetParam());
          stack.Start(GetParam());
        }
      });

  orderctl::DemoSummary summary = orderctl::Summarize(orders, options.timeout);
  orderctl::CountListed(*api, orderctl::CustomersOf(options.run, kOrders), orders, summary);
  EXPECT_TRUE(killed);
  EXPECT_TRUE(summary.Reconciles()) << orderctl::SummaryText(summary, orderctl::Terminal(false));
}

INSTANTIATE_TEST_SUITE_P(EachProcess, Restart,
                         ::testing::Values("order-service", "saga-orchestrator", "payment-service",
                                           "inventory-service", "notification-service",
                                           "payment-provider-simulator", "kafka", "postgres"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace orderflow::e2e
