// Proves that an answer that comes before anything is written is written with its command, in one
// transaction, and that nothing is lost, done twice or left standing when it comes too late, when
// the process dies in between, when the transaction fails, or when the process is a zombie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/inbox/batch_applier.h"
#include "libs/inbox/consumer_metrics.h"
#include "libs/inbox/consumer_progress.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::Eventually;
using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

// Calls end within 400 ms, so that nothing is late, or nothing that is not answered at all.
constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kLessThanATimeout = milliseconds(250);

class AnswersBeforeWrite : public ::testing::Test {
 protected:
  int64_t Version(const OrderId& order) {
    return database_.raw().QueryInt("SELECT version FROM payments WHERE order_id = '" +
                                    order.value() + "'");
  }

  ProviderProcess provider_;
  PaymentDatabase database_;
};

// What stands between Kafka and the handler of a process.
class Consumer {
 public:
  explicit Consumer(PaymentProcess& process)
      : progress_(process.pool(), kGroup),
        metrics_(process.metrics(), kGroup),
        applier_({process.pool(), process.outbox(), process.handler(), clock_, ids_},
                 {.group = kGroup}, progress_, metrics_) {}

  absl::Status Apply(std::vector<messaging::Record> records) {
    ASSIGN_OR_RETURN(inbox::Positions positions, applier_.Load({{"payment.commands", 0}}));
    for (size_t i = 0; i < records.size(); ++i) {
      records[i].partition = 0;
      records[i].offset = static_cast<int64_t>(i);
    }
    return applier_.Apply(records, positions);
  }

 private:
  static constexpr char kGroup[] = "payment-service";
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  inbox::ConsumerProgress progress_;
  inbox::ConsumerMetrics metrics_;
  inbox::BatchApplier applier_;
};

TEST_F(AnswersBeforeWrite, APaymentIsOneInsertAndOneUpdateWithoutIndexEntries) {
  const OrderId order = NewOrder();
  {
    PaymentProcess process(database_, provider_.address(), {}, kPatience);

    ASSERT_THAT(process.Handle({Authorize(order)}), IsOk());
    EXPECT_EQ(database_.State(order), "AUTHORIZED");
    EXPECT_EQ(Version(order), 1);
    ASSERT_THAT(process.Handle({Capture(order)}), IsOk());
    EXPECT_EQ(database_.State(order), "CAPTURED");
    EXPECT_EQ(Version(order), 2);
    EXPECT_THAT(process.metrics().Expose(),
                ::testing::HasSubstr(
                    "orderflow_payment_started_operations_total{answer=\"before_write\"} 2"));
  }

  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM ledger_transfers"), 1);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: DONE", "capture_payment: DONE"));
  // Known once the process has closed its connections.
  EXPECT_TRUE(Eventually([this] {
    return database_.raw().QueryText(
               "SELECT n_tup_ins || ' ' || n_tup_upd || ' ' || n_tup_hot_upd FROM"
               " pg_stat_user_tables WHERE relname = 'payments'") == "1 1 1";
  }));
}

TEST_F(AnswersBeforeWrite, WhatIsNotAnsweredInTimeIsAnIntentLikeAnyOther) {
  PaymentProcess process(database_, provider_.address(), {}, kLessThanATimeout);
  const OrderId prompt = NewOrder();
  const OrderId silent = NewOrder();

  ASSERT_THAT(process.Handle({Authorize(prompt), Authorize(silent, "tok_timeout")}), IsOk());
  EXPECT_EQ(database_.State(prompt), "AUTHORIZED");
  EXPECT_EQ(database_.OperationState(silent, "AUTHORIZE"), "REQUESTED");
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  EXPECT_EQ(database_.OperationState(silent, "AUTHORIZE"), "UNKNOWN");
  database_.LetTimePass();
  ASSERT_THAT(process.resolver().ResolveDue(), orderflow::testing::IsOkAndHolds(1u));
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(silent), "AUTHORIZED");
  EXPECT_EQ(provider_.CountBooked("AUTHORIZE"), 2);
  EXPECT_THAT(database_.Replies(silent),
              ElementsAre("authorize_payment: UNKNOWN", "authorize_payment: DONE"));
}

