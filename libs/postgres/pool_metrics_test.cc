// Proves what is counted of a pool: connections in use, waits, waits in vain, failed connects; and
// that a pool without metrics counts nothing.
#include "libs/postgres/pool_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/telemetry/metrics.h"

namespace orderflow::postgres {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(PoolMetrics, CountsWhoWaitsAndWhoWorks) {
  telemetry::Metrics metrics;
  PoolMetrics pool(&metrics, 8);

  pool.OnWaited(milliseconds(0), true);
  pool.OnWaited(milliseconds(30), true);
  pool.OnReleased();
  pool.OnWaited(milliseconds(2000), false);
  pool.OnConnectFailed();

  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("orderflow_database_pool_max_connections 8\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_database_pool_used_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_database_pool_wait_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_database_pool_wait_seconds_bucket{le=\"0.05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_database_pool_timeouts_total 1\n"));
  EXPECT_THAT(text, HasSubstr("orderflow_database_connect_failures_total 1\n"));
}

TEST(PoolMetrics, CountNothingWithoutAPlaceForIt) {
  PoolMetrics pool(nullptr, 8);

  pool.OnWaited(milliseconds(1), true);
  pool.OnWaited(milliseconds(1), false);
  pool.OnReleased();
  pool.OnConnectFailed();
}

}  // namespace
}  // namespace orderflow::postgres
