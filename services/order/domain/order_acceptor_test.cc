// Proves group commit and idempotency of accepting orders against a store in memory: one answer for
// each request, one order for each key, bounded queue, doubt resolved by key, and that waiting
// requests share a transaction.

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"
#include "services/order/domain/testing/order_acceptor_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::StatusIs;

TEST_F(OrderAcceptorTest, AcceptsWaitingRequestsInOneTransactionWithOneQuote) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  std::vector<std::future<absl::StatusOr<Order>>> answers;
  for (int i = 0; i < 50; ++i) {
    answers.push_back(Submit(acceptor, ARequest("request-" + std::to_string(i))));
  }

  Drain(acceptor);

  for (auto& answer : answers) {
    EXPECT_TRUE(answer.get().ok());
  }
  EXPECT_EQ(store_.batch_sizes, std::vector<size_t>{50});
  EXPECT_EQ(quoter_.calls, 1);
}

TEST_F(OrderAcceptorTest, GivesDuplicatesInOneBatchTheSameOrder) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto first = Submit(acceptor, ARequest("r"));
  auto second = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  EXPECT_EQ(first.get()->order_id, second.get()->order_id);
  EXPECT_EQ(store_.answers.size(), 1u);
}

TEST_F(OrderAcceptorTest, ReplaysTheFirstAnswerAlsoWhenPricesCannotBeQuoted) {
  const auto first = AnswerTo(ARequest("r"));
  quoter_.error = absl::UnavailableError("inventory is down");
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto repeated = Submit(acceptor, ARequest("r"));
  auto fresh = Submit(acceptor, ARequest("other"));

  Drain(acceptor);

  EXPECT_EQ(first->order_id, repeated.get()->order_id);
  EXPECT_THAT(fresh.get(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(store_.answers.size(), 1u);
}

TEST_F(OrderAcceptorTest, LooksUpFirstAsLongAsPricesCannotBeQuoted) {
  const auto first = AnswerTo(ARequest("r"));
  quoter_.error = absl::UnavailableError("inventory is down");
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {.batch_max = 1});
  auto fails = Submit(acceptor, ARequest("other"));
  auto repeated = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  EXPECT_FALSE(fails.get().ok());
  EXPECT_EQ(repeated.get()->order_id, first->order_id);
  EXPECT_EQ(quoter_.calls, 2) << "the repeat waited for prices";
}

TEST_F(OrderAcceptorTest, FailsWhenNeitherPricesNorStoredAnswersCanBeHad) {
  quoter_.error = absl::UnavailableError("inventory is down");
  store_.find_error = absl::UnavailableError("the database is down");

  EXPECT_EQ(AnswerTo(ARequest("r")).status(), store_.find_error);
  EXPECT_EQ(store_.finds, 1);
}

TEST_F(OrderAcceptorTest, TellsOfAnOrderOnceAndNotOfRepeatedAnswers) {
  std::vector<OrderId> accepted;
  const AcceptorOptions options{
      .on_accepted = [&accepted](const Order& order) { accepted.push_back(order.order_id); }};
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, options);
  auto first = Submit(acceptor, ARequest("r"));
  auto twin = Submit(acceptor, ARequest("r"));
  auto refused = Submit(acceptor, ARequest("other", "unknown"));
  Drain(acceptor);
  OrderAcceptor asked_again(store_, quoter_, clock_, ids_, options);
  auto repeated = Submit(asked_again, ARequest("r"));

  Drain(asked_again);

  EXPECT_EQ(accepted, std::vector<OrderId>{first.get()->order_id});
  EXPECT_TRUE(twin.get().ok());
  EXPECT_TRUE(repeated.get().ok());
  EXPECT_FALSE(refused.get().ok());
}

TEST_F(OrderAcceptorTest, TellsOfAnOrderWhoseCommitWasInDoubt) {
  store_.doubtful_commits = 1;
  std::vector<OrderId> accepted;
  OrderAcceptor acceptor(
      store_, quoter_, clock_, ids_,
      {.on_accepted = [&accepted](const Order& order) { accepted.push_back(order.order_id); }});
  auto answer = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  EXPECT_EQ(accepted, std::vector<OrderId>{answer.get()->order_id});
}

