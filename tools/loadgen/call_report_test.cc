// Proves what the line about calls of one kind says: answers per second of the window, percentiles
// in milliseconds, and the name of what was called.
#include "tools/loadgen/call_report.h"

#include "gtest/gtest.h"

namespace orderflow::loadgen {
namespace {

TEST(CallReport, CountsAnswersPerSecondAndOrdersTheirLatencies) {
  CallReport report{.seconds = 2};

  Evaluate({4'000, 1'000, 3'000, 2'000}, report);

  EXPECT_DOUBLE_EQ(report.calls_per_second, 2);
  EXPECT_DOUBLE_EQ(report.p50_ms, 2);
  EXPECT_DOUBLE_EQ(report.p99_ms, 4);
  EXPECT_DOUBLE_EQ(report.max_ms, 4);
}

TEST(CallReport, IsAllZerosWhenNothingWasAnswered) {
  CallReport report{.seconds = 2};

  Evaluate({}, report);

  EXPECT_DOUBLE_EQ(report.calls_per_second, 0);
  EXPECT_DOUBLE_EQ(report.p99_ms, 0);
}

TEST(CallReport, NamesWhatWasCalled) {
  CallReport report{.rate = 100,
                    .in_flight = 64,
                    .seconds = 1,
                    .errors = 3,
                    .answered = 5,
                    .client_cpu_us = 12.34};
  Evaluate({1'500}, report);

  EXPECT_EQ(ReportLine("reads", report),
            "reads: reads_per_second=1 p50_ms=1.50 p90_ms=1.50 p99_ms=1.50 max_ms=1.5 errors=3 "
            "answered=5 rate=100 in_flight=64 seconds=1 client_cpu_us=12.3\n");
}

}  // namespace
}  // namespace orderflow::loadgen
