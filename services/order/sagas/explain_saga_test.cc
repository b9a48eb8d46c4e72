// Proves what a person is told about an order's saga in each situation: what it waits for and since
// when, what happens next and when, the last error, and what can be done. Made by the production
// engine.

#include "services/order/sagas/explain_saga.h"

#include <gmock/gmock.h>

#include <utility>
#include <vector>

#include "libs/saga/engine.h"
#include "libs/testing/fake_clock.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using orderflow::testing::FakeClock;
using saga::Outcome;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

// A saga on its way, and what is said about it.
class ExplainSagaTest : public ::testing::Test {
 protected:
  explicit ExplainSagaTest(const saga::SagaDefinition& definition = PlaceOrderSaga())
      : definition_(&definition) {
    Adopt(saga::Engine::Start(definition, SagaId("s"), OrderId("o"), context_));
  }

  void Apply(const saga::Event& event) {
    auto transition = saga::Engine::Apply(*definition_, saga(), event, context_);
    ASSERT_TRUE(transition.ok()) << transition.status();
    Adopt(*std::move(transition));
  }
  void Reply(const std::string& step, Outcome outcome, const std::string& error = "",
             bool compensation = false) {
    Apply(saga::ReplyReceived{step, compensation, outcome, "refusal", error});
  }
  void AdvanceTime(Duration by) {
    context_.now += by;
    Apply(saga::TimerFired{});
  }
  void RunOutOfTime() {
    while (const auto next = saga::NextActionAt(saga())) {
      context_.now = *next;
      Apply(saga::TimerFired{});
    }
  }

  // The facts of one kind about one step; an empty step: about the whole saga.
  std::vector<SagaFact> Facts(FactKind kind, const std::string& step = "") {
    view_.now = context_.now;
    std::vector<SagaFact> found;
    for (SagaFact& fact : ExplainSaga(view_, paused_steps_, definitions_)) {
      if (fact.kind == kind && fact.step == step) {
        found.push_back(std::move(fact));
      }
    }
    return found;
  }
  // The only one; a failure and an empty fact otherwise.
  SagaFact TheFact(FactKind kind, const std::string& step = "") {
    const auto facts = Facts(kind, step);
    EXPECT_EQ(facts.size(), 1U);
    return facts.size() == 1 ? facts.front() : SagaFact{};
  }

  // What a person can do with the whole saga, as one text.
  std::string PersonCan() {
    std::string text;
    for (const SagaFact& fact : Facts(FactKind::kPersonCan)) {
      text += fact.text + "\n";
    }
    return text;
  }

  saga::SagaInstance& saga() { return view_.saga.record.saga; }

  const saga::SagaDefinition* definition_;
  saga::EngineContext context_{.now = FakeClock::kStart, .random01 = 0.5};
  OrderSagaView view_;
  saga::PausedSteps paused_steps_;
  std::vector<const saga::SagaDefinition*> definitions_ = SagaDefinitions();

 private:
  void Adopt(saga::Transition transition) {
    saga() = std::move(transition.saga);
    view_.saga.update_time = context_.now;
  }
};

TEST_F(ExplainSagaTest, NamesTheAnswersThatItWaitsForAndWhatComesAfterThem) {
  const SagaFact waits = TheFact(FactKind::kWaitsFor, kReserveStockStep);

  EXPECT_EQ(waits.text,
            "ReserveStock has no final answer of inventory-service yet; it was sent once, at most "
            "60 times.");
  EXPECT_EQ(waits.since, FakeClock::kStart);
  const SagaFact next = TheFact(FactKind::kHappensNext, kReserveStockStep);
  EXPECT_EQ(next.text, "Without an answer by then, ReserveStock is sent again.");
  EXPECT_EQ(next.at, FakeClock::kStart + seconds(10));
  EXPECT_EQ(TheFact(FactKind::kHappensNext, kCapturePaymentStep).text,
            "CapturePayment goes to payment-service after reserve_stock and authorize_payment.");
  EXPECT_EQ(TheFact(FactKind::kStands).text,
            "The order is PENDING; its place_order saga is RUNNING.");
}

TEST_F(ExplainSagaTest, KnowsSinceWhenACommandIsOutThoughAnotherStepMovedLater) {
  context_.now += seconds(3);
  Reply(kReserveStockStep, Outcome::kDone);

  EXPECT_EQ(TheFact(FactKind::kWaitsFor, kAuthorizePaymentStep).since, FakeClock::kStart);
  EXPECT_TRUE(Facts(FactKind::kWaitsFor, kReserveStockStep).empty());
}

TEST_F(ExplainSagaTest, ShowsTheLastErrorAndTheBackoff) {
  Reply(kReserveStockStep, Outcome::kFailed, "no connection to the database");

  EXPECT_EQ(TheFact(FactKind::kLastError, kReserveStockStep).text, "no connection to the database");
  EXPECT_EQ(TheFact(FactKind::kHappensNext, kReserveStockStep).at, saga().steps[0].next_action_at);
}

