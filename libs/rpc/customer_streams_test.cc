// Proves that one customer cannot hold all streams, and that the bound is each customer's own.
#include "libs/rpc/customer_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "libs/base/errors.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::rpc {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const Caller kAnn{.kind = Caller::Kind::kCustomer, .name = "ann"};
const Caller kBob{.kind = Caller::Kind::kCustomer, .name = "bob"};

TEST(CustomerStreams, OneTooManyIsRefusedUntilAnotherEnds) {
  telemetry::Metrics metrics;
  CustomerStreams streams(metrics, 2);
  auto first = streams.Enter(kAnn);
  const auto second = streams.Enter(kAnn);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());

  const absl::Status refused = streams.Enter(kAnn).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2 streams")));
  EXPECT_TRUE(DetailsOf(refused).retry_delay.has_value());
  EXPECT_THAT(streams.Enter(kBob), IsOk()) << "which is another customer's";
  EXPECT_THAT(metrics.Expose(), HasSubstr("orderflow_rpc_limited_streams_total 1"));

  first->reset();
  EXPECT_THAT(streams.Enter(kAnn), IsOk());
}

TEST(CustomerStreams, WhoeverIsNoCustomerMayHaveAnyNumber) {
  telemetry::Metrics metrics;
  CustomerStreams streams(metrics, 1);
  for (const Caller::Kind kind :
       {Caller::Kind::kAnyone, Caller::Kind::kService, Caller::Kind::kOperator}) {
    std::vector<CustomerStreams::Place> places;
    for (int i = 0; i < 3; ++i) {
      auto place = streams.Enter({.kind = kind, .name = "ann"});
      ASSERT_THAT(place, IsOk());
      places.push_back(*std::move(place));
    }
  }
}

TEST(CustomerStreams, NoBoundIsNoMetric) {
  telemetry::Metrics metrics;
  CustomerStreams streams(metrics, 0);
  const auto first = streams.Enter(kAnn);
  EXPECT_THAT(first, IsOk());
  EXPECT_THAT(streams.Enter(kAnn), IsOk());
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("orderflow_rpc_limited_streams_total")));
}

TEST(CustomerStreams, AStreamMayOutliveThem) {
  telemetry::Metrics metrics;
  absl::StatusOr<CustomerStreams::Place> place = CustomerStreams::Place();
  {
    CustomerStreams streams(metrics, 1);
    place = streams.Enter(kAnn);
  }
  place->reset();
}

}  // namespace
}  // namespace orderflow::rpc
