// Proves on a real PostgreSQL that events which Kafka has lost are sent again as they were, each
// part of an interval once per request, and that the record can only grow.

#include <gmock/gmock.h>

#include <thread>

#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/messaging/outbox_event_republisher.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

constexpr std::chrono::hours kHour(1);
constexpr char kPayloads[] =
    "SELECT string_agg(message_key || sequence || encode(payload, 'hex'), ',' "
    "ORDER BY message_key, sequence) FROM outbox_messages WHERE topic = 'order.events'";

class EventRepublisherTest : public OrderDatabaseTest {
 protected:
  RepublicationRequest ARequest() {
    return {.request_id = RequestId(ids_.NewId()),
            .from = clock_.Now() - kHour,
            .to = clock_.Now() + kHour,
            .after = {},
            .actor = "ann",
            .reason = "ticket 9"};
  }

  void Finish(const OrderId& order_id) {
    for (const char* step :
         {kReserveStockStep, kAuthorizePaymentStep, kCapturePaymentStep, kCommitReservationStep}) {
      ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
    }
  }

  // A confirmed order that was cancelled and refunded.
  OrderId RefundOne() {
    const OrderId order_id = AcceptOne();
    Finish(order_id);
    EXPECT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "why", ""), IsOk());
    const std::string saga_id = database_.QueryText("SELECT saga_id FROM orders");
    for (const char* step : {kRefundPaymentStep, kRestockStep}) {
      v1::SagaReply reply = AReply(order_id, step, v1::STEP_OUTCOME_DONE);
      reply.mutable_step()->set_saga_id(saga_id);
      EXPECT_THAT(Handle({reply}), IsOk());
    }
    return order_id;
  }

  // As the relay does once the broker has acknowledged them.
  void ForgetOutbox() { database_.Run("DELETE FROM outbox"); }
  int64_t CountRecords() { return database_.QueryInt("SELECT count(*) FROM event_republications"); }

  OutboxEventRepublisher republisher_{pool_, outbox_, ids_};
};

TEST_F(EventRepublisherTest, SendsEveryChangeOfAnOrderAgainAsItWas) {
  const OrderId order_id = RefundOne();
  ASSERT_EQ(Read(order_id).state(), OrderState::kCancelled);
  const std::string sent = database_.QueryText(kPayloads);
  const std::string ids =
      database_.QueryText("SELECT string_agg(message_id::text, ',') FROM outbox_messages");
  ForgetOutbox();
  const RepublicationRequest request = ARequest();

  const auto done = republisher_.Republish(request);

  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->orders, 1);
  EXPECT_EQ(done->events, 4);
  EXPECT_TRUE(done->last.empty());
  EXPECT_EQ(database_.QueryText(kPayloads), sent);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 4) << "and no command";
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 0);
  EXPECT_EQ(database_.QueryText("SELECT DISTINCT headers->>'republished' FROM outbox_messages"),
            request.request_id.value());
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages WHERE message_id::text = "
                               "ANY(string_to_array('" +
                               ids + "', ','))"),
            0)
      << "a message id is an event that was sent, not a change";
}

TEST_F(EventRepublisherTest, SendsNoChangeOutsideOfTheInterval) {
  Finish(AcceptOne());
  ForgetOutbox();
  RepublicationRequest early = ARequest();
  early.to = early.from + std::chrono::minutes(1);

  const auto done = republisher_.Republish(early);

  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->events, 0);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 0);
}

TEST_F(EventRepublisherTest, GoesThroughAllOrdersInParts) {
  std::vector<Decision> decisions;
  for (int i = 0; i < 501; ++i) {
    decisions.push_back(ADecision(ids_.NewId()));
  }
  ASSERT_THAT(store_.Accept(decisions), IsOk());
  ForgetOutbox();
  RepublicationRequest request = ARequest();

  const auto first = republisher_.Republish(request);
  ASSERT_THAT(first, IsOk());
  request.after = first->last;
  const auto second = republisher_.Republish(request);

  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->orders, 500);
  EXPECT_EQ(second->orders, 1);
  EXPECT_TRUE(second->last.empty());
  EXPECT_EQ(database_.QueryInt("SELECT count(DISTINCT message_key) FROM outbox_messages"), 501);
}

