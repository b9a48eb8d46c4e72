// Proves which trace a call is in, whose word counts on whether it is recorded, and what its span
// says.
#include "libs/rpc/call_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/telemetry/metrics.h"
#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"
#include "orderflow/provider/v1/provider_service.pb.h"

namespace orderflow::rpc {
namespace {

using telemetry::ParseTraceparent;
using telemetry::Span;
using ::testing::IsSupersetOf;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
constexpr char kOrdersTrace[] = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01";
constexpr char kService[] = "orderflow.provider.v1.ProviderService";

using Attributes = std::vector<std::pair<std::string, Span::Value>>;

class CallSpansTest : public ::testing::Test {
 protected:
  explicit CallSpansTest(double ratio = 1)
      : tracer_(metrics_, {.enabled = true, .sample_ratio = ratio}) {}

  CallTracing Tracing(bool trusts_callers) {
    return {.tracer = &tracer_,
            .trusts_callers = trusts_callers,
            .services = {{"Authorize", kService}}};
  }
  std::vector<Span> Recorded() {
    tracer_.Close();
    return tracer_.Take(10, {});
  }

  telemetry::Metrics metrics_;
  telemetry::Tracer tracer_;
};

class NothingSampledTest : public CallSpansTest {
 protected:
  NothingSampledTest() : CallSpansTest(0) {}
};

TEST_F(CallSpansTest, ACallWithoutATraceBeginsOne) {
  const CallTracing tracing = Tracing(false);
  ServerSpan span(&tracing, "");

  span.End("Authorize", absl::StatusCode::kOk);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].name, "orderflow.provider.v1.ProviderService/Authorize");
  EXPECT_EQ(spans[0].kind, telemetry::SpanKind::kServer);
  EXPECT_EQ(spans[0].context.span_id, span.context().span_id);
  EXPECT_EQ(spans[0].parent_span_id, "");
  EXPECT_EQ(spans[0].error, "");
  EXPECT_LE(spans[0].start, spans[0].end);
  EXPECT_THAT(spans[0].attributes, IsSupersetOf(Attributes{{"rpc.system", "grpc"},
                                                           {"rpc.service", kService},
                                                           {"rpc.method", "Authorize"},
                                                           {"rpc.grpc.status_code", int64_t{0}}}));
}

TEST_F(CallSpansTest, ACallGoesOnWithTheCallersTrace) {
  const CallTracing tracing = Tracing(true);
  ServerSpan span(&tracing, kSampled);

  span.End("Authorize", absl::StatusCode::kUnavailable);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].context.trace_id, kTrace);
  EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(spans[0].error, "UNAVAILABLE");
}

TEST_F(CallSpansTest, OfACallerThatRecordsNothingItIsTheFirstSpan) {
  const CallTracing tracing = Tracing(false);
  ServerSpan span(&tracing, kNotSampled);

  span.End("Authorize", absl::StatusCode::kNotFound);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].context.trace_id, kTrace);
  EXPECT_EQ(spans[0].parent_span_id, "");
  EXPECT_EQ(spans[0].error, "") << "the caller's fault";
}

TEST_F(CallSpansTest, ATrustedCallerThatDoesNotSampleIsNotRecorded) {
  const CallTracing tracing = Tracing(true);

  ServerSpan(&tracing, kNotSampled).End("Authorize", absl::StatusCode::kOk);

  EXPECT_TRUE(Recorded().empty());
}

TEST_F(NothingSampledTest, OnlyATrustedCallerCanHaveItsCallRecorded) {
  const CallTracing trusting = Tracing(true);
  const CallTracing careful = Tracing(false);
  ServerSpan refused(&careful, kSampled);

  refused.End("Authorize", absl::StatusCode::kOk);
  ServerSpan(&careful, "").End("Authorize", absl::StatusCode::kOk);
  ServerSpan(&trusting, kSampled).End("Authorize", absl::StatusCode::kOk);

  EXPECT_EQ(Recorded().size(), 1u);
  EXPECT_FALSE(refused.context().sampled) << "nor does what it causes";
  EXPECT_EQ(refused.context().trace_id, kTrace) << "logs still name the caller's trace";
}

TEST(SamplingTest, ACallerCannotHaveItsCallsRecordedByTheTraceIdThatItChooses) {
  telemetry::Metrics metrics;
  telemetry::Tracer tracer(metrics, {.enabled = true, .sample_ratio = 0.01});
  const CallTracing tracing{.tracer = &tracer};
  int sampled = 0;
  for (int i = 0; i < 200; ++i) {
    const ServerSpan span(&tracing, "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01");
    sampled += span.context().sampled ? 1 : 0;
  }

  EXPECT_LT(sampled, 50) << "two are to be expected";
}

