// Proves how calls are booked: in batches, answered once and after the store has them, with faults
// and magic tokens before or after the effect. The store is in memory and can refuse or doubt.
#include "services/payment_provider_simulator/domain/bookkeeper.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/testing/fake_clock.h"
#include "libs/testing/sequential_ids.h"

namespace orderflow::payment_provider_simulator {
namespace {

class InMemoryBookStore final : public BookStore {
 public:
  absl::Status Update(std::span<const MerchantCall> calls,
                      const std::function<void(Books&)>& decide) override {
    batch_sizes.push_back(calls.size());
    for (int i = 0; i < aborts; ++i) {
      Books lost(operations, holds);
      decide(lost);  // a transaction that lost and runs again
    }
    Books books(operations, holds);
    decide(books);
    if (!status.ok()) {
      return status;
    }
    const Books::Changes changes = books.TakeChanges();
    for (const Operation& operation : changes.operations) {
      operations[operation.idempotency_key] = operation;
    }
    for (const Hold& hold : changes.new_holds) {
      holds[hold.payment_reference].push_back(hold);
    }
    for (const auto& change : changes.changed_holds) {
      for (Hold& hold : holds[change.after.payment_reference]) {
        hold = hold.reference == change.after.reference ? change.after : hold;
      }
    }
    return absl::OkStatus();
  }
  absl::StatusOr<Operation> Find(const std::string& key) override { return operations.at(key); }
  absl::StatusOr<std::vector<Operation>> List(const OperationFilter&) override {
    return std::vector<Operation>();
  }

  Books::Operations operations;
  Books::Holds holds;
  std::vector<size_t> batch_sizes;
  absl::Status status;
  int aborts = 0;
};

MerchantCall Authorize(const std::string& payment, const std::string& token = "tok_approve") {
  return {.idempotency_key = payment + ":AUTHORIZE",
          .payment_reference = payment,
          .kind = OperationKind::kAuthorize,
          .amount = {"EUR", 4200},
          .payment_method_token = token};
}

MerchantCall Capture(const std::string& payment) {
  return {.idempotency_key = payment + ":CAPTURE",
          .payment_reference = payment,
          .kind = OperationKind::kCapture};
}

class RecordingListener final : public BookingListener {
 public:
  void OnBooked(const Operation& operation, std::optional<Duration> answered_in) override {
    heard.push_back(operation.idempotency_key +
                    (answered_in ? " in " + std::to_string(answered_in->count() / 1000) + " ms"
                                 : " never answered"));
  }
  std::vector<std::string> heard;
};

class BookkeeperTest : public ::testing::Test {
 protected:
  // Submits the calls, works until all are answered, and returns the answers in order.
  std::vector<BookedAnswer> Process(const std::vector<MerchantCall>& calls,
                                    BookkeeperOptions options = {},
                                    BookingListener* listener = nullptr) {
    Bookkeeper bookkeeper(store_, faults_, clock_, ids_, options, listener);
    std::vector<BookedAnswer> answers(calls.size(),
                                      BookedAnswer{absl::UnknownError("not answered")});
    std::vector<Bookkeeper::Booking> bookings;
    for (size_t i = 0; i < calls.size(); ++i) {
      bookings.push_back(
          {calls[i], [&answers, i](BookedAnswer answer) { answers[i] = std::move(answer); }});
    }
    bookkeeper.Submit(std::move(bookings));
    bookkeeper.Close();
    bookkeeper.Run();
    return answers;
  }
  BookedAnswer Process(const MerchantCall& call) {
    return Process(std::vector<MerchantCall>{call})[0];
  }