TEST_F(ExplainSagaTest, SaysWhenTheParticipantItselfDoesNotKnow) {
  Reply(kAuthorizePaymentStep, Outcome::kUnknown, "the provider timed out");

  EXPECT_THAT(TheFact(FactKind::kWaitsFor, kAuthorizePaymentStep).text,
              HasSubstr("payment-service does not know yet what became of AuthorizePayment"));
}

TEST_F(ExplainSagaTest, SaysThatTheLastAttemptIsFollowedByParking) {
  saga().steps[0].attempts = 60;

  EXPECT_EQ(TheFact(FactKind::kHappensNext, kReserveStockStep).text,
            "Without an answer by then, the saga parks as NEEDS_ATTENTION.");
}

TEST_F(ExplainSagaTest, AParkedSagaDoesNothingByItselfAndALateAnswerCounts) {
  Reply(kReserveStockStep, Outcome::kDone);
  RunOutOfTime();

  EXPECT_THAT(
      TheFact(FactKind::kStands).text,
      HasSubstr("is NEEDS_ATTENTION: it was RUNNING, and waits for a person or a late answer."));
  EXPECT_THAT(TheFact(FactKind::kWaitsFor, kAuthorizePaymentStep).text,
              HasSubstr("sent 120 times, at most 120 times, and is not sent again by itself"));
  EXPECT_TRUE(Facts(FactKind::kHappensNext, kAuthorizePaymentStep).empty());
  EXPECT_THAT(TheFact(FactKind::kLastError, kAuthorizePaymentStep).text, HasSubstr("no reply"));
  EXPECT_THAT(PersonCan(), HasSubstr("fresh attempts (saga retry); sends AuthorizePayment."));
  EXPECT_THAT(TheFact(FactKind::kPersonCan, kAuthorizePaymentStep).text, HasSubstr("saga skip"));
}

TEST_F(ExplainSagaTest, TheOrderCanBeStoppedBeforeThePivotOnly) {
  EXPECT_THAT(PersonCan(), HasSubstr("turns round"));
  EXPECT_THAT(PersonCan(), HasSubstr("(saga compensate); sends VoidPayment."));
  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga retry"))) << "nothing is stuck";

  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);

  EXPECT_THAT(PersonCan(), HasSubstr("but not stop it"));
  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga compensate")));
}

TEST_F(ExplainSagaTest, APausedSagaDoesNothingByItselfAndCanBeResumed) {
  EXPECT_THAT(PersonCan(), HasSubstr("saga pause"));
  Apply(saga::HoldRequested{saga::Hold::kPaused});

  EXPECT_EQ(
      TheFact(FactKind::kStands).text,
      "The order is PENDING; its place_order saga is RUNNING and paused by a person: it takes "
      "answers in and sends nothing.");
  EXPECT_TRUE(Facts(FactKind::kHappensNext, kReserveStockStep).empty());
  EXPECT_THAT(PersonCan(), HasSubstr("(saga resume); sends nothing at once."));
  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga pause")));
}

TEST_F(ExplainSagaTest, ASagaParkedByAPersonCanBeUnparked) {
  Apply(saga::HoldRequested{saga::Hold::kParked});

  EXPECT_THAT(TheFact(FactKind::kStands).text, HasSubstr("a person has put it on hold"));
  EXPECT_THAT(PersonCan(), HasSubstr("saga unpark"));
}

TEST_F(ExplainSagaTest, AnySagaUnderWayCanBeParked) {
  EXPECT_THAT(PersonCan(), HasSubstr("(saga park); sends nothing at once."));
  Apply(saga::HoldRequested{saga::Hold::kParked});

  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga park)")));
}

TEST_F(ExplainSagaTest, NothingIsSentOfAStepThatIsPausedInAllSagas) {
  Reply(kReserveStockStep, Outcome::kDone);
  RunOutOfTime();
  ASSERT_THAT(PersonCan(), HasSubstr("(saga retry); sends AuthorizePayment."));
  ASSERT_THAT(PersonCan(), HasSubstr("(saga compensate); sends VoidPayment."));
  paused_steps_ = {{{kPlaceOrder, kAuthorizePaymentStep}, context_.now},
                   {{"cancel_order", kReserveStockStep}, context_.now}};

  EXPECT_THAT(PersonCan(), HasSubstr("(saga retry); sends nothing at once."));
  EXPECT_THAT(PersonCan(), HasSubstr("(saga compensate); sends nothing at once."));
  EXPECT_EQ(Facts(FactKind::kPersonCan, kAuthorizePaymentStep).size(), 2U) << "resume, and skip";
  EXPECT_TRUE(Facts(FactKind::kPersonCan, kReserveStockStep).empty()) << "of another saga";
}

