// Proves what a row of the table of metrics says.
#include "libs/telemetry/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(MetricTable, HasARowForEachMetric) {
  Metrics metrics;
  metrics.AddHistogram("orderflow_test_duration_seconds", "Time of a call.", {1});
  metrics.Declare(
      {"orderflow_test_calls_total", MetricType::kCounter, "Calls.", {"code", "method"}});

  const std::string table = MetricTable(metrics.Describe());

  EXPECT_THAT(table,
              HasSubstr("| `orderflow_test_calls_total` | counter | calls | `code`, `method` "
                        "| Calls. |\n"));
  EXPECT_THAT(table,
              HasSubstr("| `orderflow_test_duration_seconds` | histogram | seconds |  | Time "
                        "of a call. |\n"));
}

}  // namespace
}  // namespace orderflow::telemetry