TEST_F(CallSpansTest, ACallThatTurnsOutToBeOfAnOrderMovesIntoItsTrace) {
  const CallTracing tracing = Tracing(true);
  ServerSpan span(&tracing, kSampled);
  const std::string id = span.context().span_id;

  span.MoveTo(kOrdersTrace);
  span.SetOrderId("order-1");
  span.End("Authorize", absl::StatusCode::kOk);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].context.trace_id, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(spans[0].context.span_id, id);
  EXPECT_EQ(spans[0].parent_span_id, "bbbbbbbbbbbbbbbb");
  ASSERT_TRUE(spans[0].link.has_value());
  EXPECT_EQ(spans[0].link->trace_id, kTrace);
  EXPECT_EQ(spans[0].link->span_id, "00f067aa0ba902b7");
  EXPECT_THAT(spans[0].attributes, IsSupersetOf(Attributes{{"orderflow.order_id", "order-1"}}));
}

TEST_F(CallSpansTest, WhenTracingIsOffTheContextOfTheCallerGoesOn) {
  telemetry::Tracer off(metrics_, {});
  const CallTracing tracing{.tracer = &off, .trusts_callers = true};

  EXPECT_EQ(ServerSpan(&tracing, kSampled).context().ToTraceparent(), kSampled);
  EXPECT_EQ(ServerSpan(nullptr, kSampled).context().ToTraceparent(), kSampled);
  EXPECT_TRUE(ParseTraceparent(ServerSpan(nullptr, "").context().ToTraceparent()));
  EXPECT_FALSE(ServerSpan(nullptr, "").context().sampled);
  EXPECT_EQ(ClientSpan(&off, kSampled, "order-1").context().ToTraceparent(), kSampled);
}

TEST_F(CallSpansTest, WhenTracingIsOffAStrangerStillDoesNotSayWhatOthersRecord) {
  telemetry::Tracer off(metrics_, {});
  const CallTracing tracing{.tracer = &off, .trusts_callers = false};

  const ServerSpan span(&tracing, kSampled);

  EXPECT_FALSE(span.context().sampled);
  EXPECT_EQ(span.context().trace_id, ParseTraceparent(kSampled)->trace_id);
}

// A cancel whose commit was in doubt is asked again, and finds its own span in the saga.
TEST_F(CallSpansTest, ASpanDoesNotBecomeItsOwnParent) {
  const CallTracing tracing{.tracer = &tracer_, .trusts_callers = true};
  ServerSpan span(&tracing, kSampled);

  span.MoveTo(span.context().ToTraceparent());
  span.End("CancelOrder", absl::StatusCode::kOk);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].parent_span_id, ParseTraceparent(kSampled)->span_id);
}

TEST_F(CallSpansTest, ACallThatIsMadeSendsItsOwnSpanAlong) {
  const ClientSpan span(&tracer_, kSampled, "order-1");

  span.End(kService, "Authorize", absl::StatusCode::kNotFound);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].kind, telemetry::SpanKind::kClient);
  EXPECT_EQ(spans[0].context.ToTraceparent(), span.context().ToTraceparent());
  EXPECT_EQ(spans[0].context.trace_id, kTrace);
  EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(spans[0].error, "NOT_FOUND");
  EXPECT_THAT(spans[0].attributes, IsSupersetOf(Attributes{{"rpc.service", kService},
                                                           {"orderflow.order_id", "order-1"}}));
}

TEST_F(CallSpansTest, ACallOfATraceThatIsNotRecordedIsNoSpan) {
  const ClientSpan not_sampled(&tracer_, kNotSampled, "");
  const ClientSpan none(&tracer_, "", "");

  not_sampled.End(kService, "Authorize", absl::StatusCode::kOk);
  none.End(kService, "Authorize", absl::StatusCode::kOk);

  EXPECT_TRUE(Recorded().empty());
  EXPECT_EQ(not_sampled.context().ToTraceparent(), kNotSampled);
  EXPECT_TRUE(ParseTraceparent(none.context().ToTraceparent()));
}

TEST(ServicesByMethod, ReadsTheDescriptors) {
  ASSERT_NE(provider::v1::AuthorizeRequest::descriptor(), nullptr);  // linked in

  EXPECT_EQ(ServicesByMethod({kService}).at("Authorize"), kService);
  EXPECT_TRUE(ServicesByMethod({"orderflow.NoSuchService"}).empty());
}

}  // namespace
}  // namespace orderflow::rpc
