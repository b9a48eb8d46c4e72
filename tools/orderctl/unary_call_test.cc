// What a call without an answer is called. The stub answers by itself, without a server.
#include "tools/orderctl/unary_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"
#include "orderflow/order/v1/order_service.pb.h"

namespace orderflow::orderctl {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;

struct Stub {
  grpc::Status answer;
  grpc::Status GetOrder(grpc::ClientContext* /*context*/,
                        const order::v1::GetOrderRequest& /*request*/,
                        order::v1::Order* /*order*/) {
    return answer;
  }
};

absl::Status StatusOfCall(const grpc::Status& answer) {
  Stub stub{answer};
  return Call(stub, &Stub::GetOrder, order::v1::GetOrderRequest(), std::chrono::seconds(1))
      .status();
}

TEST(UnaryCall, PassesErrorsOn) {
  EXPECT_THAT(StatusOfCall(grpc::Status::OK), IsOk());
  EXPECT_THAT(StatusOfCall({grpc::StatusCode::NOT_FOUND, "no order"}),
              StatusIs(absl::StatusCode::kNotFound));
}

// Found by crash-points-order-service-outbox.before_hand_off, seed 5: GetOrder at the moment of a
// graceful stop.
TEST(UnaryCall, ServerThatStopsIsUnavailable) {
  EXPECT_THAT(StatusOfCall({grpc::StatusCode::CANCELLED, "CANCELLED"}),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace orderflow::orderctl
