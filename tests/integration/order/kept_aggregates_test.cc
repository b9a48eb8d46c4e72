// Proves on a real PostgreSQL that an orchestrator that keeps aggregates in memory goes on from
// what the database has, whoever has changed it meanwhile and whatever became of its own
// transaction, and that a stale one costs no batch.

#include "services/order/sagas/kept_aggregates.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/messaging/reply_handler.h"
#include "services/order/messaging/saga_timer_runner.h"
#include "services/order/persistence/postgres_saga_repairer.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

class KeptAggregatesTest : public OrderDatabaseTest {
 protected:
  v1::SagaReply Done(const OrderId& order_id, const std::string& step, bool compensation = false) {
    return AReply(order_id, step, v1::STEP_OUTCOME_DONE, compensation);
  }
  // Kept by handler_: its stock is reserved.
  OrderId KeepOne() {
    const OrderId order_id = AcceptOne();
    EXPECT_THAT(Handle({Done(order_id, kReserveStockStep)}), IsOk());
    return order_id;
  }
  void Cancel(const OrderId& order_id) {
    ASSERT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "changed my mind", ""), IsOk());
  }
  SagaActionResult Act(const OrderId& order_id, SagaActionKind kind) {
    SagaActionRequest request;
    request.request_id = RequestId(ids_.NewId());
    request.kind = kind;
    request.actor = "ann";
    request.reason = "ticket 7";
    const auto results = repairer_.Act(std::span(&order_id, 1), request);
    EXPECT_THAT(results, IsOk());
    EXPECT_THAT(results->at(0).action, IsOk());
    return results->at(0);
  }
  std::string StepState(const OrderId& order_id, int step) {
    return database_.QueryText("SELECT steps::jsonb->" + std::to_string(step) +
                               "->>'state' FROM sagas WHERE saga_id = '" + order_id.value() + "'");
  }
  // Since the start: the counts of orderflow_saga_reply_aggregates_total.
  void ExpectSources(int kept, int stale, int read) {
    const auto line = [](const char* source, int count) {
      return "orderflow_saga_reply_aggregates_total{source=\"" + std::string(source) + "\"} " +
             std::to_string(count) + "\n";
    };
    const std::string exposed = metrics_.Expose();
    EXPECT_THAT(exposed, HasSubstr(line("kept", kept)));
    EXPECT_THAT(exposed, HasSubstr(line("stale", stale)));
    EXPECT_THAT(exposed, HasSubstr(line("read", read)));
  }

  PostgresSagaRepairer repairer_{pool_, outbox_, workflow_, ids_, [](const WorkflowStep&) {}};
  ReplyHandler other_{workflow_, outbox_, saga_metrics_, kKeptMax};  // of another orchestrator
};

TEST_F(KeptAggregatesTest, AnOrderIsReadOnceAndConfirmedFromWhatIsKept) {
  const OrderId order_id = KeepOne();

  ASSERT_THAT(Handle({Done(order_id, kAuthorizePaymentStep)}), IsOk());
  ASSERT_THAT(Handle({Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)}),
              IsOk());

  EXPECT_EQ(Read(order_id).state(), OrderState::kConfirmed);
  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 4);
  ExpectSources(/*kept=*/2, /*stale=*/0, /*read=*/1);
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_saga_kept_aggregates 0\n"))
      << "its saga has ended";
}

TEST_F(KeptAggregatesTest, NothingIsKeptWhenItIsSwitchedOff) {
  ReplyHandler reading(workflow_, outbox_, saga_metrics_, 0);
  const OrderId order_id = AcceptOne();

  ASSERT_THAT(Handle(reading, {Done(order_id, kReserveStockStep)}), IsOk());
  ASSERT_THAT(Handle(reading, {Done(order_id, kAuthorizePaymentStep)}), IsOk());

  ExpectSources(/*kept=*/0, /*stale=*/0, /*read=*/2);
}

