// Proves through the admin API, on a real PostgreSQL, that running sagas move to another version of
// their definition: which of a mixed batch can, which cannot and why, and that those that moved go
// on in it. Production starts one version of each definition, so this binary brings a later one: it
// defines SagaDefinitions() itself instead of taking it from the library.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "libs/messaging/topics.h"
#include "libs/saga/definition.h"
#include "libs/testing/status_matchers.h"
#include "services/order/grpc/saga_admin_service.h"
#include "services/order/persistence/postgres_saga_repairer.h"
#include "services/order/persistence/postgres_step_pauser.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/saga_definitions.h"
#include "tests/integration/order/api_fixture.h"

namespace orderflow::order {
namespace {

// Authorizes only what is reserved; the version before does both at the same time.
const saga::SagaDefinition& LaterPlaceOrderSaga() {
  static const saga::SagaDefinition definition = [] {
    saga::SagaDefinition later = PlaceOrderSaga();
    later.version = 3;
    for (saga::StepDefinition& step : later.steps) {
      if (step.name == kAuthorizePaymentStep) {
        step.after = {kReserveStockStep};
      }
    }
    return later;
  }();
  return definition;
}

}  // namespace

const std::vector<const saga::SagaDefinition*>& SagaDefinitions() {
  static const std::vector<const saga::SagaDefinition*> definitions{
      &PlaceOrderSagaVersion1(), &PlaceOrderSaga(), &LaterPlaceOrderSaga(), &CancelOrderSaga()};
  return definitions;
}

namespace {

using orderflow::testing::IsOk;
using ::testing::HasSubstr;

class NoProof final : public StepProof {
 public:
  absl::Status Prove(const std::string&, const OrderId&) override {
    return absl::FailedPreconditionError("it is not proven");
  }
};

class SagaMigrationTest : public ApiTest<v1::SagaAdminService> {
 protected:
  void SetUp() override {
    ASSERT_THAT(LintSagaDefinitions(), IsOk());
    Serve(service_);
  }
  void TearDown() override {
    StopServing();
    executor_.Stop();
  }

  // An order whose steps are done, up to and with the last one named.
  OrderId AcceptAndDo(const std::vector<std::string>& steps) {
    const OrderId order_id = AcceptOne();
    for (const std::string& step : steps) {
      EXPECT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
    }
    return order_id;
  }

  absl::StatusOr<v1::BatchRepairSagasResponse> Migrate(const std::vector<OrderId>& order_ids,
                                                       bool dry_run, int to_version = 3) {
    v1::BatchRepairSagasRequest request;
    for (const OrderId& order_id : order_ids) {
      request.add_order_ids(order_id.value());
    }
    request.mutable_repair()->set_request_id(ids_.NewId());
    request.mutable_repair()->set_kind(v1::SAGA_ACTION_KIND_MIGRATE);
    request.mutable_repair()->set_to_version(to_version);
    request.mutable_repair()->set_actor("ann");
    request.mutable_repair()->set_reason("ticket 9");
    request.mutable_repair()->set_validate_only(dry_run);
    return Call(&v1::SagaAdminService::Stub::BatchRepairSagas, request);
  }

  int64_t VersionOf(const OrderId& order_id) {
    return database_.QueryInt(
        "SELECT s.definition_version FROM sagas s JOIN orders o USING (saga_id)"
        " WHERE o.order_id = '" +
        order_id.value() + "'");
  }

