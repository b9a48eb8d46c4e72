// Proves on a real PostgreSQL that whoever changes an order on the strength of what it was notices
// when somebody else was quicker, starts over and then gets through: without locks, and in whatever
// way the other has changed it.

#include <gmock/gmock.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/messaging/reply_handler.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;

constexpr postgres::Statement kGoOn{
    "test_go_on",
    "UPDATE sagas SET version = version + 1, update_time = clock_timestamp() "
    "WHERE order_id = $1::uuid"};

// Of somebody who gives up at once where a row is locked.
postgres::PoolOptions Impatient(const testing::TemporaryDatabase& database) {
  postgres::PoolOptions options = database.PoolOptions();
  options.lock_timeout = std::chrono::milliseconds(50);
  options.attempts_max = 1;
  return options;
}

// Goes on with an order, as whoever changes it does, over a connection of its own.
class Rival {
 public:
  Rival(const testing::TemporaryDatabase& database, OrderId order_id)
      : pool_(Impatient(database)), order_id_(std::move(order_id)) {}

  void GoOn() {
    attempts_.push_back(pool_.RunInTransaction([this](postgres::Transaction& transaction) {
      return transaction.Queue(kGoOn, postgres::Params().Text(order_id_.value()));
    }));
  }
  // What became of each.
  const std::vector<absl::Status>& attempts() const { return attempts_; }

 private:
  postgres::Pool pool_;
  const OrderId order_id_;
  std::vector<absl::Status> attempts_;
};

// Ids for the messages of a cancel, an event and a command: they are asked for after its load and
// before its writes. The interruption comes once in each run, with the first of them.
class IdsWithInterruption final : public IdGenerator {
 public:
  IdsWithInterruption(IdGenerator& ids, std::function<void()> interruption)
      : ids_(ids), interruption_(std::move(interruption)) {}
  std::string NewId() override {
    if (ids_taken_++ % kIdsInARun == 0) {
      interruption_();
    }
    return ids_.NewId();
  }

 private:
  static constexpr int kIdsInARun = 2;

  IdGenerator& ids_;
  const std::function<void()> interruption_;
  int ids_taken_ = 0;
};

class AggregateFenceTest : public OrderDatabaseTest {
 protected:
  v1::SagaReply Done(const OrderId& order_id, const std::string& step) {
    return AReply(order_id, step, v1::STEP_OUTCOME_DONE);
  }
  void Cancel(const OrderId& order_id) {
    ASSERT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "changed my mind", ""), IsOk());
  }
  // As an order-service does that was there before cancels told the saga's row: past the pivot.
  void CancelAsBefore(const OrderId& order_id) {
    database_.Run(
        "UPDATE orders SET state = 'CANCELLING', sequence = 2, cancel_request_id = "
        "gen_random_uuid(), history = jsonb_insert(history::jsonb, '{-1}', '{\"sequence\": 2, "
        "\"state\": \"CANCELLING\", \"time\": \"2026-01-01 00:00:00+00\"}', true)::json "
        "WHERE order_id = '" +
        order_id.value() + "'");
  }
  // With its payment being captured.
  OrderId AcceptOneAndReachThePivot() {
    const OrderId order_id = AcceptOne();
    EXPECT_THAT(Handle({Done(order_id, kReserveStockStep), Done(order_id, kAuthorizePaymentStep)}),
                IsOk());
    return order_id;
  }
  int64_t SagaVersion(const OrderId& order_id) {
    return database_.QueryInt("SELECT version FROM sagas WHERE saga_id = '" + order_id.value() +
                              "'");
  }
};

TEST_F(AggregateFenceTest, ABatchThatACancelOvertookStartsOverAndGetsThrough) {
  const OrderId order_id = AcceptOne();
  const OrderId neighbour = AcceptOne();

  const auto runs =
      Handle(handler_, {Done(order_id, kReserveStockStep), Done(neighbour, kReserveStockStep)},
             Once([&] { Cancel(order_id); }));

  EXPECT_THAT(runs, IsOkAndHolds(2));
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(SagaVersion(order_id), 3);
  EXPECT_EQ(SagaVersion(neighbour), 2);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 3) << "two authorizations and a void";
}

// The saga goes on as it was; only its row's version tells.
TEST_F(AggregateFenceTest, ACancelPastThePivotIsNotLostToTheReplyThatEndsTheSaga) {
  const OrderId order_id = AcceptOneAndReachThePivot();

  const auto runs = Handle(
      handler_, {Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)},
      Once([&] { Cancel(order_id); }));

  EXPECT_THAT(runs, IsOkAndHolds(2));
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(database_.QueryText("SELECT definition FROM orders JOIN sagas USING (saga_id)"),
            kCancelOrder);
}

TEST_F(AggregateFenceTest, ACancelPastThePivotRaisesTheVersionOfTheSaga) {
  const OrderId order_id = AcceptOneAndReachThePivot();
  const int64_t version = SagaVersion(order_id);

  Cancel(order_id);

  EXPECT_EQ(SagaVersion(order_id), version + 1);
}

// While processes of before are being replaced.
TEST_F(AggregateFenceTest, ACancelThatLeavesTheSagasVersionIsNotLostEither) {
  const OrderId order_id = AcceptOneAndReachThePivot();

  const auto runs = Handle(
      handler_, {Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)},
      Once([&] { CancelAsBefore(order_id); }));

  EXPECT_THAT(runs, IsOkAndHolds(2));
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(Read(order_id).sequence(), 2);
}

