// Proves on a real database that each record takes effect exactly once and in order, whatever
// happens around it: commits in doubt, failures that pass, zombies, rebalances, poison records, a
// log made anew.
#include "libs/inbox/transactional_consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <span>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "tests/integration/inbox/consumer_fixture.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::TcpProxy;
using ::testing::HasSubstr;

TEST_F(TransactionalConsumerTest, AppliesEachRecordOnceAndInOrder) {
  Append(300, 0);
  Append(40, 1);
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control, /*partition_count=*/2, /*batch_max=*/64);

  EXPECT_TRUE(EffectsBecome(Expected(300, 0), 0));
  EXPECT_TRUE(EffectsBecome(Expected(40, 1), 1));
  EXPECT_EQ(Progress(0), 300);
  EXPECT_EQ(Progress(1), 40);
  EXPECT_LE(handler.calls, 7) << "in batches";
}

constexpr BatchPace kNeverAgain{.interval = std::chrono::hours(1), .records_per_second_min = 0};

// A rest after a full batch would bound what can be taken: a backlog would never go away.
TEST_F(TransactionalConsumerTest, NoRestAfterAFullBatch) {
  Append(13);
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control, /*partition_count=*/1, /*batch_max=*/4, kNeverAgain);

  EXPECT_TRUE(EffectsBecome(Expected(13)));
}

// Failures halve the batches: full is what fills such a one.
TEST_F(TransactionalConsumerTest, NoRestAfterAFullBatchThatFailuresMadeSmaller) {
  Append(13);
  EffectsHandler handler;
  handler.transient_failures = 2;
  ConsumerControl control;

  Process process(*this, handler, control, /*partition_count=*/1, /*batch_max=*/4, kNeverAgain);

  EXPECT_TRUE(EffectsBecome(Expected(13)));
}

TEST_F(TransactionalConsumerTest, RestsAfterABatchThatWasNotFull) {
  constexpr std::chrono::milliseconds kInterval{300};
  Append(1);
  EffectsHandler handler;
  std::vector<std::chrono::steady_clock::time_point> calls;  // read when the process has ended
  handler.on_handle = [&](std::span<const messaging::Record>) {
    calls.push_back(std::chrono::steady_clock::now());
    if (calls.size() == 1) {
      log_.Append(0, "0-1");
    }
  };
  ConsumerControl control;
  const auto before = std::chrono::steady_clock::now();
  Process process(*this, handler, control, /*partition_count=*/1, /*batch_max=*/4,
                  {.interval = kInterval, .records_per_second_min = 0});

  EXPECT_TRUE(EffectsBecome(Expected(2)));
  process.Stop();
  ASSERT_EQ(calls.size(), 2U);
  // The interval began between the two.
  EXPECT_GE(calls[1] - before, kInterval);
  EXPECT_GE(calls[1] - calls[0], kInterval / 2);
}

// Two consumers that share a turn, the first of them inside a transaction with one record. The
// second meets one record, too, and may take so many at once; whether it begins meanwhile.
class TakingTurns : public TransactionalConsumerTest {
 protected:
  bool BeginsBesideTheFirst(size_t batch_max) {
    Append(1);
    std::promise<void> first_began, second_began;
    std::future<void> began = second_began.get_future();
    bool beside = false;
    EffectsHandler first_handler, second_handler;
    first_handler.on_handle = [&, once = false](std::span<const messaging::Record>) mutable {
      if (!std::exchange(once, true)) {
        first_began.set_value();
        beside = began.wait_for(std::chrono::milliseconds(300)) == std::future_status::ready;
      }
    };
    second_handler.on_handle = [&, once = false](std::span<const messaging::Record>) mutable {
      if (!std::exchange(once, true)) {
        second_began.set_value();
      }
    };
    Mutex turn;
    ConsumerControl first_control, second_control;
    Process first(*this, first_handler, first_control, 1, 4, {}, &turn);
    first_began.get_future().wait();
    Process second(*this, second_handler, second_control, 1, batch_max, {}, &turn);
    EXPECT_TRUE(EffectsBecome(Expected(1)));
    first.Stop();
    second.Stop();
    return beside;
  }
};

TEST_F(TakingTurns, ASmallBatchWaitsForTheOther) { EXPECT_FALSE(BeginsBesideTheFirst(4)); }

TEST_F(TakingTurns, AFullBatchDoesNot) { EXPECT_TRUE(BeginsBesideTheFirst(1)); }

TEST_F(TransactionalConsumerTest, NextProcessGoesOnWhereTheLastOneCommitted) {
  Append(10);
  EffectsHandler handler;
  ConsumerControl control;
  {
    Process process(*this, handler, control);
    ASSERT_TRUE(EffectsBecome(Expected(10)));
  }
  log_.Append(0, "0-10");

  Process process(*this, handler, control);

  EXPECT_TRUE(EffectsBecome(Expected(11)));
}

TEST_F(TransactionalConsumerTest, CrashBeforeTheCommitAppliesAgain) {
  Append(5);
  EffectsHandler handler;
  ConsumerControl control;
  control.Pause();
  Process process(*this, handler, control);
  ASSERT_TRUE(control.WaitUntilStopped());

  proxy_.Arm(TcpProxy::Fault::kCutBeforeCommit);
  control.Resume();

  EXPECT_TRUE(EffectsBecome(Expected(5)));
  EXPECT_TRUE(proxy_.struck());
  EXPECT_EQ(handler.calls, 2);
}

