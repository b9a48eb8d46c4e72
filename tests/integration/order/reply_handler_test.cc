// Proves on a real PostgreSQL that replies drive stored sagas to their end, once each, in any
// batch, and that a writer that lost the race starts over.

#include "services/order/messaging/reply_handler.h"

#include <gmock/gmock.h>

#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

class ReplyHandlerTest : public OrderDatabaseTest {
 protected:
  static std::vector<v1::SagaReply> AllDone(const OrderId& order_id) {
    return {AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_DONE),
            AReply(order_id, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE),
            AReply(order_id, kCapturePaymentStep, v1::STEP_OUTCOME_DONE),
            AReply(order_id, kCommitReservationStep, v1::STEP_OUTCOME_DONE)};
  }
};

TEST_F(ReplyHandlerTest, ConfirmsAnOrderFromRepliesInOneBatch) {
  const OrderId order_id = AcceptOne();

  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());

  EXPECT_EQ(Read(order_id).state(), OrderState::kConfirmed);
  EXPECT_EQ(database_.QueryText("SELECT state FROM sagas"), "COMPLETED");
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 2);
  EXPECT_EQ(database_.QueryText("SELECT payment_method_token FROM orders"), "");
}

// So that no index changes; the timer corrects it when it comes.
TEST_F(ReplyHandlerTest, ARowsTimeIsMovedEarlierButNotLater) {
  const OrderId order_id = AcceptOne();
  const std::string due = database_.QueryText("SELECT next_action_time::text FROM sagas");

  ASSERT_THAT(Handle({AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_DONE)}), IsOk());
  EXPECT_EQ(database_.QueryText("SELECT next_action_time::text FROM sagas"), due);

  database_.Run("UPDATE sagas SET next_action_time = now() + interval '1 day'");
  ASSERT_THAT(Handle({AReply(order_id, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE)}), IsOk());
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE next_action_time < now() + "
                               "interval '1 hour'"),
            1);
}

TEST_F(ReplyHandlerTest, DuplicatesChangeNothing) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());
  const int64_t messages = database_.QueryInt("SELECT count(*) FROM outbox_messages");

  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), messages);
  EXPECT_EQ(Read(order_id).sequence(), 2);
}

TEST_F(ReplyHandlerTest, HandlesRepliesOfManyOrdersWithOneWriteEach) {
  std::vector<OrderId> order_ids;
  std::vector<v1::SagaReply> replies;
  for (int i = 0; i < 50; ++i) {
    order_ids.push_back(AcceptOne());
    replies.push_back(AReply(order_ids.back(), kReserveStockStep, v1::STEP_OUTCOME_DONE));
    replies.push_back(AReply(order_ids.back(), kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE));
  }

  ASSERT_THAT(Handle(replies), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE version = 2"), 50);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 100) << "an authorization and a capture each";
}

TEST_F(ReplyHandlerTest, ARecordThatIsNoReplyIsRefusedWithoutEffect) {
  const OrderId order_id = AcceptOne();
  v1::SagaReply bad = AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_UNSPECIFIED);

  EXPECT_THAT(Handle({AReply(order_id, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE), bad}),
              StatusIs(absl::StatusCode::kInvalidArgument));

  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 1);
}

TEST_F(ReplyHandlerTest, ARefusedCompensationParksTheSagaAndSaysWhy) {
  const OrderId order_id = AcceptOne();
  v1::SagaReply refused =
      AReply(order_id, kAuthorizePaymentStep, v1::STEP_OUTCOME_REFUSED, /*compensation=*/true);
  refused.mutable_refusal()->set_message("it can only be refunded");
  ASSERT_THAT(Handle({AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_REFUSED), refused}),
              IsOk());

  EXPECT_EQ(database_.QueryText("SELECT state FROM sagas"), "NEEDS_ATTENTION");
  EXPECT_EQ(database_.QueryText("SELECT steps::jsonb->1->>'last_error' FROM sagas"),
            "the compensation was refused: it can only be refunded");
}

// A refund that payment-service cannot carry out must never end in the dead letter queue: its saga
// would ask on and on.
TEST_F(ReplyHandlerTest, ARefusedRefundIsTriedAgainAndTheReplyIsNoPoison) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());
  ASSERT_TRUE(store_.Cancel(order_id, RequestId(ids_.NewId()), "changed my mind", "").ok());
  v1::SagaReply refused = AReply(order_id, kRefundPaymentStep, v1::STEP_OUTCOME_REFUSED);
  refused.mutable_step()->set_saga_id(
      database_.QueryText("SELECT saga_id FROM sagas WHERE definition = 'cancel_order'"));

  ASSERT_THAT(Handle({refused}), IsOk());

  EXPECT_EQ(database_.QueryText("SELECT state FROM sagas WHERE definition = 'cancel_order'"),
            "RUNNING");
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
}

// A newer orchestrator is being rolled out and this one still has some partitions: what it cannot
// act on must neither be parked nor hold up the others.
TEST_F(ReplyHandlerTest, AReplyToASagaOfANewerDefinitionIsSkippedAndTheOthersAct) {
  const OrderId newer = AcceptOne();
  const OrderId other = AcceptOne();
  database_.Run("UPDATE sagas SET definition_version = 99 WHERE order_id = '" + newer.value() +
                "'");

  ASSERT_THAT(Handle({AReply(newer, kReserveStockStep, v1::STEP_OUTCOME_DONE),
                      AReply(other, kReserveStockStep, v1::STEP_OUTCOME_DONE)}),
              IsOk());

  EXPECT_EQ(
      database_.QueryInt("SELECT version FROM sagas WHERE order_id = '" + newer.value() + "'"), 1);
  EXPECT_EQ(
      database_.QueryInt("SELECT version FROM sagas WHERE order_id = '" + other.value() + "'"), 2);
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_saga_skipped_replies_total 1"));
}

TEST_F(ReplyHandlerTest, AReplyForAnUnknownOrderIsDropped) {
  EXPECT_THAT(Handle({AReply(OrderId(ids_.NewId()), kReserveStockStep, v1::STEP_OUTCOME_DONE)}),
              IsOk());
}

TEST_F(ReplyHandlerTest, AStaleSagaVersionIsFenced) {
  const OrderId order_id = AcceptOne();
  std::map<OrderId, OrderAggregate> stale;
  ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(LoadedAggregates loaded, LoadAggregates(transaction, std::span(&order_id, 1)));
    stale = loaded.aggregates;
    return absl::OkStatus();
  }),
              IsOk());
  ASSERT_THAT(Handle({AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_DONE)}), IsOk());

  WorkflowStep late{.aggregate = stale.at(order_id),
                    .ended = {},
                    .messages = {},
                    .order_changed = false,
                    .saga_changed = true};
  const absl::Status status = pool_.RunInTransaction([&](postgres::Transaction& transaction) {
    return UpdateAggregates(transaction, std::span(&late, 1), clock_.Now());
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 2);
}

}  // namespace
}  // namespace orderflow::order