// Most of what is looked at has not changed in the interval.
TEST_F(EventRepublisherTest, GoesOnBehindOrdersOfWhichNothingIsSent) {
  OutboxEventRepublisher republisher(pool_, outbox_, ids_, {.orders_max = 5, .scanned_max = 3});
  for (int i = 0; i < 10; ++i) {
    AcceptOne();
  }
  ForgetOutbox();
  // The first eight of ten are of long ago.
  database_.Run(
      "UPDATE orders SET update_time = '2000-01-01', create_time = '2000-01-01', history = "
      "regexp_replace(history::text, '\"time\":[^,}]*', '\"time\":\"2000-01-01T00:00:00Z\"', "
      "'g')::json "
      "WHERE order_id IN (SELECT order_id FROM orders ORDER BY order_id LIMIT 8)");
  RepublicationRequest request = ARequest();
  std::vector<int> orders;
  do {
    const auto part = republisher.Republish(request);
    ASSERT_THAT(part, IsOk());
    orders.push_back(part->orders);
    request.after = part->last;
  } while (!request.after.empty() && orders.size() < 10);

  EXPECT_EQ(orders, (std::vector<int>{0, 0, 1, 1}));
  EXPECT_EQ(database_.QueryInt("SELECT count(DISTINCT message_key) FROM outbox_messages"), 2);
}

TEST_F(EventRepublisherTest, TheSameRequestSendsAPartOnceAlsoWhenItComesTwiceAtTheSameTime) {
  AcceptOne();
  ForgetOutbox();
  const RepublicationRequest request = ARequest();
  std::vector<absl::StatusOr<EventRepublication>> answers(4, absl::UnknownError("not asked"));
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) {
      threads.emplace_back([&] { answer = republisher_.Republish(request); });
    }
  }

  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->republication_id, answers.front()->republication_id);
    EXPECT_EQ(answer->events, 1);
  }
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
  RepublicationRequest other = request;
  other.reason = "ticket 10";
  EXPECT_THAT(republisher_.Republish(other), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(EventRepublisherTest, ADryRunSaysTheSameAndDoesNothing) {
  Finish(AcceptOne());
  ForgetOutbox();
  RepublicationRequest request = ARequest();
  request.validate_only = true;

  const auto done = republisher_.Republish(request);

  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->orders, 1);
  EXPECT_EQ(done->events, 2);
  EXPECT_TRUE(done->republication_id.empty());
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 0);
  EXPECT_EQ(CountRecords(), 0);
}

TEST_F(EventRepublisherTest, ListsNewestFirstAndPages) {
  ASSERT_THAT(republisher_.Republish(ARequest()), IsOk());
  const RepublicationRequest newest = ARequest();
  ASSERT_THAT(republisher_.Republish(newest), IsOk());

  const auto first = republisher_.List(/*before=*/"", /*limit=*/1);
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->size(), 1U);
  const auto second = republisher_.List(first->front().republication_id, /*limit=*/5);

  EXPECT_EQ(first->front().request.request_id, newest.request_id);
  EXPECT_EQ(first->front().request.from, newest.from);
  EXPECT_TRUE(first->front().request.after.empty());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->size(), 1U);
}

TEST_F(EventRepublisherTest, TheRecordCanOnlyGrow) {
  ASSERT_THAT(republisher_.Republish(ARequest()), IsOk());

  for (const char* sql :
       {"UPDATE event_republications SET actor = 'bob'", "DELETE FROM event_republications"}) {
    const postgres::Statement statement{"test_change_the_record", sql};
    EXPECT_FALSE(pool_
                     .RunInTransaction([&](postgres::Transaction& transaction) {
                       return transaction.Execute(statement).status();
                     })
                     .ok())
        << sql;
  }
}

}  // namespace
}  // namespace orderflow::order