TEST_F(TransactionalConsumerTest, CommitWhoseAnswerIsLostIsNotAppliedAgain) {
  Append(5);
  EffectsHandler handler;
  ConsumerControl control;
  control.Pause();
  Process process(*this, handler, control);
  ASSERT_TRUE(control.WaitUntilStopped());

  proxy_.Arm(TcpProxy::Fault::kCutAfterCommit);
  control.Resume();
  ASSERT_TRUE(Eventually([this] { return proxy_.struck(); }));
  log_.Append(0, "0-5");

  EXPECT_TRUE(EffectsBecome(Expected(6)));
  EXPECT_EQ(handler.calls, 2) << "once for the first five, once for the sixth";
}

TEST_F(TransactionalConsumerTest, FailureThatPassesIsTriedAgain) {
  Append(5);
  EffectsHandler handler;
  handler.transient_failures = 3;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(EffectsBecome(Expected(5)));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), 0) << "nothing is parked";
}

// A handler's own kCancelled (a call to a peer that was ended) is a failure like others: tried
// again after a pause, and no fence.
TEST_F(TransactionalConsumerTest, CancellationInTheHandlerIsAFailureThatPassesAndNoFence) {
  Append(5);
  EffectsHandler handler;
  handler.transient_failures = 3;
  handler.transient_failure = absl::CancelledError("a peer has ended the call");
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(EffectsBecome(Expected(5)));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), 0) << "nothing is parked";
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_consumer_fenced_batches_total{group=\"g\"} 0"));
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_consumer_failed_batches_total{group=\"g\"} 3"));
}

TEST_F(TransactionalConsumerTest, ZombieIsFenced) {
  Append(5);
  EffectsHandler zombie_handler;
  ConsumerControl zombie_control;
  zombie_control.Pause();
  Process zombie(*this, zombie_handler, zombie_control);
  ASSERT_TRUE(zombie_control.WaitUntilStopped()) << "paused with five records in hand";
  EffectsHandler handler;
  ConsumerControl control;
  Process successor(*this, handler, control);
  ASSERT_TRUE(EffectsBecome(Expected(5)));
  successor.Stop();

  zombie_control.Resume();

  ASSERT_TRUE(Eventually([this] {
    return metrics_.Expose().find("fenced_batches_total{group=\"g\"} 1") != std::string::npos;
  }));
  log_.Append(0, "0-5");
  EXPECT_TRUE(EffectsBecome(Expected(6))) << "it reads progress again and goes on";
  // The effect can be seen a moment before the handler hears of the commit.
  EXPECT_TRUE(Eventually([&] { return zombie_handler.commits > 0; }));
  EXPECT_EQ(zombie_handler.commits, 1) << "nothing of the records that are not its own any more";
}

TEST_F(TransactionalConsumerTest, RebalanceReadsProgressAgain) {
  Append(5);
  EffectsHandler handler;
  ConsumerControl control;
  Process process(*this, handler, control);
  ASSERT_TRUE(EffectsBecome(Expected(5)));
  control.Rebalance();
  log_.Append(0, "0-5");

  EXPECT_TRUE(EffectsBecome(Expected(6)));
}

TEST_F(TransactionalConsumerTest, PoisonIsParkedAndItsNeighboursAreApplied) {
  for (int i = 0; i < 20; ++i) {
    log_.Append(0, i == 7 || i == 13 ? fmt::format("poison-{}", i) : fmt::format("0-{}", i));
  }
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(Eventually([this] { return Progress() == 20; }));
  EXPECT_EQ(Effects(),
            "0-0,0-1,0-2,0-3,0-4,0-5,0-6,0-8,0-9,0-10,0-11,0-12,0-14,0-15,0-16,0-17,0-18,0-19");
  EXPECT_EQ(database_.QueryText("SELECT string_agg(convert_from(payload, 'UTF8'), ',' ORDER BY "
                                "message_id) FROM outbox_messages "
                                "WHERE topic = 't.dlq'"),
            "poison-7,poison-13");
  EXPECT_EQ(database_.QueryText("SELECT string_agg(headers->>'dlq_offset', ',' ORDER BY "
                                "message_id) FROM outbox_messages"),
            "7,13");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'dlq_reason' FROM outbox_messages LIMIT 1"),
            "INVALID_ARGUMENT: not a command");
  EXPECT_EQ(database_.QueryText(
                "SELECT headers->>'ce_id' FROM outbox_messages ORDER BY message_id LIMIT 1"),
            "id-of-poison-7");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_consumer_dead_letters_total{group=\"g\"} 2"));
}

TEST_F(TransactionalConsumerTest, ManyPoisonRecordsInARowGoOn) {
  for (int i = 0; i < 15; ++i) {
    log_.Append(0, fmt::format("poison-{}", i));
  }
  log_.Append(0, "0-0");
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(EffectsBecome(Expected(1)));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), 15) << "each parked once";
}

TEST_F(TransactionalConsumerTest, LogMadeAnewIsReadFromItsBeginning) {
  database_.Run(
      "INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset) VALUES ('g', "
      "'t', 0, 100)");
  Append(5, 0);
  Append(5, 1);
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control, /*partition_count=*/2);

  EXPECT_TRUE(EffectsBecome(Expected(5, 0), 0));
  EXPECT_TRUE(EffectsBecome(Expected(5, 1), 1));
  EXPECT_EQ(Progress(0), 5);
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_consumer_offset_resets_total{group=\"g\"} 1"));
}

TEST_F(TransactionalConsumerTest, WaitsForADatabaseThatIsAway) {
  Append(5);
  EffectsHandler handler;
  ConsumerControl control;
  database_.Run("REVOKE SELECT ON consumer_progress FROM test_runtime");
  Process process(*this, handler, control);

  database_.Run("GRANT SELECT ON consumer_progress TO test_runtime");

  EXPECT_TRUE(EffectsBecome(Expected(5)));
}

}  // namespace
}  // namespace orderflow::inbox
