// Proves what operators and probes see on the admin port, over real HTTP on a free port.
#include "libs/service/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "fmt/format.h"
#include "libs/service/readiness.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {
namespace {

using ::testing::HasSubstr;

// Of a metric without labels.
double ValueOf(const std::string& text, const std::string& name) {
  const size_t line = text.find("\n" + name + " ");
  return line == std::string::npos ? -1 : std::stod(text.substr(line + name.size() + 2));
}

class AdminServerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.Start("127.0.0.1:0").ok()); }
  httplib::Result Get(const char* path) {
    return httplib::Client("127.0.0.1", server_.port()).Get(path);
  }

  telemetry::Metrics metrics_;
  Readiness readiness_;
  AdminServer server_{metrics_, readiness_};
};

TEST_F(AdminServerTest, ExposesMetrics) {
  metrics_.AddCounter("orderflow_test_calls_total", "Calls.").Increment();

  const auto answer = Get("/metrics");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->get_header_value("Content-Type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer->body, HasSubstr("orderflow_test_calls_total 1"));
}

TEST_F(AdminServerTest, ExposesTheProcessAsItIsNow) {
  EXPECT_THAT(Get("/metrics")->body, HasSubstr("orderflow_process_unready_reasons 0\n"));

  readiness_.Set("database", "connection refused");
  const std::string text = Get("/metrics")->body;

  EXPECT_THAT(text, HasSubstr("orderflow_process_unready_reasons 1\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_build_info{version=\""));
  EXPECT_GT(ValueOf(text, "process_start_time_seconds"), 1e9);
  EXPECT_GT(ValueOf(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(ValueOf(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(ValueOf(text, "process_open_fds"), 3);
  EXPECT_LT(ValueOf(text, "process_open_fds"), ValueOf(text, "process_max_fds"));
}

TEST_F(AdminServerTest, IsReadyUntilThereIsAReasonNotToBe) {
  EXPECT_EQ(Get("/readyz")->status, 200);

  EXPECT_TRUE(readiness_.Set("database", "connection refused"));
  EXPECT_FALSE(readiness_.Set("database", "connection refused"));
  readiness_.Set("start", "wiring");
  const auto answer = Get("/readyz");
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "database: connection refused\nstart: wiring\n");

  EXPECT_TRUE(readiness_.Set("database", ""));
  readiness_.Set("start", "");
  EXPECT_EQ(Get("/readyz")->status, 200);
}

TEST_F(AdminServerTest, IsAliveWhetherReadyOrNot) {
  readiness_.Set("database", "connection refused");

  EXPECT_EQ(Get("/livez")->status, 200);
}

TEST_F(AdminServerTest, DoesNotShareItsPort) {
  AdminServer second(metrics_, readiness_);

  const absl::Status status = second.Start(fmt::format("127.0.0.1:{}", server_.port()));

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(AdminServerTest, KnowsNothingElse) { EXPECT_EQ(Get("/")->status, 404); }

}  // namespace
}  // namespace orderflow::service
