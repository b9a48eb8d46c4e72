// Proves that metrics are exposed in the Prometheus text format, that a metric is one object
// however often it is asked for, and that a name cannot change its type.
#include "libs/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, ExposesEachType) {
  Metrics metrics;

  metrics.AddCounter("orderflow_test_calls_total", "Calls.", {{"method", "Get"}}).Increment(2);
  metrics.AddGauge("orderflow_test_depth_rows", "Depth.").Set(-1);
  metrics.AddHistogram("orderflow_test_duration_seconds", "Duration.", {0.1, 1}).Observe(0.5);

  const std::string text = metrics.Expose();
  EXPECT_THAT(
      text,
      HasSubstr(
          "# HELP orderflow_test_calls_total Calls.\n# TYPE orderflow_test_calls_total counter"));
  EXPECT_THAT(text, HasSubstr("orderflow_test_calls_total{method=\"Get\"} 2"));
  EXPECT_THAT(text, HasSubstr("orderflow_test_depth_rows -1"));
  EXPECT_THAT(text, HasSubstr("orderflow_test_duration_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("orderflow_test_duration_seconds_bucket{le=\"1\"} 1"));
}

TEST(Metrics, ReturnsTheSameObjectForTheSameNameAndLabels) {
  Metrics metrics;

  Counter& first = metrics.AddCounter("orderflow_test_calls_total", "Calls.", {{"code", "OK"}});
  Counter& again =
      metrics.AddCounter("orderflow_test_calls_total", "Other words.", {{"code", "OK"}});
  Counter& other =
      metrics.AddCounter("orderflow_test_calls_total", "Calls.", {{"code", "ABORTED"}});

  EXPECT_EQ(&first, &again);
  EXPECT_NE(&first, &other);
}

TEST(MetricsDeathTest, RefusesASecondTypeAndABadName) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Metrics metrics;
  metrics.AddCounter("orderflow_test_calls_total", "Calls.");

  EXPECT_DEATH(metrics.AddGauge("orderflow_test_calls_total", "Calls."), "one type");
  EXPECT_DEATH(metrics.AddGauge("orderflow-test", "Dashes."), "letters, digits");
}

}  // namespace
}  // namespace orderflow::telemetry
