// Proves what --check-ready says about an instance, over real HTTP on a free port.
#include "libs/service/ready_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/service/admin_server.h"
#include "libs/service/host_and_port.h"
#include "libs/service/readiness.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {
namespace {

using ::testing::HasSubstr;

TEST(CheckReady, RepeatsWhyTheInstanceIsNotReady) {
  telemetry::Metrics metrics;
  Readiness readiness;
  AdminServer server(metrics, readiness);
  ASSERT_TRUE(server.Start("127.0.0.1:0").ok());
  const std::string address = fmt::format("127.0.0.1:{}", server.port());
  EXPECT_TRUE(CheckReady(address).ok());

  readiness.Set("database", "connection refused");

  const absl::Status status = CheckReady(address);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("database: connection refused"));
}

TEST(CheckReady, FindsAnInstanceThatListensOnEveryAddress) {
  telemetry::Metrics metrics;
  Readiness readiness;
  AdminServer server(metrics, readiness);
  ASSERT_TRUE(server.Start("0.0.0.0:0").ok());

  EXPECT_TRUE(CheckReady(fmt::format("0.0.0.0:{}", server.port())).ok());
}

TEST(CheckReady, NamesTheAddressWhereNothingAnswers) {
  const absl::Status status = CheckReady("127.0.0.1:1");

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("http://127.0.0.1:1/readyz"));
}

TEST(SplitAddress, TakesHostAndPortApart) {
  EXPECT_EQ(SplitAddress("db.example:15051").host, "db.example");
  EXPECT_EQ(SplitAddress("db.example:15051").port, 15051);
  EXPECT_EQ(SplitAddress("[::1]:80").host, "::1");
  EXPECT_EQ(SplitAddress("[::1]:80").port, 80);
}

}  // namespace
}  // namespace orderflow::service
