// Proves which traces are recorded, and that a full queue drops spans, counts them and blocks
// nobody.
#include "libs/telemetry/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/telemetry/metrics.h"

namespace orderflow::telemetry {
namespace {

using ::testing::HasSubstr;

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

Span ASpan(const std::string& name) {
  return {.name = name, .context = NewTrace(), .parent_span_id = "", .start = {}, .end = {}};
}

int CountSampled(double ratio) {
  constexpr int kTraces = 10'000;
  Metrics metrics;
  const Tracer tracer(metrics, {.enabled = true, .sample_ratio = ratio});
  int sampled = 0;
  for (int i = 0; i < kTraces; ++i) {
    sampled += tracer.Samples(NewTrace().trace_id) ? 1 : 0;
  }
  return sampled;
}

TEST(Tracer, SamplesAboutItsRatioOfTheTraces) {
  EXPECT_EQ(CountSampled(0), 0);
  EXPECT_EQ(CountSampled(1), 10'000);
  EXPECT_NEAR(CountSampled(0.1), 1'000, 200);  // more than six standard deviations
}

TEST(Tracer, WhoeverAsksDecidesTheSameAndAHigherRatioIncludesALowerOne) {
  Metrics metrics;
  const Tracer one(metrics, {.enabled = true, .sample_ratio = 0.5});
  const Tracer other(metrics, {.enabled = true, .sample_ratio = 0.5});
  const Tracer more(metrics, {.enabled = true, .sample_ratio = 0.7});
  for (int i = 0; i < 1'000; ++i) {
    const TraceContext trace = NewTrace();

    EXPECT_EQ(one.Samples(trace.trace_id), other.Samples(trace.trace_id));
    EXPECT_TRUE(!one.Samples(trace.trace_id) || more.Samples(trace.trace_id));
  }
}

TEST(Tracer, RecordsOnlyWhatIsSampledAndNothingWhenItIsOff) {
  Metrics metrics;
  const Tracer on(metrics, {.enabled = true, .sample_ratio = 1});
  const Tracer off(metrics, {.enabled = false, .sample_ratio = 1});

  const auto parent = Tracer::ParentToRecord(&on, kSampled);

  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(parent->span_id, "00f067aa0ba902b7");
  EXPECT_FALSE(Tracer::ParentToRecord(&on, kNotSampled));
  EXPECT_FALSE(Tracer::ParentToRecord(&on, "nonsense"));
  EXPECT_FALSE(Tracer::ParentToRecord(&on, ""));
  EXPECT_FALSE(Tracer::ParentToRecord(&off, kSampled));
  EXPECT_FALSE(Tracer::ParentToRecord(nullptr, kSampled));
  EXPECT_FALSE(off.Samples(NewTrace().trace_id));
}

TEST(Tracer, DropsAndCountsWhatDoesNotFit) {
  Metrics metrics;
  Tracer tracer(metrics, {.enabled = true, .sample_ratio = 1, .queue_max = 2});

  for (const char* name : {"1", "2", "3", "4", "5"}) {
    tracer.Record(ASpan(name));
  }

  EXPECT_THAT(metrics.Expose(),
              HasSubstr("orderflow_trace_dropped_spans_total{reason=\"queue_full\"} 3"));
  const std::vector<Span> taken = tracer.Take(10, {});
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].name, "1");
}

TEST(Tracer, AClosedOneGivesOutWhatItHasAndThenNothing) {
  Metrics metrics;
  Tracer tracer(metrics, {.enabled = true, .sample_ratio = 1});
  tracer.Record(ASpan("1"));

  tracer.Close();

  EXPECT_EQ(tracer.Take(10, {}).size(), 1u);
  EXPECT_TRUE(tracer.Take(10, {}).empty());
}

}  // namespace
}  // namespace orderflow::telemetry