TEST_F(ExplainSagaTest, WhatIsToBeSentOfAPausedStepWaitsForItsResumption) {
  paused_steps_ = {{{kPlaceOrder, kReserveStockStep}, context_.now},
                   {{kPlaceOrder, kCapturePaymentStep}, context_.now}};

  EXPECT_EQ(
      TheFact(FactKind::kHappensNext, kReserveStockStep).text,
      "Without an answer by then, ReserveStock is sent again, but not before reserve_stock is "
      "resumed in all sagas.");
  EXPECT_THAT(TheFact(FactKind::kHappensNext, kCapturePaymentStep).text,
              HasSubstr("authorize_payment, but not before capture_payment is resumed"));
  EXPECT_THAT(TheFact(FactKind::kHappensNext, kCommitReservationStep).text,
              Not(HasSubstr("resumed")));
  EXPECT_THAT(TheFact(FactKind::kPersonCan, kReserveStockStep).text, HasSubstr("step resume"));
  Reply(kReserveStockStep, Outcome::kDone);
  EXPECT_TRUE(Facts(FactKind::kPersonCan, kReserveStockStep).empty()) << "over";
}

TEST_F(ExplainSagaTest, AMoveToTheNewestVersionIsOfferedExactlyWhereItWouldBeAccepted) {
  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga migrate"))) << "it is of the newest one";
  saga::SagaDefinition other = PlaceOrderSaga();
  other.version = 3;
  saga::SagaDefinition newest = PlaceOrderSaga();
  newest.version = 4;
  newest.steps.insert(newest.steps.begin(), newest.steps.front());
  newest.steps.front().name = "reserve_gift";
  newest.steps.back().after.emplace_back("reserve_gift");
  definitions_ = {&PlaceOrderSaga(), &newest, &other};

  EXPECT_THAT(PersonCan(),
              HasSubstr("The saga can be moved from version 2 of its definition to version 4 (saga "
                        "migrate --to-version 4); sends ReserveStock."));
  EXPECT_THAT(PersonCan(), Not(HasSubstr("--to-version 3")));
  paused_steps_ = {{{kPlaceOrder, "reserve_gift"}, context_.now}};
  EXPECT_THAT(PersonCan(), HasSubstr("--to-version 4); sends nothing at once."));

  Reply(kReserveStockStep, Outcome::kDone);
  EXPECT_THAT(PersonCan(), HasSubstr("saga migrate"));
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  EXPECT_THAT(PersonCan(), Not(HasSubstr("saga migrate"))) << "its last step has begun too early";
}

TEST_F(ExplainSagaTest, ListsWhatIsStillToBeUndone) {
  Reply(kReserveStockStep, Outcome::kDone);
  Apply(saga::CancelRequested{"cancelled"});
  view_.order_state = OrderState::kCancelling;

  EXPECT_THAT(TheFact(FactKind::kWaitsFor, kAuthorizePaymentStep).text,
              HasSubstr("VoidPayment has no final answer of payment-service"));
  EXPECT_THAT(TheFact(FactKind::kHappensNext, kReserveStockStep).text,
              HasSubstr("ReleaseStock goes to inventory-service"));
  EXPECT_TRUE(Facts(FactKind::kHappensNext, kCapturePaymentStep).empty()) << "skipped";
  EXPECT_THAT(PersonCan(), Not(HasSubstr("cancel")));
}

TEST_F(ExplainSagaTest, ARefusalAfterThePivotWaitsUntilTheStepIsDoneAfterAll) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  Reply(kCommitReservationStep, Outcome::kRefused, "the reservation is gone");

  EXPECT_EQ(TheFact(FactKind::kWaitsFor, kCommitReservationStep).text,
            "inventory-service refused CommitReservation after the pivot had begun, where nothing "
            "can be undone: the saga goes on once it is done after all, or turns round should the "
            "pivot be refused.");
  Reply(kCapturePaymentStep, Outcome::kDone);
  EXPECT_EQ(TheFact(FactKind::kWaitsFor, kCommitReservationStep).text,
            "inventory-service refused CommitReservation after the pivot had begun, where nothing "
            "can be undone: the saga goes on once it is done after all.");
  EXPECT_EQ(TheFact(FactKind::kLastError, kCommitReservationStep).text, "the reservation is gone");
}

TEST_F(ExplainSagaTest, ACancelThatCameTooLateIsAnnounced) {
  view_.order_state = OrderState::kCancelling;

  EXPECT_THAT(TheFact(FactKind::kHappensNext).text, HasSubstr("cancel_order follows"));
}

TEST_F(ExplainSagaTest, AFinishedSagaOnlyStands) {
  for (const char* step :
       {kReserveStockStep, kAuthorizePaymentStep, kCapturePaymentStep, kCommitReservationStep}) {
    Reply(step, Outcome::kDone);
  }
  view_.order_state = OrderState::kConfirmed;

  EXPECT_EQ(ExplainSaga(view_, paused_steps_, definitions_).size(), 1U);
  EXPECT_EQ(TheFact(FactKind::kStands).text,
            "The order is CONFIRMED; its place_order saga has ended as COMPLETED, and nothing is "
            "under way.");
}

TEST_F(ExplainSagaTest, ASagaOfANewerDefinitionIsLeftToANewerBinary) {
  saga().definition_version = 99;

  EXPECT_THAT(TheFact(FactKind::kLastError).text, HasSubstr("place_order version 99"));
}

TEST_F(ExplainSagaTest, ADamagedRowIsNamedAsSuch) {
  saga().steps.pop_back();

  EXPECT_THAT(TheFact(FactKind::kLastError).text, HasSubstr("with 3 steps"));
}

}  // namespace
}  // namespace orderflow::order
