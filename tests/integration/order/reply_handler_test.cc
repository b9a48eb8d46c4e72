// Proves on a real PostgreSQL that replies drive stored sagas to their end, once each, in any
// batch, and that a writer that lost the race starts over.

#include "services/order/messaging/reply_handler.h"

#include <gmock/gmock.h>

#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

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

TEST_F(ReplyHandlerTest, DuplicatesChangeNothing) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());
  const int64_t messages = database_.QueryInt("SELECT count(*) FROM outbox");

  ASSERT_THAT(Handle(AllDone(order_id)), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox"), messages);
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

TEST_F(ReplyHandlerTest, AReplyForAnUnknownOrderIsDropped) {
  EXPECT_THAT(Handle({AReply(OrderId(ids_.NewId()), kReserveStockStep, v1::STEP_OUTCOME_DONE)}),
              IsOk());
}

TEST_F(ReplyHandlerTest, AStaleSagaVersionIsFenced) {
  const OrderId order_id = AcceptOne();
  std::map<OrderId, OrderAggregate> stale;
  ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(LockedAggregates locked, LockAggregates(transaction, std::span(&order_id, 1)));
    stale = locked.aggregates;
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
    return UpdateAggregates(transaction, std::span(&late, 1));
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 2);
}

}  // namespace
}  // namespace orderflow::order
