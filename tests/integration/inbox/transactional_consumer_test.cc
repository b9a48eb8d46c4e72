// Proves on a real database that each record takes effect exactly once and in order, whatever
// happens around it: commits in doubt, failures that pass, zombies, rebalances, poison records, a
// log made anew.
#include "libs/inbox/transactional_consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/base/uuid.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"
#include "tests/integration/inbox/log_consumer.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::TcpProxy;
using ::testing::HasSubstr;

constexpr postgres::Statement kInsertEffects{
    "test_insert_effects", "INSERT INTO effects (value) SELECT * FROM unnest($1::text[])"};

// Writes each record's value to table effects, without a natural key: what is applied twice is
// seen.
class EffectsHandler final : public BatchHandler {
 public:
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override {
    ++calls;
    std::vector<std::string> values;
    bool has_poison = false;
    for (const messaging::Record& record : records) {
      values.push_back(record.value);
      has_poison = has_poison || record.value.find("poison") != std::string::npos;
    }
    transaction.AfterCommit([this] { ++commits; });
    RETURN_IF_ERROR(
        transaction.Execute(kInsertEffects, postgres::Params().TextArray(values)).status());
    if (transient_failures > 0) {
      --transient_failures;
      return transient_failure;
    }
    return has_poison ? absl::InvalidArgumentError("not a command") : absl::OkStatus();
  }

  std::atomic<int> calls = 0;
  std::atomic<int> commits = 0;
  std::atomic<int> transient_failures = 0;
  absl::Status transient_failure = absl::UnavailableError("a peer is away");
};

class TransactionalConsumerTest : public ::testing::Test {
 protected:
  TransactionalConsumerTest()
      : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations()}),
        proxy_(database_.server_port()),
        pool_(database_.PoolOptionsAtPort(proxy_.port())),
        ids_(clock_),
        producer_(outbox::ScriptedProducer::Rule::kAcknowledge),
        relay_(pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}),
        outbox_(relay_) {
    database_.Run("CREATE TABLE effects (number bigserial PRIMARY KEY, value text NOT NULL)");
    database_.Run("GRANT SELECT, INSERT ON effects TO test_runtime");
    database_.Run("GRANT USAGE ON SEQUENCE effects_number_seq TO test_runtime");
  }

  // A consumer process, until Stop or the end of the test.
  class Process {
   public:
    Process(TransactionalConsumerTest& test, EffectsHandler& handler, ConsumerControl& control,
            int partition_count = 1, size_t batch_max = 256)
        : consumer_(test.pool_, test.outbox_, handler,
                    [&test, &control, partition_count](messaging::AssignmentListener& listener)
                        -> absl::StatusOr<std::unique_ptr<messaging::Consumer>> {
                      return std::make_unique<LogConsumer>(test.log_, partition_count, listener,
                                                           control);
                    },
                    test.clock_, test.ids_, test.metrics_,
                    {.group = "g",
                     .batch_max = batch_max,
                     .retry_delay_max = std::chrono::milliseconds(50)}),
          thread_([this](const std::stop_token& stop) { consumer_.Run(stop); }) {}

    void Stop() {
      thread_.request_stop();
      thread_.join();
    }

   private:
    TransactionalConsumer consumer_;
    std::jthread thread_;
  };

  void Append(int count, int32_t partition = 0) {
    for (int i = 0; i < count; ++i) {
      log_.Append(partition, fmt::format("{}-{}", partition, i));
    }
  }

  // "0-0,0-1,...": the values of a partition in the order of their effects.
  std::string Effects(int32_t partition = 0) {
    return database_.QueryText(fmt::format(
        "SELECT string_agg(value, ',' ORDER BY number) FROM effects WHERE value LIKE '{}-%'",
        partition));
  }
  static std::string Expected(int count, int32_t partition = 0) {
    std::string values;
    for (int i = 0; i < count; ++i) {
      values += fmt::format("{}{}-{}", i == 0 ? "" : ",", partition, i);
    }
    return values;
  }
  bool EffectsBecome(const std::string& expected, int32_t partition = 0) {
    return Eventually([&] { return Effects(partition) == expected; });
  }
  int64_t Progress(int32_t partition = 0) {
    return database_.QueryInt(
        fmt::format("SELECT next_offset FROM consumer_progress WHERE consumer_group = 'g' AND "
                    "topic = 't' AND partition = {}",
                    partition));
  }

  orderflow::testing::TemporaryDatabase database_;
  TcpProxy proxy_;
  postgres::Pool pool_;
  SystemClock clock_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
  outbox::ScriptedProducer producer_;
  outbox::OutboxRelay relay_;
  outbox::Outbox outbox_;
  Log log_;
};

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
