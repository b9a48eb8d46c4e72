// Proves which names the scheme takes, and that each rule of it refuses what breaks it.
#include "libs/telemetry/metric_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(NamingProblem, TakesNamesOfTheScheme) {
  EXPECT_EQ(NamingProblem("orderflow_rpc_calls_total", MetricType::kCounter), "");
  EXPECT_EQ(NamingProblem("orderflow_rpc_duration_seconds", MetricType::kHistogram), "");
  EXPECT_EQ(NamingProblem("orderflow_saga_paused_sagas", MetricType::kGauge), "");
  EXPECT_EQ(NamingProblem("orderflow_build_info", MetricType::kGauge), "");
  EXPECT_EQ(NamingProblem("process_cpu_seconds_total", MetricType::kCounter), "");
}

TEST(NamingProblem, NamesTheRuleThatIsBroken) {
  EXPECT_THAT(NamingProblem("orderflow_Rpc_calls_total", MetricType::kCounter),
              HasSubstr("lower case"));
  EXPECT_THAT(NamingProblem("orderflow__rpc_calls_total", MetricType::kCounter),
              HasSubstr("single underscores"));
  EXPECT_THAT(NamingProblem("rpc_calls_total", MetricType::kCounter), HasSubstr("begins with"));
  EXPECT_THAT(NamingProblem("orderflow_rpc_calls", MetricType::kCounter), HasSubstr("_total"));
  EXPECT_THAT(NamingProblem("orderflow_rpc_calls_total", MetricType::kGauge), HasSubstr("_total"));
  EXPECT_THAT(NamingProblem("orderflow_rpc_calls_count", MetricType::kGauge),
              HasSubstr("histogram"));
  EXPECT_THAT(NamingProblem("orderflow_rpc_duration_ms", MetricType::kHistogram),
              HasSubstr("base unit"));
  EXPECT_THAT(NamingProblem("orderflow_outbox_depth", MetricType::kGauge), HasSubstr("its unit"));
}

TEST(UnitOf, IsTheLastWordBeforeTotal) {
  EXPECT_EQ(UnitOf("orderflow_rpc_calls_total"), "calls");
  EXPECT_EQ(UnitOf("orderflow_rpc_duration_seconds"), "seconds");
}

}  // namespace
}  // namespace orderflow::telemetry
