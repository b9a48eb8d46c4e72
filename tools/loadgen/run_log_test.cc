// Proves what is counted: only the window, latencies from the intended time, failures and orders
// that never ended apart.
#include "tools/loadgen/run_log.h"

#include "gtest/gtest.h"

namespace orderflow::loadgen {
namespace {

constexpr Moment kSecond = 1'000'000;

TEST(RunLog, MeasuresOnlyTheWindow) {
  std::vector<OrderLog> orders(4);
  orders[0].intended = 0;  // warm-up, confirmed in the window
  orders[0].answered = kSecond / 2;
  orders[0].confirmed = kSecond;
  orders[1].intended = kSecond;
  orders[1].answered = kSecond + 2'000;
  orders[1].confirmed = kSecond + 10'000;
  orders[2].intended = kSecond + 1;
  orders[2].answered = kSecond + 4'001;
  orders[2].confirmed = 3 * kSecond;        // after the window: has a latency, is no throughput
  orders[3].intended = 2 * kSecond;         // after the window
  orders[0].ended_otherwise = 4 * kSecond;  // cancelled after all: its first end counts

  const LoadReport report = Evaluate(orders, 2, kSecond, 2 * kSecond);

  EXPECT_EQ(report.sent, 2);
  EXPECT_EQ(report.accepted, 2);
  EXPECT_EQ(report.confirmed, 2);
  EXPECT_EQ(report.unfinished, 0);
  EXPECT_DOUBLE_EQ(report.confirmed_per_second, 2);
  EXPECT_DOUBLE_EQ(report.finished_per_second, 2);
  EXPECT_DOUBLE_EQ(report.p50_ms, 10);
  EXPECT_DOUBLE_EQ(report.accept_p50_ms, 2);
  EXPECT_DOUBLE_EQ(report.accept_p99_ms, 4);
  EXPECT_NEAR(report.max_ms, 2000, 0.01);
}

TEST(RunLog, TellsFailedFromUnfinished) {
  std::vector<OrderLog> orders(3);
  orders[0].intended = 1;
  orders[0].failed = true;
  orders[1].intended = 2;
  orders[1].answered = 5;
  orders[2].intended = 3;
  orders[2].answered = 5;
  orders[2].ended_otherwise = 9;

  const LoadReport report = Evaluate(orders, 3, 0, kSecond);

  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(report.unfinished, 1);
  EXPECT_EQ(report.confirmed, 0);
  EXPECT_EQ(report.ended_otherwise, 1);
  EXPECT_DOUBLE_EQ(report.finished_per_second, 1);
  EXPECT_DOUBLE_EQ(report.p99_ms, 0);
}

}  // namespace
}  // namespace orderflow::loadgen
