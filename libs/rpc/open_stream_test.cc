// Proves that a stream counts among the calls of its connection whether it is let in or not, and
// is told in the metrics by how it ended.
#include "libs/rpc/open_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/rpc/call_answer.h"
#include "libs/rpc/call_metrics.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OpenStreamTest : public ::testing::Test {
 protected:
  std::unique_ptr<OpenStream> Open(absl::StatusOr<Caller> caller) {
    return std::make_unique<OpenStream>(std::move(caller), nullptr, "ipv4:192.0.2.1:50000", "trace",
                                        OpenStream::Parts{.metrics = calls_.Of("Watch"),
                                                          .calls = calls_,
                                                          .answers = answers_,
                                                          .peers = peers_,
                                                          .open_streams = open_});
  }

  telemetry::Metrics metrics_;
  telemetry::Gauge& open_ =
      metrics_.AddGauge("orderflow_rpc_open_streams", "Streams that are open.");
  std::shared_ptr<HostilePeers> peers_ = std::make_shared<HostilePeers>(10);
  CallMetrics calls_{metrics_, CallSide::kServer};
  CallAnswers answers_;
};

TEST_F(OpenStreamTest, OneThatIsLetInIsOpenUntilItGoes) {
  std::unique_ptr<OpenStream> stream = Open(Caller{.kind = Caller::Kind::kCustomer, .name = "ann"});

  EXPECT_TRUE(stream->admitted().ok());
  EXPECT_EQ(stream->caller().name, "ann");
  EXPECT_EQ(peers_->size(), 1U);
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_rpc_open_streams 1\n"));

  EXPECT_TRUE(stream->End(absl::OkStatus()).ok());
  stream.reset();
  EXPECT_EQ(peers_->size(), 0U);
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_rpc_open_streams 0\n"));
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_calls_total{code=\"OK\",method=\"Watch\"} 1\n"));
}

TEST_F(OpenStreamTest, OneThatIsRefusedIsACallOfItsConnectionAndCounts) {
  std::unique_ptr<OpenStream> stream = Open(absl::UnauthenticatedError("who are you"));

  EXPECT_EQ(stream->admitted(), absl::UnauthenticatedError("who are you"));
  EXPECT_EQ(peers_->size(), 1U);
  EXPECT_THAT(metrics_.Expose(), Not(HasSubstr("orderflow_rpc_open_streams 1\n")));

  EXPECT_EQ(stream->End(stream->admitted()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  stream.reset();
  EXPECT_EQ(peers_->size(), 0U);
  EXPECT_THAT(
      metrics_.Expose(),
      HasSubstr("orderflow_rpc_calls_total{code=\"UNAUTHENTICATED\",method=\"Watch\"} 1\n"));
}

TEST_F(OpenStreamTest, ACallWithinItCountsAsIfItHadComeAlone) {
  const std::unique_ptr<OpenStream> stream = Open(Caller{});

  CallRecord part = stream->Part("Book", "");
  EXPECT_EQ(part.End(absl::NotFoundError("no such payment")).error_code(),
            grpc::StatusCode::NOT_FOUND);

  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_calls_total{code=\"NOT_FOUND\",method=\"Book\"} 1\n"));
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_duration_seconds_count{method=\"Book\"} 1\n"));
}

// How long a client watches says nothing of how fast we are.
TEST_F(OpenStreamTest, ItsLengthIsNoDuration) {
  (void)Open(Caller{})->End(absl::OkStatus());

  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_duration_seconds_count{method=\"Watch\"} 0\n"));
}

}  // namespace
}  // namespace orderflow::rpc
