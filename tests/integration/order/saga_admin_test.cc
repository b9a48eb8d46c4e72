// Proves the admin API on a real PostgreSQL, through gRPC: what it says about an order's saga, what
// actions store and send, that they act once, and that their record can only grow.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <thread>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/grpc/saga_admin_service.h"
#include "services/order/messaging/saga_timer_runner.h"
#include "services/order/persistence/postgres_saga_repairer.h"
#include "services/order/persistence/postgres_step_pauser.h"
#include "tests/integration/order/api_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

// A participant that proves what the test says.
class GivenProof final : public StepProof {
 public:
  absl::Status Prove(const std::string&, const OrderId&) override { return answer; }

  absl::Status answer = absl::FailedPreconditionError("it is not proven");
};

class SagaAdminTest : public ApiTest<v1::SagaAdminService> {
 protected:
  void SetUp() override { Serve(service_); }
  void TearDown() override {
    StopServing();
    executor_.Stop();
  }

  absl::StatusOr<v1::SagaExplanation> Explain(const std::string& order_id) {
    v1::ExplainSagaRequest request;
    request.set_order_id(order_id);
    return Call(&v1::SagaAdminService::Stub::ExplainSaga, request);
  }

  // An order whose reservation failed and waits for its back-off.
  OrderId AcceptStuck() {
    const OrderId order_id = AcceptOne();
    v1::SagaReply failed = AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_FAILED);
    failed.set_error_message("no connection");
    EXPECT_THAT(Handle({failed}), IsOk());
    return order_id;
  }

  v1::RepairSagaRequest ARequest(const OrderId& order_id, v1::SagaActionKind kind) {
    v1::RepairSagaRequest request;
    request.set_order_id(order_id.value());
    request.mutable_repair()->set_request_id(ids_.NewId());
    request.mutable_repair()->set_kind(kind);
    request.mutable_repair()->set_actor("ann");
    request.mutable_repair()->set_reason("ticket 7");
    return request;
  }
  absl::StatusOr<v1::SagaAction> Repair(const v1::RepairSagaRequest& request) {
    return Call(&v1::SagaAdminService::Stub::RepairSaga, request);
  }
  absl::StatusOr<v1::SagaAction> Repair(const OrderId& order_id, v1::SagaActionKind kind) {
    return Repair(ARequest(order_id, kind));
  }
  int64_t CountActions() { return database_.QueryInt("SELECT count(*) FROM saga_actions"); }
  // Lets every saga's timers be due.
  void LetTimersBeDue() {
    database_.Run(
        "UPDATE sagas SET next_action_time = next_action_time - interval '1 hour' "
        "WHERE next_action_time IS NOT NULL");
  }

  PostgresSagaRepairer repairer_{pool_, outbox_, workflow_, ids_,
                                 [this](const WorkflowStep& step) { saga_metrics_.OnStep(step); }};
  PostgresStepPauser pauser_{pool_};
  GivenProof proof_;
  rpc::CallExecutor executor_{metrics_, rpc::Access::InsecureForAll(), {.threads = 2}};
  SagaAdminGrpcService service_{sagas_, repairer_, pauser_, proof_, executor_};
};

TEST_F(SagaAdminTest, ExplainsAnOrderUnderWay) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle({AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_DONE)}), IsOk());

  const auto explanation = Explain(order_id.value());

  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->order_state(), v1::ORDER_STATE_PENDING);
  EXPECT_EQ(explanation->saga().order_id(), order_id.value());
  bool waits_for_payment = false;
  for (const v1::SagaFact& fact : explanation->facts()) {
    waits_for_payment |= fact.kind() == v1::SAGA_FACT_KIND_WAITS_FOR &&
                         fact.step() == "authorize_payment" && fact.has_since_time();
  }
  EXPECT_TRUE(waits_for_payment) << explanation->DebugString();
}

TEST_F(SagaAdminTest, ExplainsTheLatestSagaOfAConfirmedAndThenCancelledOrder) {
  const OrderId order_id = AcceptOne();
  for (const char* step :
       {"reserve_stock", "authorize_payment", "capture_payment", "commit_reservation"}) {
    ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  ASSERT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "changed my mind", ""), IsOk());

  const auto explanation = Explain(order_id.value());

  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->order_state(), v1::ORDER_STATE_CANCELLING);
  EXPECT_EQ(explanation->saga().definition(), "cancel_order");
}