// A cancel is the most frequent change by somebody else: its neighbours must not pay for it.
TEST_F(KeptAggregatesTest, AnOrderCancelledMeanwhileIsReadAgainAndItsNeighboursAreNot) {
  const OrderId order_id = KeepOne();
  const OrderId neighbour = KeepOne();
  Cancel(order_id);

  const auto runs = Handle(handler_, {Done(order_id, kAuthorizePaymentStep, /*compensation=*/true),
                                      Done(neighbour, kAuthorizePaymentStep)});

  EXPECT_THAT(runs, IsOkAndHolds(1)) << "no batch runs again for it";
  EXPECT_EQ(StepState(order_id, 1), "COMPENSATED") << "the reply is not taken for one that is late";
  EXPECT_EQ(StepState(order_id, 0), "COMPENSATING");
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(StepState(neighbour, 2), "EXECUTING");
  ExpectSources(/*kept=*/1, /*stale=*/1, /*read=*/2);
}

TEST_F(KeptAggregatesTest, AnOrderCancelledPastThePivotIsRefundedAfterwards) {
  const OrderId order_id = KeepOne();
  ASSERT_THAT(Handle({Done(order_id, kAuthorizePaymentStep)}), IsOk());
  Cancel(order_id);

  const auto runs = Handle(
      handler_, {Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)});

  EXPECT_THAT(runs, IsOkAndHolds(1));
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE definition = 'cancel_order'"), 1);
}

// Its partition goes to another orchestrator and comes back.
TEST_F(KeptAggregatesTest, WhatAnotherOrchestratorWroteIsGoneOnFrom) {
  const OrderId order_id = KeepOne();
  ASSERT_THAT(Handle(other_, {Done(order_id, kAuthorizePaymentStep)}), IsOk());

  ASSERT_THAT(Handle({Done(order_id, kCapturePaymentStep)}), IsOk());
  ASSERT_THAT(Handle(other_, {Done(order_id, kCommitReservationStep)}), IsOk());

  EXPECT_EQ(Read(order_id).state(), OrderState::kConfirmed);
  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 5);
  ExpectSources(/*kept=*/0, /*stale=*/2, /*read=*/2);
}

TEST_F(KeptAggregatesTest, WhatAPersonDidIsGoneOnFrom) {
  const OrderId order_id = KeepOne();
  Act(order_id, SagaActionKind::kPause);

  ASSERT_THAT(Handle({Done(order_id, kAuthorizePaymentStep)}), IsOk());

  EXPECT_EQ(database_.QueryText("SELECT hold FROM sagas"), "PAUSED");
  EXPECT_EQ(StepState(order_id, 1), "DONE") << "a held saga takes answers in";
  EXPECT_EQ(StepState(order_id, 2), "PENDING") << "and starts nothing";

  Act(order_id, SagaActionKind::kResume);
  ASSERT_THAT(Handle({Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)}),
              IsOk());
  EXPECT_EQ(Read(order_id).state(), OrderState::kConfirmed);
}

