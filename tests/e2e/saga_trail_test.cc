#include "tests/e2e/saga_trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"
#include "services/order/sagas/cancel_order_saga.h"

namespace orderflow::e2e {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kSaga[] = "019b76da-a800-7000-8000-000000000002";

saga::Command Sent(const std::string& step, const std::string& command, int attempt = 1) {
  return {.step = step, .command = command, .compensation = false, .attempt = attempt};
}

saga::ReplyReceived Done(const std::string& step) {
  return {.step = step,
          .compensation = false,
          .outcome = saga::Outcome::kDone,
          .refusal = {},
          .error = {}};
}

// Entries a second apart.
template <class... What>
absl::StatusOr<testing::SagaHistory> HistoryOfCancel(What... what) {
  SagaTrail trail{.saga_id = SagaId(kSaga), .order_id = OrderId(kSaga), .entries = {}};
  Timestamp time{std::chrono::hours(24 * 365 * 50)};
  (trail.entries.push_back({time += std::chrono::seconds(1), std::move(what)}), ...);
  return HistoryOf(order::CancelOrderSaga(), trail);
}

TEST(SagaTrail, IsExplainedByWhatTheSagaWasTold) {
  const auto history =
      HistoryOfCancel(Sent("refund_payment", "RefundPayment"), Done("refund_payment"),
                      Sent("restock", "Restock"), Done("restock"));

  ASSERT_THAT(history, IsOk());
  EXPECT_THAT(history->events, SizeIs(2));
  EXPECT_THAT(testing::WriteHistory(order::CancelOrderSaga(), *history), IsOk());
}

TEST(SagaTrail, HasATimerWhereNoReplyExplainsACommand) {
  const auto history = HistoryOfCancel(
      Sent("refund_payment", "RefundPayment"), Sent("refund_payment", "RefundPayment", 2),
      Done("refund_payment"), Sent("restock", "Restock"), Done("restock"));

  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(history->events, SizeIs(3));
  EXPECT_TRUE(std::holds_alternative<saga::TimerFired>(history->events[0].second));
}

TEST(SagaTrail, LeavesOutRepliesThatChangeNothing) {
  const auto history =
      HistoryOfCancel(Sent("refund_payment", "RefundPayment"), Done("refund_payment"),
                      Done("refund_payment"), Sent("restock", "Restock"), Done("restock"));

  ASSERT_THAT(history, IsOk());
  EXPECT_THAT(history->events, SizeIs(2));
}

TEST(SagaTrail, IsContradictedByACommandBeforeItsTime) {
  EXPECT_THAT(HistoryOfCancel(Sent("refund_payment", "RefundPayment"), Sent("restock", "Restock"),
                              Done("refund_payment"), Done("restock")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("the engine does not send it")));
}

TEST(SagaTrail, IsContradictedByACommandOfAnotherKind) {
  EXPECT_THAT(HistoryOfCancel(Sent("refund_payment", "VoidPayment"), Done("refund_payment"),
                              Sent("restock", "Restock"), Done("restock")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("VoidPayment")));
}

TEST(SagaTrail, IsContradictedByACommandThatIsMissing) {
  EXPECT_THAT(HistoryOfCancel(Sent("refund_payment", "RefundPayment"), Done("refund_payment"),
                              Done("restock")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("did not go out")));
}

TEST(SagaTrail, MustReachTheEndOfTheSaga) {
  EXPECT_THAT(HistoryOfCancel(Sent("refund_payment", "RefundPayment"), Done("refund_payment"),
                              Sent("restock", "Restock")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("is RUNNING at the end")));
}

}  // namespace
}  // namespace orderflow::e2e
