// Proves that metrics are exposed in the Prometheus text format, that a metric is one object
// however often it is asked for, and that a name cannot change its type or labels.
#include "libs/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(Metrics, DescribesWhatIsDeclaredBeforeItsFirstUse) {
  Metrics metrics;
  metrics.AddGauge("orderflow_test_depth_rows", "Depth.");

  metrics.Declare(
      {"orderflow_test_calls_total", MetricType::kCounter, "Calls.", {"code", "method"}});

  const std::vector<MetricDescription> all = metrics.Describe();
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].name, "orderflow_test_calls_total");
  EXPECT_THAT(all[0].labels, ElementsAre("code", "method"));
  EXPECT_EQ(all[1].name, "orderflow_test_depth_rows");
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("orderflow_test_calls_total")));
}

TEST(MetricsDeathTest, RefusesASecondTypeOtherLabelsAndABadName) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Metrics metrics;
  metrics.AddCounter("orderflow_test_calls_total", "Calls.");

  EXPECT_DEATH(metrics.AddHistogram("orderflow_test_calls_total", "Calls.", {1}), "scheme");
  EXPECT_DEATH(metrics.AddGauge("orderflow-test_rows", "Dashes."), "scheme");
  EXPECT_DEATH(metrics.AddCounter("orderflow_test_calls_total", "Calls.", {{"code", "OK"}}),
               "same labels");
  metrics.AddGauge("orderflow_test_depth_rows", "Depth.");
  EXPECT_DEATH(metrics.AddHistogram("orderflow_test_depth_rows", "Depth.", {1}), "one type");
}

}  // namespace
}  // namespace orderflow::telemetry
