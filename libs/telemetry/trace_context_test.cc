// Proves that traceparent headers follow W3C Trace Context level 1: what we write we can read, and
// what the recommendation calls invalid is not continued.
#include "libs/telemetry/trace_context.h"

#include <gtest/gtest.h>

namespace orderflow::telemetry {
namespace {

constexpr char kExample[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ParsesTheExampleOfTheRecommendation) {
  const auto trace = ParseTraceparent(kExample);

  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace->span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(trace->ToTraceparent(), kExample);
}

TEST(TraceContext, StartsDifferentTracesThatCanBeParsed) {
  const TraceContext first = NewTrace();
  const TraceContext second = NewTrace();

  EXPECT_NE(first.trace_id, second.trace_id);
  ASSERT_TRUE(ParseTraceparent(first.ToTraceparent()).has_value());
  EXPECT_EQ(ParseTraceparent(first.ToTraceparent())->trace_id, first.trace_id);
}

TEST(TraceContext, AChildKeepsTheTraceAndItsSamplingDecision) {
  const TraceContext parent =
      *ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");

  const TraceContext child = ChildOf(parent);

  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_FALSE(child.sampled);
}

TEST(TraceContext, AcceptsALaterVersionWithMoreFields) {
  EXPECT_TRUE(
      ParseTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").has_value());
}

TEST(TraceContext, RefusesMalformedHeaders) {
  for (const char* malformed : {
           "",
           "00",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
       }) {
    EXPECT_FALSE(ParseTraceparent(malformed).has_value()) << malformed;
  }
}

TEST(TraceContext, ContinuesAGivenTraceAndBeginsOneOtherwise) {
  const TraceContext parent = NewTrace();

  const TraceContext next = ContinueTrace(parent.ToTraceparent());

  EXPECT_EQ(next.trace_id, parent.trace_id);
  EXPECT_NE(next.span_id, parent.span_id);
  for (const char* none : {"", "00-nonsense"}) {
    EXPECT_TRUE(ParseTraceparent(ContinueTrace(none).ToTraceparent()).has_value()) << none;
  }
}

TEST(TraceContext, AChildOfASeedIsTheSameEachTimeAndAnotherForOtherSeeds) {
  const TraceContext parent = NewTrace();

  const TraceContext child = ChildOf(parent, "a");

  EXPECT_TRUE(ParseTraceparent(child.ToTraceparent()).has_value());
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_EQ(child.span_id, ChildOf(parent, "a").span_id);
  EXPECT_NE(child.span_id, ChildOf(parent, "b").span_id);
  EXPECT_NE(child.span_id, ChildOf(NewTrace(), "a").span_id);
}

TEST(TraceContext, IsSampledReadsTheFlagAlone) {
  const std::string start = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";

  for (const char* sampled : {"1", "3", "b", "f"}) {
    EXPECT_TRUE(IsSampled(start + sampled)) << sampled;
  }
  for (const char* other : {"0", "2", "a", ""}) {
    EXPECT_FALSE(IsSampled(start + other)) << other;
  }
}

}  // namespace
}  // namespace orderflow::telemetry