TEST_F(SagaAdminTest, ThereIsNothingToExplainAboutAnUnknownOrder) {
  EXPECT_THAT(Explain(ids_.NewId()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Explain("my order"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SagaAdminTest, ARetrySendsTheCommandAndIsRecordedInTheSameTransaction) {
  const OrderId order_id = AcceptStuck();

  const auto action = Repair(order_id, v1::SAGA_ACTION_KIND_RETRY);

  ASSERT_THAT(action, IsOk());
  ASSERT_EQ(action->commands_size(), 1);
  EXPECT_EQ(action->commands(0).command(), "ReserveStock");
  EXPECT_EQ(action->saga_before().steps(0).last_error(), "no connection");
  EXPECT_EQ(action->saga_after().steps(0).last_error(), "");
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 2);
  const auto stored = sagas_.ByOrder(order_id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->record.version, action->saga_after().version());
  v1::ListSagaActionsRequest list;
  list.set_order_id(order_id.value());
  const auto page = Call(&v1::SagaAdminService::Stub::ListSagaActions, list);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->actions_size(), 1);
  EXPECT_EQ(page->actions(0).DebugString(), action->DebugString());
}

TEST_F(SagaAdminTest, TheSameRequestActsOnceAndGetsItsFirstAnswer) {
  const OrderId order_id = AcceptStuck();
  v1::RepairSagaRequest request = ARequest(order_id, v1::SAGA_ACTION_KIND_RETRY);

  const auto first = Repair(request);
  const auto second = Repair(request);

  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->DebugString(), second->DebugString());
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 2);
  EXPECT_EQ(CountActions(), 1);
  request.mutable_repair()->set_reason("another one");
  EXPECT_THAT(Repair(request), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(SagaAdminTest, TheSameRequestManyTimesAtOnceActsOnce) {
  const v1::RepairSagaRequest request = ARequest(AcceptStuck(), v1::SAGA_ACTION_KIND_RETRY);
  std::array<absl::StatusOr<v1::SagaAction>, 8> answers;
  {
    std::vector<std::jthread> callers;
    for (auto& answer : answers) {
      callers.emplace_back([&] { answer = Repair(request); });
    }
  }

  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->action_id(), answers[0]->action_id());
  }
  EXPECT_EQ(CountActions(), 1);
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 2);
}

TEST_F(SagaAdminTest, ADryRunSaysTheSameAndDoesNothing) {
  const OrderId order_id = AcceptStuck();
  v1::RepairSagaRequest request = ARequest(order_id, v1::SAGA_ACTION_KIND_RETRY);
  request.mutable_repair()->set_validate_only(true);

  const auto dry = Repair(request);

  ASSERT_THAT(dry, IsOk());
  EXPECT_EQ(dry->action_id(), "");
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 1);
  EXPECT_EQ(CountActions(), 0);
  request.mutable_repair()->set_validate_only(false);
  const auto real = Repair(request);
  ASSERT_THAT(real, IsOk());
  ASSERT_EQ(dry->commands_size(), real->commands_size());
  EXPECT_EQ(dry->commands(0).DebugString(), real->commands(0).DebugString());
  EXPECT_EQ(dry->saga_after().version(), real->saga_after().version());
}

// Found by a review: a release that ends the saga was said to send nothing.
TEST_F(SagaAdminTest, AnActionThatEndsTheSagaSaysBeforeAndAfterwardsWhichEventItSends) {
  const OrderId order_id = AcceptOne();
  for (const char* step : {"reserve_stock", "authorize_payment", "capture_payment"}) {
    ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_PARK), IsOk());
  ASSERT_THAT(Handle({AReply(order_id, "commit_reservation", v1::STEP_OUTCOME_DONE)}), IsOk());
  const int64_t events = CountOutbox(messaging::kOrderEvents);
  v1::RepairSagaRequest request = ARequest(order_id, v1::SAGA_ACTION_KIND_UNPARK);
  request.mutable_repair()->set_validate_only(true);

  const auto dry = Repair(request);
  request.mutable_repair()->set_validate_only(false);
  const auto real = Repair(request);
  const auto again = Repair(request);

  for (const auto& action : {dry, real, again}) {
    ASSERT_THAT(action, IsOk());
    EXPECT_EQ(action->commands_size(), 0);
    EXPECT_EQ(action->order_state_after(), v1::ORDER_STATE_CONFIRMED);
    ASSERT_EQ(action->events_size(), 1);
    EXPECT_EQ(action->events(0), "OrderConfirmed");
  }
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), events + 1);
}