TEST_F(AggregateFenceTest, ABatchThatSomebodyElseWantsToOvertakeEachTimeGetsThroughLocked) {
  const OrderId order_id = AcceptOne();
  Rival rival(database_, order_id);

  const auto runs =
      Handle(handler_, {Done(order_id, kReserveStockStep)}, [&](int) { rival.GoOn(); });

  EXPECT_THAT(runs, IsOkAndHolds(2));
  EXPECT_THAT(rival.attempts(), ElementsAre(IsOk(), StatusIs(absl::StatusCode::kAborted)));
  EXPECT_EQ(SagaVersion(order_id), 3);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 1);
}

TEST_F(AggregateFenceTest, ACancelThatSomebodyElseWantsToOvertakeEachTimeGetsThroughLocked) {
  const OrderId order_id = AcceptOne();
  Rival rival(database_, order_id);
  IdsWithInterruption ids(ids_, [&] { rival.GoOn(); });
  OrderWorkflow workflow(ids);
  PostgresOrderStore store(pool_, outbox_, workflow, clock_);

  EXPECT_THAT(store.Cancel(order_id, RequestId(ids_.NewId()), "", ""), IsOk());

  EXPECT_THAT(rival.attempts(), ElementsAre(IsOk(), StatusIs(absl::StatusCode::kAborted)));
  EXPECT_EQ(SagaVersion(order_id), 3);
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
}

TEST_F(AggregateFenceTest, ACancelThatAReplyOvertookStartsOver) {
  const OrderId order_id = AcceptOne();
  int runs = 0;
  IdsWithInterruption ids(ids_, [&] {
    if (++runs == 1) {
      EXPECT_THAT(Handle({Done(order_id, kReserveStockStep)}), IsOk());
    }
  });
  OrderWorkflow workflow(ids);
  PostgresOrderStore store(pool_, outbox_, workflow, clock_);

  EXPECT_THAT(store.Cancel(order_id, RequestId(ids_.NewId()), "", ""), IsOk());

  EXPECT_EQ(runs, 2);
  EXPECT_EQ(SagaVersion(order_id), 3);
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(database_.QueryText("SELECT steps::jsonb->0->>'state' FROM sagas"), "DONE")
      << "the reply is not lost";
}

TEST_F(AggregateFenceTest, TwoCancelsOfAConfirmedOrderStartOneRefund) {
  const OrderId order_id = AcceptOneAndReachThePivot();
  ASSERT_THAT(Handle({Done(order_id, kCapturePaymentStep), Done(order_id, kCommitReservationStep)}),
              IsOk());
  std::optional<OrderAggregate> confirmed;
  ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(LoadedAggregates loaded, LoadAggregates(transaction, std::span(&order_id, 1)));
    confirmed = loaded.aggregates.at(order_id);
    return absl::OkStatus();
  }),
              IsOk());
  Cancel(order_id);

  const auto late =
      workflow_.Cancel(*confirmed, RequestId(ids_.NewId()), "", "", {.now = clock_.Now()});
  ASSERT_THAT(late, IsOk());
  const absl::Status status = pool_.RunInTransaction([&](postgres::Transaction& transaction) {
    return UpdateAggregates(transaction, std::span(&*late, 1), clock_.Now());
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE definition = 'cancel_order'"), 1);
}

TEST_F(AggregateFenceTest, NobodyElseGoesOnWithALockedAggregate) {
  const OrderId order_id = AcceptOne();
  postgres::Pool others(Impatient(database_));
  PostgresOrderStore other(others, outbox_, workflow_, clock_);

  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        RETURN_IF_ERROR(LockAggregates(transaction, std::span(&order_id, 1)).status());
        EXPECT_THAT(other.Cancel(order_id, RequestId(ids_.NewId()), "", ""),
                    StatusIs(absl::StatusCode::kAborted));
        return absl::OkStatus();
      });

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(Read(order_id).state(), OrderState::kPending);
}

// Replies, cancels and timers at the same orders at once; whoever loses starts over by itself.
TEST_F(AggregateFenceTest, WhoeverComesAtOnceIsDoneOnceEach) {
  constexpr int kOrders = 40;
  std::vector<OrderId> order_ids;
  for (int i = 0; i < kOrders; ++i) {
    order_ids.push_back(AcceptOne());
  }
  const auto reply_to_all = [&](const std::string& step) {
    std::vector<v1::SagaReply> replies;
    for (const OrderId& order_id : order_ids) {
      replies.push_back(Done(order_id, step));
    }
    EXPECT_THAT(Handle(replies), IsOk()) << step;
  };
  {
    std::jthread stock([&] { reply_to_all(kReserveStockStep); });
    std::jthread payment([&] { reply_to_all(kAuthorizePaymentStep); });
    std::jthread cancels([&] {
      for (size_t i = 0; i < order_ids.size(); i += 4) {
        EXPECT_THAT(store_.Cancel(order_ids[i], RequestId(ids_.NewId()), "", ""), IsOk());
      }
    });
  }

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders WHERE state = 'CANCELLING' AND "
                               "sequence = 2"),
            kOrders / 4);
  EXPECT_EQ(database_.QueryInt(
                "SELECT count(*) FROM orders o JOIN sagas s USING (saga_id) WHERE o.state = "
                "'PENDING' AND s.version = 3 AND steps::jsonb->0->>'state' = 'DONE' AND "
                "steps::jsonb->1->>'state' = 'DONE' AND steps::jsonb->2->>'state' = 'EXECUTING'"),
            kOrders - kOrders / 4);
}

}  // namespace
}  // namespace orderflow::order
