// Proves what is counted of a call, on both sides, and that both are known before the first call.
#include "libs/rpc/call_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(CallMetrics, CountsCallsOfAMethodByCodeAndMeasuresThem) {
  telemetry::Metrics metrics;
  CallMetrics calls(metrics, CallSide::kServer);

  calls.Of("GetOrder").Record(absl::StatusCode::kOk, milliseconds(3));
  calls.Of("GetOrder").Record(absl::StatusCode::kNotFound, milliseconds(3));
  calls.Of("GetOrder").Record(static_cast<absl::StatusCode>(99), milliseconds(3));

  const std::string text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("orderflow_rpc_calls_total{code=\"OK\",method=\"GetOrder\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("orderflow_rpc_calls_total{code=\"NOT_FOUND\",method=\"GetOrder\"} 1"));
  EXPECT_THAT(text, HasSubstr("orderflow_rpc_calls_total{code=\"UNKNOWN\",method=\"GetOrder\"} 1"));
  EXPECT_THAT(text, HasSubstr("orderflow_rpc_duration_seconds_count{method=\"GetOrder\"} 3"));
  EXPECT_THAT(
      text, HasSubstr("orderflow_rpc_duration_seconds_bucket{method=\"GetOrder\",le=\"0.002\"} 0"));
}

TEST(CallMetrics, KeepsCallsThatAreMadeApartFromThoseAnswered) {
  telemetry::Metrics metrics;
  CallMetrics calls(metrics, CallSide::kClient);

  calls.Of("QuoteItems").Record(absl::StatusCode::kUnavailable, milliseconds(3));

  const std::string text = metrics.Expose();
  EXPECT_THAT(
      text,
      HasSubstr("orderflow_rpc_client_calls_total{code=\"UNAVAILABLE\",method=\"QuoteItems\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("orderflow_rpc_client_duration_seconds_count{method=\"QuoteItems\"} 1"));
}

TEST(CallMetrics, AreDescribedBeforeTheFirstCall) {
  telemetry::Metrics metrics;
  const CallMetrics calls(metrics, CallSide::kClient);

  EXPECT_EQ(metrics.Describe().size(), 2);
  EXPECT_EQ(metrics.Expose(), "");
}

}  // namespace
}  // namespace orderflow::rpc