  InMemoryBookStore store_;
  FaultInjector faults_{1};
  testing::FakeClock clock_;
  testing::SequentialIds ids_;
};

TEST_F(BookkeeperTest, BooksWhatWaitsInOneTransaction) {
  const auto answers = Process({Authorize("a"), Authorize("b"), Authorize("a"), Capture("a")});

  EXPECT_EQ(store_.batch_sizes, std::vector<size_t>{4});
  for (const BookedAnswer& answer : answers) {
    ASSERT_TRUE(answer.operation.ok()) << answer.operation.status();
    EXPECT_FALSE(answer.silent);
  }
  EXPECT_EQ(answers[0].operation->reference, answers[2].operation->reference);
  EXPECT_EQ(store_.operations.size(), 3u);
}

TEST_F(BookkeeperTest, TellsEveryCallerWhenTheStoreFails) {
  store_.status = absl::UnavailableError("database is gone");

  const auto answers = Process({Authorize("a"), Authorize("b")});

  EXPECT_TRUE(absl::IsUnavailable(answers[0].operation.status()));
  EXPECT_TRUE(absl::IsUnavailable(answers[1].operation.status()));
  EXPECT_TRUE(store_.operations.empty());
}

TEST_F(BookkeeperTest, TellsTheListenerOfEachEntryOnceAfterItsCommit) {
  RecordingListener listener;
  store_.aborts = 1;
  Process({Authorize("a"), Authorize("a"), Authorize("silent", "tok_timeout"),
           Authorize("slow", "tok_slow"), Capture("nothing held")},
          {}, &listener);

  EXPECT_EQ(listener.heard,
            (std::vector<std::string>{"a:AUTHORIZE in 0 ms", "silent:AUTHORIZE never answered",
                                      "slow:AUTHORIZE in 2000 ms"}));

  store_.status = absl::UnknownError("commit in doubt");
  Process({Authorize("b")}, {}, &listener);
  EXPECT_EQ(listener.heard.size(), 3u);
}

TEST_F(BookkeeperTest, RefusesAtOnceWhenFull) {
  const auto answers = Process({Authorize("a"), Authorize("b")}, {.queue_max = 1});

  EXPECT_TRUE(answers[0].operation.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(answers[1].operation.status()));
}

TEST_F(BookkeeperTest, DeclineTokenDeclinesTheAuthorization) {
  const BookedAnswer answer = Process(Authorize("a", "tok_decline_expired_card"));

  ASSERT_TRUE(answer.operation.ok());
  EXPECT_EQ(answer.operation->decline_code, "expired_card");
  EXPECT_TRUE(absl::IsFailedPrecondition(Process(Capture("a")).operation.status()));
}

TEST_F(BookkeeperTest, SlowTokenDelaysEveryOperationOfThePayment) {
  EXPECT_EQ(Process(Authorize("a", "tok_slow")).delay, std::chrono::seconds(2));
  EXPECT_EQ(Process(Capture("a")).delay, std::chrono::seconds(2));
}

TEST_F(BookkeeperTest, TimeoutTokenTakesEffectAndStaysSilentOnce) {
  const BookedAnswer first = Process(Authorize("a", "tok_timeout"));
  const BookedAnswer again = Process(Authorize("a", "tok_timeout"));
  const BookedAnswer capture = Process(Capture("a"));

  EXPECT_TRUE(first.silent);
  EXPECT_FALSE(again.silent);
  EXPECT_EQ(first.operation->reference, again.operation->reference);
  EXPECT_TRUE(capture.silent);
  EXPECT_EQ(store_.operations.size(), 2u);
}

TEST_F(BookkeeperTest, FailTokenFailsTheFirstCallsOfEachOperationWithoutEffect) {
  Bookkeeper bookkeeper(store_, faults_, clock_, ids_, {});
  std::vector<bool> answers;
  const auto submit = [&](const MerchantCall& call) {
    bookkeeper.Submit({{call, [&answers](const BookedAnswer& answer) {
                          answers.push_back(answer.operation.ok());
                        }}});
  };
  store_.aborts = 1;  // transactions that run twice count once

  for (int i = 0; i < 4; ++i) {
    submit(Authorize("a", "tok_fail_2"));
  }
  for (int i = 0; i < 3; ++i) {
    submit(Capture("a"));
  }
  bookkeeper.Close();
  bookkeeper.Run();

  EXPECT_EQ(answers, (std::vector<bool>{false, false, true, true, false, false, true}));
  EXPECT_EQ(store_.operations.size(), 2u);
}

TEST_F(BookkeeperTest, TokenLetsAHoldLapseThatIsLiftedAllTheSame) {
  EXPECT_TRUE(Process(Authorize("a", "tok_lapse")).operation.ok());
  MerchantCall lift = Capture("a");
  lift.idempotency_key = "a:VOID";
  lift.kind = OperationKind::kVoid;

  EXPECT_TRUE(absl::IsFailedPrecondition(Process(Capture("a")).operation.status()));
  EXPECT_TRUE(Process(lift).operation.ok());
  EXPECT_EQ(store_.holds.at("a").at(0).state, HoldState::kVoided);
}

TEST_F(BookkeeperTest, FaultsFailBeforeOrStaySilentAfterTheEffect) {
  faults_.Set({.fail_before_effect = 1, .delay = std::chrono::milliseconds(5)});
  const BookedAnswer failed = Process(Authorize("a"));
  faults_.Set({.refused_before_effect = 1});
  const BookedAnswer refused = Process(Authorize("c"));
  faults_.Set({.no_answer_after_effect = 1});
  const BookedAnswer silent = Process(Authorize("b"));

  EXPECT_TRUE(absl::IsUnavailable(failed.operation.status()));
  EXPECT_EQ(failed.delay, std::chrono::milliseconds(5));
  EXPECT_TRUE(absl::IsResourceExhausted(refused.operation.status()));
  EXPECT_TRUE(silent.silent);
  EXPECT_FALSE(store_.operations.contains("c:AUTHORIZE"));
  EXPECT_FALSE(store_.operations.contains("a:AUTHORIZE"));
  EXPECT_TRUE(store_.operations.contains("b:AUTHORIZE"));
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
