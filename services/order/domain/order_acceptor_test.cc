// Proves group commit and idempotency of accepting orders against a store in memory: one answer for
// each request, one order for each key, bounded queue, doubt resolved by key, and that waiting
// requests share a transaction.

#include "services/order/domain/order_acceptor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "libs/base/errors.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::StatusIs;

class StoreInMemory final : public OrderStore {
 public:
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> FindAnswers(
      std::span<const RequestKey> keys) override {
    MutexLock lock(mutex_);
    ++finds;
    if (!find_error.ok()) {
      return find_error;
    }
    std::map<RequestKey, StoredAnswer> found;
    for (const RequestKey& key : keys) {
      if (const auto answer = answers.find(key); answer != answers.end()) {
        found.insert(*answer);
      }
    }
    return found;
  }

  absl::StatusOr<std::map<RequestKey, StoredAnswer>> Accept(
      std::span<const Decision> decisions) override {
    MutexLock lock(mutex_);
    batch_sizes.push_back(decisions.size());
    std::map<RequestKey, StoredAnswer> before;
    for (const Decision& decision : decisions) {
      const auto [entry, added] =
          answers.try_emplace(decision.key, StoredAnswer{decision.body_hash, decision.answer});
      if (!added) {
        before.insert(*entry);
      }
    }
    if (doubtful_commits > 0) {
      --doubtful_commits;
      return absl::UnknownError("connection lost during commit");
    }
    return before;
  }

  absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<Order>> List(const OrderFilter&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<CancelledOrder> Cancel(const OrderId&, const RequestId&, const std::string&,
                                        const std::string&) override {
    return absl::UnimplementedError("");
  }

  std::map<RequestKey, StoredAnswer> answers;
  std::vector<size_t> batch_sizes;
  int doubtful_commits = 0;
  int finds = 0;
  absl::Status find_error;

 private:
  Mutex mutex_;
};

class FixedPrices final : public PriceQuoter {
 public:
  absl::StatusOr<Quotes> Quote(std::span<const Sku> skus, Timestamp) override {
    ++calls;
    if (!error.ok()) {
      return error;
    }
    Quotes quotes;
    for (const Sku& sku : skus) {
      if (sku.value() != unknown) {
        quotes.emplace(sku, Money{"EUR", 100});
      }
    }
    return quotes;
  }
  absl::Status error;
  std::string unknown = "unknown";
  std::atomic<int> calls = 0;  // workers call at the same time
};

class OrderAcceptorTest : public ::testing::Test {
 protected:
  using Answer = std::shared_ptr<std::promise<absl::StatusOr<Order>>>;

  CreateOrder ARequest(const std::string& request_id, const std::string& sku = "A") {
    CreateOrder request{.key = {CustomerId("c1"), RequestId(request_id)},
                        .lines = {{Sku(sku), 1, 0}},
                        .payment_method_token = "tok",
                        .email = "a@example.com",
                        .currency_code = "EUR",
                        .body_hash = "",
                        .traceparent = "",
                        .deadline = clock_.Now() + std::chrono::seconds(10)};
    request.body_hash = BodyHash(request);
    return request;
  }

  std::future<absl::StatusOr<Order>> Submit(OrderAcceptor& acceptor, CreateOrder request) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<Order>>>();
    auto future = answer->get_future();
    acceptor.Submit(std::move(request),
                    [answer](absl::StatusOr<Order> order) { answer->set_value(std::move(order)); });
    return future;
  }

  // Runs what is queued to its end in this thread.
  static void Drain(OrderAcceptor& acceptor) {
    acceptor.Close();
    acceptor.Run({});
  }

  // The answer to a request that is alone in its process.
  absl::StatusOr<Order> AnswerTo(CreateOrder request) {
    OrderAcceptor acceptor(store_, quoter_, clock_, ids_, {});
    auto answer = Submit(acceptor, std::move(request));
    Drain(acceptor);
    return answer.get();
  }

  testing::FakeClock clock_;
  testing::SequentialIds ids_;
  StoreInMemory store_;
  FixedPrices quoter_;
};

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
