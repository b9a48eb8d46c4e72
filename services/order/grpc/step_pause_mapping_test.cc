// Proves what requests to pause steps are taken and how their records are shown.

#include "services/order/grpc/step_pause_mapping.h"

#include <gmock/gmock.h>

#include <optional>

#include "libs/base/errors.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::SequentialIds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Not;

v1::StepOfAllSagas AStep(const std::string& definition, const std::string& name) {
  v1::StepOfAllSagas step;
  step.set_definition(definition);
  step.set_step(name);
  return step;
}

// Nobody is asked who they are.
const rpc::Caller kAnyone{.kind = rpc::Caller::Kind::kAnyone};

v1::StepRepair ARepair() {
  v1::StepRepair repair;
  repair.set_request_id(SequentialIds::IdAt(1));
  repair.set_actor("ann");
  repair.set_reason("ticket 7");
  return repair;
}

auto Violates(const std::string& field) { return Contains(Field(&FieldViolation::field, field)); }

TEST(StepPauseMapping, TakesAnActionAndShowsItsRecordWithTheCommandsThatWait) {
  const auto request = ValidateStepAction(
      StepActionKind::kPause, AStep("place_order", "authorize_payment"), ARepair(), kAnyone);
  ASSERT_THAT(request, IsOk());

  const v1::StepAction proto = ToProto({.action_id = 3,
                                        .request = *request,
                                        .was_paused = false,
                                        .backlog = StepBacklog{.sagas = 7, .at_least = true},
                                        .time = Timestamp(Duration(1'000'000))});

  EXPECT_EQ(proto.action_id(), 3);
  EXPECT_EQ(proto.step().step(), "authorize_payment");
  EXPECT_TRUE(proto.paused());
  EXPECT_FALSE(proto.was_paused());
  EXPECT_EQ(proto.backlog().sagas(), 7);
  EXPECT_TRUE(proto.backlog().at_least());
  EXPECT_EQ(proto.repair().actor(), "ann");
  EXPECT_THAT(proto.commands(), ElementsAre("AuthorizePayment", "VoidPayment"));
  EXPECT_EQ(proto.create_time().seconds(), 1);
}

TEST(StepPauseMapping, ARecordThatWouldBeMadeHasNoIdAndNoTime) {
  const auto request = ValidateStepAction(StepActionKind::kResume, AStep("cancel_order", "restock"),
                                          ARepair(), kAnyone);
  ASSERT_THAT(request, IsOk());

  const v1::StepAction proto = ToProto({.action_id = 0,
                                        .request = *request,
                                        .was_paused = true,
                                        .backlog = std::nullopt,
                                        .time = {}});

  EXPECT_FALSE(proto.paused());
  EXPECT_TRUE(proto.was_paused());
  EXPECT_FALSE(proto.has_backlog());
  EXPECT_FALSE(proto.has_create_time());
}

TEST(StepPauseMapping, RecordsWhoIsCallingAndNobodyElse) {
  const rpc::Caller bob{.kind = rpc::Caller::Kind::kOperator, .name = "bob"};
  v1::StepRepair repair = ARepair();
  const auto refused =
      ValidateStepAction(StepActionKind::kPause, AStep("cancel_order", "restock"), repair, bob);
  EXPECT_THAT(DetailsOf(refused.status()).field_violations, Violates("repair.actor"));

  repair.clear_actor();
  const auto request =
      ValidateStepAction(StepActionKind::kPause, AStep("cancel_order", "restock"), repair, bob);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->actor, "bob");
}

TEST(StepPauseMapping, NamesEveryFieldThatIsMissingOrUnknown) {
  for (const auto& step : {AStep("", ""), AStep("place_order", "restock"), AStep("x", "restock")}) {
    const auto request = ValidateStepAction(StepActionKind::kPause, step, {}, kAnyone);
    for (const char* field : {"step", "repair.request_id", "repair.actor", "repair.reason"}) {
      EXPECT_THAT(DetailsOf(request.status()).field_violations, Violates(field));
    }
  }
}

TEST(StepPauseMapping, RefusesAPageTokenThatItDidNotIssue) {
  v1::ListStepActionsRequest request;
  EXPECT_THAT(ValidateListStepActions(request), IsOk());
  request.set_page_token("abc");

  const auto page = ValidateListStepActions(request);

  EXPECT_THAT(page, Not(IsOk()));
  EXPECT_THAT(DetailsOf(page.status()).field_violations, Violates("page_token"));
}

}  // namespace
}  // namespace orderflow::order