TEST_F(SagaAdminTest, IsRefusedOnceTheSagaHasMovedOn) {
  const OrderId order_id = AcceptStuck();
  v1::RepairSagaRequest request = ARequest(order_id, v1::SAGA_ACTION_KIND_RETRY);
  request.set_expected_version(1);

  const auto refused = Repair(request);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "SAGA_VERSION_CHANGED");
  EXPECT_EQ(CountActions(), 0);
}

TEST_F(SagaAdminTest, APausedSagaSendsNothingWhateverHappensUntilItIsResumed) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_PAUSE), IsOk());
  SagaTimerRunner timers(pool_, outbox_, workflow_, sagas_, saga_metrics_, {});

  LetTimersBeDue();
  EXPECT_THAT(timers.FireDue(), orderflow::testing::IsOkAndHolds(SagaTimerRunner::Fired{}));
  ASSERT_THAT(Handle({AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_DONE),
                      AReply(order_id, "authorize_payment", v1::STEP_OUTCOME_DONE)}),
              IsOk());

  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 1);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 1);
  EXPECT_EQ(sagas_.Count()->paused, 1);
  const auto resumed = Repair(order_id, v1::SAGA_ACTION_KIND_RESUME);
  ASSERT_THAT(resumed, IsOk());
  ASSERT_EQ(resumed->commands_size(), 2);
  EXPECT_EQ(resumed->commands(0).command(), "CapturePayment");
  EXPECT_EQ(resumed->commands(1).command(), "CommitReservation");
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 2);
  EXPECT_EQ(sagas_.Count()->paused, 0);
  EXPECT_GT(database_.QueryInt("SELECT count(*) FROM sagas WHERE next_action_time IS NOT NULL"), 0)
      << "it wakes up by itself again";
}

TEST_F(SagaAdminTest, ASagaParkedByAPersonNeedsAttentionWhateverIsAnswered) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_PARK), IsOk());

  ASSERT_THAT(Handle({AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_DONE),
                      AReply(order_id, "authorize_payment", v1::STEP_OUTCOME_DONE)}),
              IsOk());

  EXPECT_EQ(sagas_.Count()->needs_attention, 1);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 1);
  const auto unparked = Repair(order_id, v1::SAGA_ACTION_KIND_UNPARK);
  ASSERT_THAT(unparked, IsOk());
  EXPECT_EQ(unparked->saga_after().state(), v1::SAGA_STATE_RUNNING);
}

TEST_F(SagaAdminTest, CompensatingUndoesTheOrderWhichIsRejected) {
  const OrderId order_id = AcceptStuck();

  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_COMPENSATE), IsOk());
  ASSERT_THAT(Handle({AReply(order_id, "authorize_payment", v1::STEP_OUTCOME_DONE, true),
                      AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_DONE, true)}),
              IsOk());

  const Order order = Read(order_id);
  EXPECT_EQ(order.state(), OrderState::kRejected);
  ASSERT_TRUE(order.refusal().has_value());
  EXPECT_EQ(order.refusal()->reason, RefusalReason::kStoppedByOperator);
}