TEST_F(OrderAcceptorTest, DoesNotTellOfAnOrderThatAnotherProcessStored) {
  const auto theirs = AnswerTo(ARequest("r"));
  std::vector<OrderId> accepted;
  OrderAcceptor acceptor(
      store_, quoter_, clock_, ids_,
      {.on_accepted = [&accepted](const Order& order) { accepted.push_back(order.order_id); }});
  auto answer = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  EXPECT_EQ(answer.get()->order_id, theirs->order_id);
  EXPECT_TRUE(accepted.empty());
}

TEST_F(OrderAcceptorTest, ReplaysARefusalThoughItWouldBeAcceptedNow) {
  const auto refusal = AnswerTo(ARequest("r", "unknown"));
  quoter_.unknown = "another";

  const auto repeated = AnswerTo(ARequest("r", "unknown"));

  EXPECT_THAT(refusal, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(repeated.status(), refusal.status());
}

TEST_F(OrderAcceptorTest, RefusesAnotherBodyUnderTheSameKey) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto first = Submit(acceptor, ARequest("r", "A"));
  auto other = Submit(acceptor, ARequest("r", "B"));

  Drain(acceptor);

  EXPECT_TRUE(first.get().ok());
  const auto refused = other.get();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "REQUEST_ID_REUSED");
}

TEST_F(OrderAcceptorTest, FindsOutByKeyWhatADoubtfulCommitStored) {
  store_.doubtful_commits = 1;
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto answer = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  const auto order = answer.get();
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->order_id, store_.answers.begin()->second.answer->order_id);
}

TEST_F(OrderAcceptorTest, AsksTheClientToRetryWhenDoubtRemains) {
  store_.doubtful_commits = 1000;

  EXPECT_THAT(AnswerTo(ARequest("r")), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OrderAcceptorTest, StoresNothingWhenPricesCannotBeQuoted) {
  quoter_.error = absl::UnavailableError("inventory is down");
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto answer = Submit(acceptor, ARequest("r"));

  Drain(acceptor);

  EXPECT_THAT(answer.get(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(store_.answers.empty());
}

TEST_F(OrderAcceptorTest, SlowPricesAreTheCallersDeadlineOnlyWhenThatCameFirst) {
  quoter_.error = absl::DeadlineExceededError("inventory is slow");
  OrderAcceptor patient(store_, quoter_, clock_, ids_, {.quote_timeout = std::chrono::seconds(9)});
  OrderAcceptor impatient(store_, quoter_, clock_, ids_,
                          {.quote_timeout = std::chrono::seconds(11)});
  auto has_time_left = Submit(patient, ARequest("r1"));
  auto has_none = Submit(impatient, ARequest("r2"));

  Drain(patient);
  Drain(impatient);

  EXPECT_THAT(has_time_left.get(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(has_none.get(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(store_.answers.empty());
}

TEST_F(OrderAcceptorTest, RefusesWhatExceedsTheQueueBeforeAnyWork) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {.queue_max = 1});
  auto first = Submit(acceptor, ARequest("r1"));
  auto second = Submit(acceptor, ARequest("r2"));

  const auto refused = second.get();
  Drain(acceptor);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(DetailsOf(refused.status()).retry_delay.has_value());
  EXPECT_TRUE(first.get().ok());
}

TEST_F(OrderAcceptorTest, DropsRequestsWhoseDeadlineHasPassed) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
  auto late = Submit(acceptor, ARequest("r"));
  clock_.Advance(std::chrono::seconds(11));

  Drain(acceptor);

  EXPECT_THAT(late.get(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(store_.answers.empty());
}

TEST_F(OrderAcceptorTest, MakesOneOrderOutOfManyConcurrentCopies) {
  OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {.batch_max = 4});
  std::vector<std::jthread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&acceptor](std::stop_token stop) { acceptor.Run(stop); });
  }
  std::vector<std::future<absl::StatusOr<Order>>> answers;
  for (int i = 0; i < 64; ++i) {
    answers.push_back(Submit(acceptor, ARequest("r")));
  }

  std::set<OrderId> order_ids;
  for (auto& answer : answers) {
    order_ids.insert(answer.get()->order_id);
  }

  acceptor.Close();
  EXPECT_EQ(order_ids.size(), 1u);
}

}  // namespace
}  // namespace orderflow::order
