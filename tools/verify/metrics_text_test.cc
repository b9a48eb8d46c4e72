// Proves what operators see of a run: a gauge per promise, what waits for a person apart from it,
// and when the run was.
#include "tools/verify/metrics_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderflow::verify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsText, HasAGaugePerPromise) {
  VerificationResult result;
  result.orders = 7;
  result.findings = {{.name = "money.one_capture", .promise = "", .checked = 6, .violations = 2},
                     {.name = "sagas.parked",
                      .promise = "",
                      .checked = 9,
                      .violations = 3,
                      .examples = {},
                      .advisory = true}};

  const std::string text =
      MetricsText(result, Timestamp(std::chrono::seconds(1'700'000'000)), std::chrono::seconds(3));

  EXPECT_THAT(text,
              AllOf(HasSubstr("orderflow_verify_violations{invariant=\"money.one_capture\"} 2"),
                    HasSubstr("orderflow_verify_checked_facts{invariant=\"money.one_capture\"} 6"),
                    HasSubstr("orderflow_verify_attention_cases{invariant=\"sagas.parked\"} 3"),
                    HasSubstr("orderflow_verify_read_orders 7"),
                    HasSubstr("orderflow_verify_duration_seconds 3"),
                    HasSubstr("orderflow_verify_last_run_timestamp_seconds 1700000000")));
  EXPECT_THAT(text, Not(HasSubstr("orderflow_verify_violations{invariant=\"sagas.parked\"}")));
}

TEST(MetricsTable, DescribesEachGauge) {
  const std::string table = MetricsTable();

  EXPECT_THAT(table, AllOf(HasSubstr("| `orderflow_verify_violations` | gauge | violations | "
                                     "`invariant` |"),
                           HasSubstr("| `orderflow_verify_attention_cases` |"),
                           HasSubstr("| `orderflow_verify_last_run_timestamp_seconds` |")));
}

}  // namespace
}  // namespace orderflow::verify
