// Proves that the comparison of a round sees each way in which an order system can break its word,
// and nothing in a good round.
#include "tests/fault/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fmt/format.h"

namespace orderflow::fault {
namespace {

using order::v1::Order;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kApproved = 0;  // numbers of the demo's mix
constexpr int kDeclined = 1;
constexpr int kCancelConfirmed = 4;

// A request that was acknowledged, and its order as it ends.
struct Pair {
  RequestLog log;
  Order order;
};

Pair AnAcknowledgedOrder(int number) {
  Pair pair;
  const std::string request_id = fmt::format("request-{}", number);
  pair.log.scenario = orderctl::ScenarioOf(number);
  pair.log.request = orderctl::RequestFor(number, "run", request_id);
  pair.log.request.set_email(request_id + "@fault.example");
  pair.log.order_id = fmt::format("order-{}", number);
  pair.order.set_order_id(pair.log.order_id);
  pair.order.set_customer_id(pair.log.request.customer_id());
  pair.order.set_email(pair.log.request.email());
  *pair.order.mutable_items() = pair.log.request.items();
  pair.order.set_state(orderctl::ExpectedState(pair.log.scenario));
  pair.order.set_sequence(3);
  if (orderctl::CancelsConfirmed(pair.log.scenario)) {
    pair.log.cancel = CancelLog::kAccepted;
  }
  pair.log.seen = pair.order;
  return pair;
}

TEST(CompareHistory, FindsNothingInAGoodRound) {
  const Pair approved = AnAcknowledgedOrder(kApproved);
  const Pair declined = AnAcknowledgedOrder(kDeclined);
  const Pair cancelled = AnAcknowledgedOrder(kCancelConfirmed);

  const Comparison comparison = Compare({approved.log, declined.log, cancelled.log},
                                        {cancelled.order, approved.order, declined.order});

  EXPECT_THAT(comparison.violations, IsEmpty());
  EXPECT_EQ(comparison.acknowledged_lost, 0);
}

TEST(CompareHistory, SeesALostOrder) {
  const Comparison comparison = Compare({AnAcknowledgedOrder(kApproved).log}, {});

  EXPECT_THAT(comparison.violations, ElementsAre(HasSubstr("is lost")));
  EXPECT_EQ(comparison.acknowledged_lost, 1);
}

TEST(CompareHistory, AllowsThatAnUnansweredRequestTookEffectOrNot) {
  Pair pair = AnAcknowledgedOrder(kApproved);
  pair.log.order_id.clear();
  pair.log.seen = Order();
  pair.log.abandoned = true;

  EXPECT_THAT(Compare({pair.log}, {}).violations, IsEmpty());
  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations, IsEmpty());
}

TEST(CompareHistory, SeesOneRequestWithTwoOrders) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  Order twin = pair.order;
  twin.set_order_id("twin");

  EXPECT_THAT(Compare({pair.log}, {pair.order, twin}).violations,
              ElementsAre(HasSubstr("made two orders")));
}

TEST(CompareHistory, SeesAnotherOrderThanTheAcknowledgedOne) {
  Pair pair = AnAcknowledgedOrder(kApproved);
  pair.order.set_order_id("another");

  const Comparison comparison = Compare({pair.log}, {pair.order});

  EXPECT_THAT(comparison.violations, ElementsAre(HasSubstr("but its order is another")));
  EXPECT_EQ(comparison.acknowledged_lost, 1);
}

TEST(CompareHistory, SeesAnOrderThatNobodyAskedFor) {
  EXPECT_THAT(Compare({}, {AnAcknowledgedOrder(kApproved).order}).violations,
              ElementsAre(HasSubstr("has no request")));
}

TEST(CompareHistory, SeesOtherContent) {
  Pair pair = AnAcknowledgedOrder(kApproved);
  pair.order.mutable_items(0)->set_quantity(99);

  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations,
              ElementsAre(HasSubstr("not as it was asked for")));
}

TEST(CompareHistory, SeesAnOrderThatIsNotAtRest) {
  Pair pair = AnAcknowledgedOrder(kApproved);
  pair.log.seen.set_state(order::v1::ORDER_STATE_PENDING);
  pair.order.set_state(order::v1::ORDER_STATE_PENDING);

  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations,
              ElementsAre(HasSubstr("is ORDER_STATE_PENDING")));
}