TEST_F(AnswersBeforeWrite, ATimeOutBeforeTheWriteIsUnknownAndResolvedByKey) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Authorize(order, "tok_timeout")}), IsOk());
  EXPECT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
  database_.LetTimePass();
  ASSERT_THAT(process.resolver().ResolveDue(), orderflow::testing::IsOkAndHolds(1u));
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(AnswersBeforeWrite, ALateAnswerWaitsForItsIntent) {
  PaymentProcess process(database_, provider_.address(), {}, milliseconds(1));
  const std::vector<messaging::Record> commands{Authorize(NewOrder(), "tok_timeout")};
  ASSERT_THAT(process.handler().Prepare(commands), IsOk());
  const std::vector<CallOutcome> late = process.TakeOutcomes(1);
  ASSERT_EQ(late.size(), 1u);

  std::future<absl::Status> stored =
      std::async(std::launch::async, [&] { return process.Store(late); });
  EXPECT_EQ(stored.wait_for(milliseconds(50)), std::future_status::timeout);
  ASSERT_THAT(process.pool().RunInTransaction([&](postgres::Transaction& transaction) {
    return process.handler().Handle(transaction, commands);
  }),
              IsOk());
  process.handler().Release();

  ASSERT_THAT(stored.get(), IsOk());
  EXPECT_EQ(database_.OperationState(late[0].order_id, "AUTHORIZE"), "UNKNOWN");
}

TEST_F(AnswersBeforeWrite, AVoidBehindItsAuthorizationIsCalledAfterTheWrite) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Authorize(order), Void(order)}), IsOk());
  EXPECT_EQ(database_.State(order), "VOIDING");
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_THAT(database_.Replies(order), ElementsAre("authorize_payment undo: DONE"));
}

TEST_F(AnswersBeforeWrite, CrashBetweenAnswerAndWriteIsDoneAgainUnderTheSameKey) {
  const OrderId order = NewOrder();
  const std::vector<messaging::Record> authorize{Authorize(order)};
  const std::vector<messaging::Record> capture{Capture(order)};
  for (const auto& commands : {authorize, capture}) {
    {
      PaymentProcess crashed(database_, provider_.address(), {}, kPatience);
      ASSERT_THAT(crashed.handler().Prepare(commands), IsOk());
      crashed.handler().Release();
    }
    PaymentProcess next(database_, provider_.address(), {}, kPatience);

    ASSERT_THAT(next.Handle(commands), IsOk());  // progress has not moved: they come again
  }

  EXPECT_EQ(database_.State(order), "CAPTURED");
  EXPECT_EQ(provider_.CountBooked("AUTHORIZE"), 1);
  EXPECT_EQ(provider_.CountBooked("CAPTURE"), 1);
  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM ledger_transfers"), 1);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: DONE", "capture_payment: DONE"));
}

// The successor has gone through the whole order when the zombie, which has read it as it was
// before, asks and writes.
TEST_F(AnswersBeforeWrite, AZombieRepeatsWhatItsSuccessorHasDone) {
  PaymentProcess zombie(database_, provider_.address(), {}, kPatience);
  PaymentProcess successor(database_, provider_.address(), {}, kPatience);
  const OrderId order = NewOrder();
  const std::vector<messaging::Record> commands{Authorize(order)};
  ASSERT_THAT(zombie.handler().Prepare(commands), IsOk());
  ASSERT_THAT(successor.Handle({Authorize(order)}), IsOk());
  ASSERT_THAT(successor.Handle({Void(order)}), IsOk());
  ASSERT_EQ(database_.State(order), "VOIDED");

  Payment as_it_was;
  as_it_was.order_id = order;
  as_it_was.amount = Money{"EUR", 4200};
  as_it_was.payment_method_token = "tok_approve";
  as_it_was.customer_id = CustomerId("customer-1");
  zombie.caller().Submit(
      {MakeCall(as_it_was, {.kind = OperationKind::kAuthorize}, /*ask_first=*/false)});
  const std::vector<CallOutcome> answered = zombie.TakeOutcomes(1);
  // Not even fenced.
  ASSERT_THAT(zombie.pool().RunInTransaction([&](postgres::Transaction& transaction) {
    return zombie.handler().Handle(transaction, commands);
  }),
              IsOk());
  zombie.handler().Release();

  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].verdict, Verdict::kSucceeded) << "the first answer, again";
  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_EQ(provider_.CountBooked(), 2) << "one authorization, one void";
  EXPECT_EQ(successor.caller().load() + zombie.caller().load(), 0u);
}

