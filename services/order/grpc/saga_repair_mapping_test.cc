// Proves what requests to repair sagas are taken and how results are shown.

#include "services/order/grpc/saga_repair_mapping.h"

#include <gmock/gmock.h>

#include "libs/base/errors.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::SequentialIds;
using ::testing::Contains;
using ::testing::Field;

// Nobody is asked who they are.
const rpc::Caller kAnyone{.kind = rpc::Caller::Kind::kAnyone};

v1::RepairSagaRequest ARequest(v1::SagaActionKind kind) {
  v1::RepairSagaRequest request;
  request.set_order_id(SequentialIds::IdAt(1));
  request.mutable_repair()->set_request_id(SequentialIds::IdAt(2));
  request.mutable_repair()->set_kind(kind);
  request.mutable_repair()->set_actor("ann");
  request.mutable_repair()->set_reason("ticket 7");
  return request;
}

template <class Result>
void ExpectViolation(const absl::StatusOr<Result>& result, const std::string& field) {
  EXPECT_THAT(DetailsOf(result.status()).field_violations,
              Contains(Field(&FieldViolation::field, field)));
}

TEST(SagaRepairMapping, TakesAnActionAsItIsAskedFor) {
  v1::RepairSagaRequest request = ARequest(v1::SAGA_ACTION_KIND_SKIP);
  request.mutable_repair()->set_step("authorize_payment");
  request.mutable_repair()->set_evidence("seen at the provider");
  request.set_expected_version(7);

  const auto call = ValidateRepairSaga(request, kAnyone);

  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->request.kind, SagaActionKind::kSkip);
  EXPECT_EQ(call->request.step, "authorize_payment");
  EXPECT_EQ(call->request.expected_version, 7);
}

TEST(SagaRepairMapping, RecordsWhoIsCallingAndNobodyElse) {
  const rpc::Caller bob{.kind = rpc::Caller::Kind::kOperator, .name = "bob"};
  v1::RepairSagaRequest request = ARequest(v1::SAGA_ACTION_KIND_RETRY);
  v1::BatchRepairSagasRequest batch;
  *batch.mutable_repair() = request.repair();
  ExpectViolation(ValidateRepairSaga(request, bob), "repair.actor");
  ExpectViolation(ValidateBatchRepairSagas(batch, bob), "repair.actor");

  request.mutable_repair()->clear_actor();
  const auto call = ValidateRepairSaga(request, bob);
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->request.actor, "bob");
}

TEST(SagaRepairMapping, NamesEveryFieldThatIsMissing) {
  const auto call = ValidateRepairSaga({}, kAnyone);

  for (const char* field :
       {"order_id", "repair.kind", "repair.request_id", "repair.actor", "repair.reason"}) {
    ExpectViolation(call, field);
  }
}

TEST(SagaRepairMapping, ASkipNeedsStepAndEvidenceAndNothingElseHasThem) {
  const auto skip = ValidateRepairSaga(ARequest(v1::SAGA_ACTION_KIND_SKIP), kAnyone);
  ExpectViolation(skip, "repair.step");
  ExpectViolation(skip, "repair.evidence");

  v1::RepairSagaRequest retry = ARequest(v1::SAGA_ACTION_KIND_RETRY);
  retry.mutable_repair()->set_step("authorize_payment");
  retry.mutable_repair()->set_evidence("none");
  ExpectViolation(ValidateRepairSaga(retry, kAnyone), "repair.step");
  ExpectViolation(ValidateRepairSaga(retry, kAnyone), "repair.evidence");
}

TEST(SagaRepairMapping, ABatchHasOneToAHundredDifferentOrdersAndSkipsNothing) {
  v1::BatchRepairSagasRequest request;
  *request.mutable_repair() = ARequest(v1::SAGA_ACTION_KIND_RETRY).repair();
  ExpectViolation(ValidateBatchRepairSagas(request, kAnyone), "order_ids");
  request.add_order_ids(SequentialIds::IdAt(1));
  EXPECT_THAT(ValidateBatchRepairSagas(request, kAnyone), IsOk());
  request.add_order_ids(SequentialIds::IdAt(1));
  ExpectViolation(ValidateBatchRepairSagas(request, kAnyone), "order_ids[1]");
  for (int i = 0; i < kRepairBatchMax; ++i) {
    request.add_order_ids(SequentialIds::IdAt(static_cast<uint64_t>(i) + 10));
  }
  ExpectViolation(ValidateBatchRepairSagas(request, kAnyone), "order_ids");
  request.mutable_repair()->set_kind(v1::SAGA_ACTION_KIND_SKIP);
  ExpectViolation(ValidateBatchRepairSagas(request, kAnyone), "repair.kind");
}

TEST(SagaRepairMapping, ShowsARefusalWithItsCodeAndMessage) {
  const v1::SagaRepairResult result = ToProto(
      SagaActionResult{OrderId("o"), absl::FailedPreconditionError("it has no stuck step")});

  EXPECT_EQ(result.error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(result.error().message(), "it has no stuck step");
  EXPECT_EQ(result.error().details_size(), 1);
}

TEST(SagaRepairMapping, ShowsEveryKindOfAction) {
  for (int kind = v1::SagaActionKind_MIN + 1; kind <= v1::SagaActionKind_MAX; ++kind) {
    v1::RepairSagaRequest request = ARequest(static_cast<v1::SagaActionKind>(kind));
    if (kind == v1::SAGA_ACTION_KIND_SKIP) {
      request.mutable_repair()->set_step("authorize_payment");
      request.mutable_repair()->set_evidence("seen");
    } else if (kind == v1::SAGA_ACTION_KIND_MIGRATE) {
      request.mutable_repair()->set_to_version(2);
    }
    const auto call = ValidateRepairSaga(request, kAnyone);
    ASSERT_THAT(call, IsOk());
    SagaAction action;
    action.request = call->request;
    action.events = {"OrderConfirmed"};
    EXPECT_EQ(ToProto(action).repair().kind(), kind);
    EXPECT_THAT(ToProto(action).events(), ::testing::ElementsAre("OrderConfirmed"));
  }
}

TEST(SagaRepairMapping, AMoveNeedsAVersionAndNothingElseHasOne) {
  v1::RepairSagaRequest request = ARequest(v1::SAGA_ACTION_KIND_MIGRATE);
  ExpectViolation(ValidateRepairSaga(request, kAnyone), "repair.to_version");
  request.mutable_repair()->set_to_version(-1);
  ExpectViolation(ValidateRepairSaga(request, kAnyone), "repair.to_version");
  request.mutable_repair()->set_to_version(2);
  EXPECT_THAT(ValidateRepairSaga(request, kAnyone), IsOk());

  request.mutable_repair()->set_kind(v1::SAGA_ACTION_KIND_RETRY);

  ExpectViolation(ValidateRepairSaga(request, kAnyone), "repair.to_version");
}

}  // namespace
}  // namespace orderflow::order