TEST_F(SagaAdminTest, AStepIsSkippedOnlyWithProof) {
  const OrderId order_id = AcceptStuck();
  v1::RepairSagaRequest request = ARequest(order_id, v1::SAGA_ACTION_KIND_SKIP);
  request.mutable_repair()->set_step("reserve_stock");
  request.mutable_repair()->set_evidence("seen in the warehouse");

  EXPECT_THAT(Repair(request), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(CountActions(), 0);
  proof_.answer = absl::OkStatus();
  const auto skipped = Repair(request);

  ASSERT_THAT(skipped, IsOk());
  EXPECT_EQ(skipped->saga_after().steps(0).state(), v1::SAGA_STEP_STATE_DONE);
  EXPECT_EQ(skipped->repair().evidence(), "seen in the warehouse");
  EXPECT_EQ(CountActions(), 1);
  proof_.answer = absl::UnavailableError("gone");
  const auto again = Repair(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->action_id(), skipped->action_id());
}

TEST_F(SagaAdminTest, ABatchActsOnEveryOrderThatItCanAndNamesTheOthers) {
  const OrderId stuck = AcceptStuck();
  const OrderId other_stuck = AcceptStuck();
  const OrderId healthy = AcceptOne();
  const std::string unknown = ids_.NewId();
  v1::BatchRepairSagasRequest request;
  *request.mutable_repair() = ARequest(stuck, v1::SAGA_ACTION_KIND_RETRY).repair();
  for (const std::string& id : {unknown, healthy.value(), other_stuck.value(), stuck.value()}) {
    request.add_order_ids(id);
  }

  const auto response = Call(&v1::SagaAdminService::Stub::BatchRepairSagas, request);

  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->results_size(), 4);
  EXPECT_EQ(response->results(0).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(response->results(1).error().code(),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(response->results(2).action().order_id(), other_stuck.value());
  EXPECT_EQ(response->results(3).action().order_id(), stuck.value());
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 5) << "three first ones, two sent again";
  EXPECT_EQ(database_.QueryInt("SELECT count(DISTINCT xmin::text) FROM saga_actions"), 1)
      << "one transaction";
}

TEST_F(SagaAdminTest, AMoveToAVersionThatThereIsNotIsRefusedAndChangesNothing) {
  v1::RepairSagaRequest request = ARequest(AcceptOne(), v1::SAGA_ACTION_KIND_MIGRATE);
  request.mutable_repair()->set_to_version(2);

  const auto refused = Repair(request);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(CountActions(), 0);
}

TEST_F(SagaAdminTest, ListsActionsNewestFirstInPages) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_PAUSE), IsOk());
  ASSERT_THAT(Repair(order_id, v1::SAGA_ACTION_KIND_RESUME), IsOk());
  v1::ListSagaActionsRequest list;
  list.set_page_size(1);

  const auto first = Call(&v1::SagaAdminService::Stub::ListSagaActions, list);
  ASSERT_THAT(first, IsOk());
  list.set_page_token(first->next_page_token());
  const auto second = Call(&v1::SagaAdminService::Stub::ListSagaActions, list);
  ASSERT_THAT(second, IsOk());

  ASSERT_EQ(first->actions_size(), 1);
  EXPECT_EQ(first->actions(0).repair().kind(), v1::SAGA_ACTION_KIND_RESUME);
  ASSERT_EQ(second->actions_size(), 1);
  EXPECT_EQ(second->actions(0).repair().kind(), v1::SAGA_ACTION_KIND_PAUSE);
}

TEST_F(SagaAdminTest, PausedSagasAreListedByTheirHold) {
  AcceptOne();
  const OrderId paused = AcceptOne();
  ASSERT_THAT(Repair(paused, v1::SAGA_ACTION_KIND_PAUSE), IsOk());
  v1::ListSagasRequest request;
  request.set_hold(v1::SAGA_HOLD_PAUSED);

  const auto page = Call(&v1::SagaAdminService::Stub::ListSagas, request);

  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->sagas_size(), 1);
  EXPECT_EQ(page->sagas(0).order_id(), paused.value());
}

// The role that the service runs as may neither change nor delete what was recorded.
TEST_F(SagaAdminTest, TheRecordCanOnlyGrow) {
  ASSERT_THAT(Repair(AcceptOne(), v1::SAGA_ACTION_KIND_PAUSE), IsOk());

  for (const char* sql : {"UPDATE saga_actions SET actor = 'bob'", "DELETE FROM saga_actions",
                          "TRUNCATE saga_actions"}) {
    const postgres::Statement statement{"test_change_the_record", sql};
    EXPECT_FALSE(pool_
                     .RunInTransaction([&](postgres::Transaction& transaction) {
                       return transaction.Execute(statement).status();
                     })
                     .ok())
        << sql;
  }
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM saga_actions WHERE actor = 'ann'"), 1);
}

}  // namespace
}  // namespace orderflow::order