  NoProof proof_;
  PostgresStepPauser pauser_{pool_};
  PostgresSagaRepairer repairer_{pool_, outbox_, workflow_, ids_, [](const WorkflowStep&) {}};
  rpc::CallExecutor executor_{metrics_, rpc::Access::InsecureForAll(), {.threads = 2}};
  SagaAdminGrpcService service_{sagas_, repairer_, pauser_, proof_, executor_};
};

TEST_F(SagaMigrationTest, SaysOfAMixedBatchWhichCanAndWhyTheOthersCannotAndMovesThose) {
  const OrderId reserved = AcceptAndDo({kReserveStockStep});
  const OrderId nothing_done = AcceptAndDo({});
  const OrderId authorized = AcceptAndDo({kAuthorizePaymentStep});
  const OrderId turning_back = AcceptAndDo({});
  ASSERT_THAT(Handle({AReply(turning_back, kReserveStockStep, v1::STEP_OUTCOME_REFUSED)}), IsOk());
  const std::vector<std::string> all{kReserveStockStep, kAuthorizePaymentStep, kCapturePaymentStep,
                                     kCommitReservationStep};
  const OrderId ended = AcceptAndDo(all);
  const OrderId refunding = AcceptAndDo(all);
  ASSERT_THAT(store_.Cancel(refunding, RequestId(ids_.NewId()), "changed my mind", ""), IsOk());
  const std::vector<OrderId> batch{reserved,     nothing_done, authorized,
                                   turning_back, ended,        refunding};

  const auto dry = Migrate(batch, /*dry_run=*/true);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM saga_actions"), 0);
  EXPECT_EQ(VersionOf(reserved), 2) << "a dry run moves nothing";
  const auto moved = Migrate(batch, /*dry_run=*/false);

  for (const auto& response : {dry, moved}) {
    ASSERT_THAT(response, IsOk());
    ASSERT_EQ(response->results_size(), 6);
    for (const int can : {0, 3}) {
      const v1::SagaAction& action = response->results(can).action();
      EXPECT_EQ(action.saga_before().definition_version(), 2) << response->DebugString();
      EXPECT_EQ(action.saga_after().definition_version(), 3);
    }
    for (const int waits : {1, 2}) {
      EXPECT_THAT(response->results(waits).error().message(),
                  HasSubstr("has begun step authorize_payment, before which version 3 does step "
                            "reserve_stock"));
    }
    EXPECT_THAT(response->results(4).error().message(), HasSubstr("has ended as COMPLETED"));
    EXPECT_THAT(response->results(5).error().message(),
                HasSubstr("this binary has no cancel_order version 3"));
  }
  EXPECT_EQ(VersionOf(reserved), 3);
  EXPECT_EQ(VersionOf(turning_back), 3);
  for (const OrderId& stays : {nothing_done, authorized, ended}) {
    EXPECT_EQ(VersionOf(stays), 2);
  }
  EXPECT_EQ(VersionOf(refunding), 1);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM saga_actions WHERE to_version = 3"), 2);
}

// A saga that began before the commit ran beside the capture.
TEST_F(SagaMigrationTest, ASagaOfVersion1CommitsAtOnceWhenItIsMovedWhileItCaptures) {
  const OrderId order_id = AcceptAndDo({});
  database_.Run("UPDATE sagas SET definition_version = 1, version = version + 1");
  for (const char* step : {kReserveStockStep, kAuthorizePaymentStep}) {
    ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  ASSERT_EQ(CountOutbox(messaging::kInventoryCommands), 1) << "only the reservation";

  const auto moved = Migrate({order_id}, /*dry_run=*/false, /*to_version=*/2);

  ASSERT_THAT(moved, IsOk());
  ASSERT_EQ(moved->results(0).action().commands_size(), 1) << moved->DebugString();
  EXPECT_EQ(moved->results(0).action().commands(0).command(), "CommitReservation");
  for (const char* step : {kCommitReservationStep, kCapturePaymentStep}) {
    ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  EXPECT_EQ(Read(order_id).state(), OrderState::kConfirmed);
  EXPECT_EQ(VersionOf(order_id), 2);
}

TEST_F(SagaMigrationTest, WhatHasMovedGoesOnInItsNewVersion) {
  const OrderId forward = AcceptAndDo({kReserveStockStep});
  const OrderId back = AcceptAndDo({});
  ASSERT_THAT(Handle({AReply(back, kReserveStockStep, v1::STEP_OUTCOME_REFUSED)}), IsOk());
  ASSERT_THAT(Migrate({forward, back}, /*dry_run=*/false), IsOk());

  for (const char* step : {kAuthorizePaymentStep, kCapturePaymentStep, kCommitReservationStep}) {
    ASSERT_THAT(Handle({AReply(forward, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  ASSERT_THAT(Handle({AReply(back, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE, true)}), IsOk());

  EXPECT_EQ(Read(forward).state(), OrderState::kConfirmed);
  EXPECT_EQ(Read(back).state(), OrderState::kRejected);
  EXPECT_EQ(VersionOf(forward), 3);
  const auto again = Migrate({forward}, /*dry_run=*/false);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(again->results(0).error().message(), HasSubstr("has ended as COMPLETED"));
}

}  // namespace
}  // namespace orderflow::order