TEST_F(AnswersBeforeWrite, ASecondTryOfTheTransactionDoesNotAskAgain) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  const OrderId order = NewOrder();
  const std::vector<messaging::Record> commands{Authorize(order)};
  ASSERT_THAT(process.handler().Prepare(commands), IsOk());

  int tries = 0;
  ASSERT_THAT(
      process.pool().RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        const absl::Status handled = process.handler().Handle(transaction, commands);
        return ++tries == 1 ? absl::AbortedError("somebody else was here") : handled;
      }),
      IsOk());
  process.handler().Release();

  EXPECT_EQ(tries, 2);
  EXPECT_EQ(process.CountRequests(), 1);
  EXPECT_EQ(process.caller().load(), 0u);
  EXPECT_EQ(process.waiting_outcomes(), 0u) << "no second outcome";
  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.Attempts(order, "AUTHORIZE"), 1);
  EXPECT_THAT(database_.Replies(order), ElementsAre("authorize_payment: DONE"));
}

TEST_F(AnswersBeforeWrite, AfterAFailedTransactionTheIntentComesFirstForSixteenBatches) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  const OrderId order = NewOrder();
  const std::vector<messaging::Record> commands{Authorize(order)};
  ASSERT_THAT(process.handler().Prepare(commands), IsOk());
  ASSERT_THAT(
      process.pool().RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        EXPECT_THAT(process.handler().Handle(transaction, commands), IsOk());
        return absl::UnavailableError("the disk is full");
      }),
      StatusIs(absl::StatusCode::kUnavailable));
  process.handler().Release();
  ASSERT_EQ(database_.State(order), "");

  ASSERT_THAT(process.Handle(commands), IsOk());
  EXPECT_EQ(database_.State(order), "AUTHORIZING");
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  for (int batch = 2; batch <= 16; ++batch) {
    const OrderId next = NewOrder();
    ASSERT_THAT(process.Handle({Authorize(next)}), IsOk());
    EXPECT_EQ(database_.State(next), "AUTHORIZING") << "batch " << batch;
    ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  }
  const OrderId last = NewOrder();
  ASSERT_THAT(process.Handle({Authorize(last)}), IsOk());

  EXPECT_EQ(database_.State(last), "AUTHORIZED");
  EXPECT_EQ(provider_.CountBooked("AUTHORIZE"), 17);
}

// As the consumer does it: the batch is split until the last command stands alone. What fails is
// found only by the database, when all of them have been answered.
TEST_F(AnswersBeforeWrite, ACommandThatCannotBeStoredIsAskedForOnceThoughItsBatchIsSplit) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  const std::vector<OrderId> good{NewOrder(), NewOrder(), NewOrder()};
  const OrderId unstorable = NewOrder();
  database_.raw().Run("ALTER TABLE payments ADD CHECK (order_id <> '" + unstorable.value() + "')");
  Consumer consumer(process);

  ASSERT_THAT(consumer.Apply({Authorize(good[0]), Authorize(good[1]), Authorize(good[2]),
                              Authorize(unstorable)}),
              IsOk());
  EXPECT_EQ(process.CountRequests(unstorable), 1);
  for (const OrderId& order : good) {
    EXPECT_EQ(database_.State(order), "AUTHORIZING") << "the intents came first";
    EXPECT_EQ(process.CountRequests(order), 2) << "with the batch, and behind the commit";
  }
  ASSERT_THAT(process.StoreOutcomes(good.size()), IsOk());

  for (const OrderId& order : good) {
    EXPECT_EQ(database_.State(order), "AUTHORIZED");
    EXPECT_THAT(database_.Replies(order), ElementsAre("authorize_payment: DONE"));
  }
  EXPECT_EQ(process.CountRequests(), 7);
  EXPECT_EQ(provider_.CountBooked(), 4) << "the one that is parked is the reconciler's to find";
  EXPECT_EQ(database_.raw().QueryText("SELECT string_agg(message_key, ',') FROM outbox_messages "
                                      "WHERE topic = 'payment.commands.dlq'"),
            unstorable.value());
}

TEST_F(AnswersBeforeWrite, APoisonRecordIsFoundBeforeAnythingIsAsked) {
  PaymentProcess process(database_, provider_.address(), {}, kPatience);
  messaging::Record poison = Authorize(NewOrder());
  poison.value = "not a command";

  EXPECT_THAT(process.Handle({Authorize(NewOrder()), poison}),
              StatusIs(absl::StatusCode::kInvalidArgument));

  EXPECT_EQ(process.caller().load(), 0u);
  EXPECT_EQ(provider_.CountBooked(), 0);
}

}  // namespace
}  // namespace orderflow::payment::testing