TEST(CompareHistory, SeesAFinalStateThatChanged) {
  Pair pair = AnAcknowledgedOrder(kDeclined);
  pair.order.set_state(order::v1::ORDER_STATE_CONFIRMED);

  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations,
              ElementsAre(HasSubstr("was ORDER_STATE_REJECTED and is ORDER_STATE_CONFIRMED")));
}

TEST(CompareHistory, SeesAnAcceptedCancelThatHadNoEffect) {
  Pair pair = AnAcknowledgedOrder(kCancelConfirmed);
  pair.log.seen.set_state(order::v1::ORDER_STATE_CONFIRMED);
  pair.order.set_state(order::v1::ORDER_STATE_CONFIRMED);

  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations,
              ElementsAre(HasSubstr("ended ORDER_STATE_CONFIRMED")));
}

TEST(ClientHistory, SeesASecondOrderForOneRequest) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  ClientHistory history;
  RequestLog log = pair.log;
  log.order_id.clear();
  const int index = history.Add(log);
  Order twin = pair.order;
  twin.set_order_id("twin");

  history.NoteAcknowledged(index, pair.order);
  history.NoteAcknowledged(index, pair.order);
  EXPECT_THAT(history.violations(), IsEmpty());
  history.NoteAcknowledged(index, twin);

  EXPECT_THAT(history.violations(), ElementsAre(HasSubstr("got another order")));
  EXPECT_EQ(history.acknowledged(), 1);
}

TEST(ClientHistory, SeesAnOlderAnswerAfterANewerOne) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  ClientHistory history;
  const int index = history.Add(pair.log);
  Order older = pair.order;
  older.set_state(order::v1::ORDER_STATE_PENDING);
  older.set_sequence(1);

  history.NoteSeen(index, older);

  EXPECT_THAT(history.violations(), ElementsAre(HasSubstr("later ORDER_STATE_PENDING")));
}

TEST(ClientHistory, CountsWhatWasNotAcceptedOnlyWhileItMustBe) {
  ClientHistory history;
  const int index = history.Add(AnAcknowledgedOrder(kApproved).log);

  history.NoteNotAccepted(index, absl::UnavailableError("before"));
  history.MustAccept(true);
  history.NoteNotAccepted(index, absl::UnavailableError("meanwhile"));
  history.MustAccept(false);
  history.NoteNotAccepted(index, absl::UnavailableError("after"));

  EXPECT_THAT(history.violations(), ElementsAre(HasSubstr("meanwhile")));
}

order::v1::OrderStateChange AChange(int64_t sequence, order::v1::OrderState state) {
  order::v1::OrderStateChange change;
  change.set_sequence(sequence);
  change.set_state(state);
  return change;
}

TEST(ClientHistory, LetsAWatchTellLateWhatWasSeenAlready) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  ClientHistory history;
  const int index = history.Add(pair.log);

  history.NoteSeen(index, pair.order);
  history.NoteChange(index, AChange(1, order::v1::ORDER_STATE_PENDING));
  history.NoteChange(index, AChange(3, pair.order.state()));

  EXPECT_THAT(history.violations(), IsEmpty());
}

TEST(ClientHistory, SeesAWatchThatTellsOtherwise) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  ClientHistory history;
  const int index = history.Add(pair.log);

  history.NoteSeen(index, pair.order);
  history.NoteChange(index, AChange(3, order::v1::ORDER_STATE_REJECTED));

  EXPECT_THAT(history.violations(), ElementsAre(HasSubstr("is told as ORDER_STATE_REJECTED")));
}

TEST(ClientHistory, SeesAWatchOnWhichAFinalStateChanges) {
  const Pair pair = AnAcknowledgedOrder(kApproved);
  ClientHistory history;
  const int index = history.Add(pair.log);

  history.NoteChange(index, AChange(2, order::v1::ORDER_STATE_REJECTED));
  history.NoteChange(index, AChange(3, order::v1::ORDER_STATE_CONFIRMED));

  EXPECT_THAT(history.violations(), ElementsAre(HasSubstr("does not stand beside")));
}

TEST(CompareHistory, SeesAnOrderThatIsOlderThanWhatAWatchHasTold) {
  Pair pair = AnAcknowledgedOrder(kDeclined);
  pair.log.states[pair.order.sequence() + 1] = order::v1::ORDER_STATE_REJECTED;

  EXPECT_THAT(Compare({pair.log}, {pair.order}).violations,
              ElementsAre(HasSubstr("was ORDER_STATE_REJECTED and is ORDER_STATE_REJECTED")));
}

}  // namespace
}  // namespace orderflow::fault
