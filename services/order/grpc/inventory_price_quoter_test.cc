// Proves what a client is told when no prices can be had: what to do, and not where inventory is.
#include "services/order/grpc/inventory_price_quoter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "libs/base/errors.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(InventoryPriceQuoter, AnUnreachableInventoryIsNotNamedByItsAddress) {
  rpc::Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_THAT(server.Start({}), IsOk());
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  server.Stop(std::chrono::seconds(5));
  const SystemClock clock;
  telemetry::Metrics metrics;
  InventoryPriceQuoter quoter(rpc::MakeChannel(address, {}), clock, metrics);
  const std::vector<Sku> skus{Sku("DEMO-TEA")};

  const absl::Status status = quoter.Quote(skus, clock.Now() + std::chrono::seconds(20)).status();

  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("with the same request_id")));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, Not(HasSubstr("127.0.0.1"))));
  EXPECT_FALSE(rpc::IsWithheld(status));
}

TEST(InventoryPriceQuoter, ADeadlineThatPassesIsToldApart) {
  const SystemClock clock;
  telemetry::Metrics metrics;
  InventoryPriceQuoter quoter(rpc::MakeChannel("127.0.0.1:9", {}), clock, metrics);
  const std::vector<Sku> skus{Sku("DEMO-TEA")};

  EXPECT_THAT(quoter.Quote(skus, clock.Now() - std::chrono::seconds(1)).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace orderflow::order
