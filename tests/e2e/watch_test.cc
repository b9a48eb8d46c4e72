// Proves WatchOrder: every change in order and without gaps, live and from history, across a broken
// stream and a restarted server, an end after the terminal state, and one with an error when
// nothing passes any more.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "fmt/format.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"
#include "tools/orderctl/follow_order.h"

namespace orderflow::e2e {
namespace {

using order::v1::Order;
using order::v1::OrderStateChange;
using ::testing::ElementsAre;
using testing::StatusIs;

// A ping after 20 s without a word, and 10 s for its answer (libs/rpc/channel.cc).
constexpr std::chrono::seconds kKeepaliveBound(35);

class Watch {
 public:
  explicit Watch(const std::string& order_id, int64_t after_sequence = 0)
      : Watch(Api::Get().orders(), order_id, after_sequence) {}
  Watch(order::v1::OrderService::Stub& stub, const std::string& order_id, int64_t after_sequence) {
    order::v1::WatchOrderRequest request;
    request.set_order_id(order_id);
    request.set_after_sequence(after_sequence);
    rpc::Prepare(context_, kRestTimeout, telemetry::NewTrace());
    stream_ = stub.WatchOrder(&context_, request);
  }

  // The next change; a default one when the stream has ended.
  OrderStateChange Next() {
    OrderStateChange change;
    stream_->Read(&change);
    return change;
  }

  void Break() { context_.TryCancel(); }
  absl::Status Finish() { return rpc::FromGrpcStatus(stream_->Finish()); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<OrderStateChange>> stream_;
};

TEST(WatchOrder, ShowsEveryChangeAndEndsAtRest) {
  Api& api = Api::Get();
  const auto order = api.Create(AnOrder(api.AddItem(100, 5)));
  ASSERT_TRUE(order.ok()) << order.status();

  Watch watch(order->order_id());

  const OrderStateChange first = watch.Next();
  EXPECT_EQ(first.sequence(), 1);
  EXPECT_EQ(first.state(), order::v1::ORDER_STATE_PENDING);
  const OrderStateChange second = watch.Next();
  EXPECT_EQ(second.sequence(), 2);
  EXPECT_EQ(second.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(watch.Next().sequence(), 0) << "nothing comes after a terminal state";
  EXPECT_THAT(watch.Finish(), testing::IsOk());
}

TEST(WatchOrder, ResumesAfterABrokenStream) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(100, 5));
  request.set_payment_method_token("tok_slow");
  const auto order = api.Create(request);
  ASSERT_TRUE(order.ok()) << order.status();
  Watch first(order->order_id());
  ASSERT_EQ(first.Next().sequence(), 1);
  first.Break();
  EXPECT_THAT(first.Finish(), StatusIs(absl::StatusCode::kCancelled));

  Watch resumed(order->order_id(), 1);

  const OrderStateChange change = resumed.Next();
  EXPECT_EQ(change.sequence(), 2) << "neither a repeat nor a gap";
  EXPECT_EQ(change.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_THAT(resumed.Finish(), testing::IsOk());
}

TEST(WatchOrder, ResumesAcrossARestartOfTheServer) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(100, 5));
  request.set_payment_method_token("tok_slow");
  const auto order = api.Create(request);
  ASSERT_TRUE(order.ok()) << order.status();
  std::vector<int64_t> sequences;
  bool restarted = false;

  const absl::Status status = orderctl::FollowOrder(
      api.orders(), order->order_id(), 0, kRestTimeout, [&](const OrderStateChange& change) {
        sequences.push_back(change.sequence());
        if (!restarted) {
          restarted = true;
          Stack::Get().Kill("order-service");
          Stack::Get().Start("order-service");
        }
      });

  EXPECT_THAT(status, testing::IsOk());
  EXPECT_THAT(sequences, ElementsAre(1, 2));
}

// A firewall that drops, a machine that is gone: nobody closes the connection, keepalive ends it.
TEST(WatchOrder, EndsWhenNothingPassesAnyMore) {
  Api& api = Api::Get();
  ASSERT_TRUE(api.PauseStep("authorize_payment").ok());
  const auto order = api.Create(AnOrder(api.AddItem(100, 5)));
  ASSERT_TRUE(order.ok()) << order.status();
  testing::TcpProxy proxy(std::stoi(Stack::Get()["ORDER_GRPC_PORT"]));
  const auto stub = order::v1::OrderService::NewStub(
      rpc::MakeChannel(fmt::format("127.0.0.1:{}", proxy.port()), {}));
  Watch watch(*stub, order->order_id(), 0);
  ASSERT_EQ(watch.Next().sequence(), 1);

  proxy.SetLink(testing::TcpProxy::Link::kFrozen);
  const auto start = std::chrono::steady_clock::now();
  const OrderStateChange none = watch.Next();
  const absl::Status end = watch.Finish();
  const auto taken = std::chrono::steady_clock::now() - start;

  EXPECT_EQ(none.sequence(), 0);
  EXPECT_THAT(end, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(taken, kKeepaliveBound);
  EXPECT_GT(proxy.counts().withheld, 0);
  ASSERT_TRUE(api.ResumeStep("authorize_payment").ok());
  EXPECT_EQ(api.AwaitRest(order->order_id(), 1).state(), order::v1::ORDER_STATE_CONFIRMED);
}

TEST(WatchOrder, ShowsTheHistoryOfAnOrderAtRest) {
  Api& api = Api::Get();
  const Order confirmed = api.Settle(AnOrder(api.AddItem(100, 5)));
  const auto cancelling = api.Cancel(confirmed.order_id(), NewId());
  ASSERT_TRUE(cancelling.ok()) << cancelling.status();
  api.AwaitRest(confirmed.order_id(), cancelling->sequence());

  Watch watch(confirmed.order_id(), 1);

  EXPECT_EQ(watch.Next().state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(watch.Next().state(), order::v1::ORDER_STATE_CANCELLING);
  const OrderStateChange last = watch.Next();
  EXPECT_EQ(last.state(), order::v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(last.sequence(), 4);
  EXPECT_EQ(last.refusal().reason(), common::v1::Refusal::REASON_CANCELLED_BY_CUSTOMER);
  EXPECT_THAT(watch.Finish(), testing::IsOk());
}

TEST(WatchOrder, RefusesWhatItCannotWatch) {
  EXPECT_THAT(Watch(NewId()).Finish(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Watch("x").Finish(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Watch(NewId(), -1).Finish(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace orderflow::e2e