TEST_F(KeptAggregatesTest, WhatATimerDidIsGoneOnFrom) {
  SagaTimerRunner timers(pool_, outbox_, workflow_, sagas_, saga_metrics_, {});
  const OrderId order_id = KeepOne();
  database_.Run(
      "UPDATE sagas SET next_action_time = next_action_time - interval '1 hour', steps = (SELECT "
      "json_agg(CASE WHEN s->>'next_action_time' IS NULL THEN s ELSE jsonb_set(s, "
      "'{next_action_time}', '\"2026-01-01 00:00:00+00\"') END) FROM "
      "jsonb_array_elements(steps::jsonb) s)");
  ASSERT_THAT(timers.FireDue(), IsOkAndHolds(SagaTimerRunner::Fired{.sagas = 1, .more = false}));

  ASSERT_THAT(Handle({AReply(order_id, kAuthorizePaymentStep, v1::STEP_OUTCOME_UNKNOWN)}), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT (steps::jsonb->1->>'attempts')::int FROM sagas"), 2)
      << "the second command is not forgotten";
  ExpectSources(/*kept=*/0, /*stale=*/1, /*read=*/1);
}

TEST_F(KeptAggregatesTest, WhatIsRolledBackIsNotGoneOnFrom) {
  const OrderId order_id = KeepOne();
  EXPECT_THAT(Handle(handler_, {Done(order_id, kAuthorizePaymentStep)},
                     /*meanwhile=*/nullptr, absl::UnavailableError("the process is told to stop")),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(StepState(order_id, 2), "PENDING");

  ASSERT_THAT(Handle({Done(order_id, kAuthorizePaymentStep)}), IsOk());

  EXPECT_EQ(StepState(order_id, 2), "EXECUTING");
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 2) << "an authorization and a capture";
}

// Between the look at the version and the commit there is only the fence.
TEST_F(KeptAggregatesTest, ACancelBetweenTheLookAndTheCommitIsNotOverwritten) {
  const OrderId order_id = KeepOne();

  const auto runs =
      Handle(handler_, {Done(order_id, kAuthorizePaymentStep)}, Once([&] { Cancel(order_id); }));

  EXPECT_THAT(runs, IsOkAndHolds(2));
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_NE(StepState(order_id, 2), "EXECUTING") << "nothing is captured";
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_saga_repeated_batches_total 1\n"));
}

// A failover to a standby that did not have the last commit: somebody else then writes another row
// of the same version.
TEST_F(KeptAggregatesTest, AVersionThatCameASecondTimeIsNotTakenForTheFirst) {
  const OrderId order_id = AcceptOne();
  const std::string accepted = database_.QueryText("SELECT quote_literal(steps::text) FROM sagas");
  ASSERT_THAT(Handle({Done(order_id, kReserveStockStep)}), IsOk());
  database_.Run("UPDATE sagas SET version = 1, steps = " + accepted + "::json");
  ASSERT_THAT(Handle(other_, {Done(order_id, kAuthorizePaymentStep)}), IsOk());
  ASSERT_EQ(database_.QueryInt("SELECT version FROM sagas"), 2);

  ASSERT_THAT(Handle({Done(order_id, kReserveStockStep)}), IsOk());

  EXPECT_EQ(StepState(order_id, 0), "DONE");
  EXPECT_EQ(StepState(order_id, 2), "EXECUTING");
}

TEST_F(KeptAggregatesTest, DuplicatesChangeNothing) {
  const OrderId order_id = KeepOne();
  const int64_t messages = database_.QueryInt("SELECT count(*) FROM outbox_messages");

  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Handle({Done(order_id, kReserveStockStep)}), IsOk());
  }

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), messages);
  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 2);
}

// Whoever has a partition, each reply is applied to what is stored; none is lost or applied twice.
TEST_F(KeptAggregatesTest, TwoOrchestratorsInAnyTurnsConfirmAllOrders) {
  std::vector<OrderId> order_ids;
  for (int i = 0; i < 30; ++i) {
    order_ids.push_back(AcceptOne());
  }
  std::minstd_rand random(7);
  for (const char* step :
       {kReserveStockStep, kAuthorizePaymentStep, kCapturePaymentStep, kCommitReservationStep}) {
    for (size_t first = 0; first < order_ids.size(); first += 3) {
      std::vector<v1::SagaReply> replies;
      for (size_t i = first; i < first + 3; ++i) {
        replies.push_back(Done(order_ids[i], step));
      }
      for (int repeats = 0; repeats < 2; ++repeats) {  // the second: delivered again
        ReplyHandler& orchestrator = random() % 2 == 0 ? handler_ : other_;
        ASSERT_THAT(Handle(orchestrator, replies), IsOkAndHolds(1));
      }
    }
  }

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders WHERE state = 'CONFIRMED' AND "
                               "sequence = 2"),
            30);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE version = 5"), 30);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 60);
}

}  // namespace
}  // namespace orderflow::order
