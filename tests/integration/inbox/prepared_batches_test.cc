// Proves on a real database what a handler may rely on that prepares its batches: prepared once
// however often the transaction runs, released whatever its end, and a record that cannot be
// prepared is parked like one that cannot be handled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/uuid.h"
#include "libs/inbox/batch_applier.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using orderflow::testing::TcpProxy;
using ::testing::ElementsAre;

constexpr char kGroup[] = "g";
const messaging::TopicPartition kPartition{"t", 0};

// Notes what happens to it, in its order.
class NotingHandler final : public BatchHandler {
 public:
  absl::Status Prepare(std::span<const messaging::Record> records) override {
    events.push_back("prepare " + Values(records));
    return Values(records).find("unpreparable") == std::string::npos
               ? absl::OkStatus()
               : absl::InvalidArgumentError("cannot be prepared");
  }
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override {
    events.push_back("handle " + Values(records));
    transaction.AfterCommit([this] { events.emplace_back("committed"); });
    return --failures >= 0 ? failure : absl::OkStatus();
  }
  void Release() override { events.emplace_back("release"); }

  absl::Status failure = absl::AbortedError("a row has changed");
  int failures = 0;
  std::vector<std::string> events;

 private:
  static std::string Values(std::span<const messaging::Record> records) {
    std::string values;
    for (const messaging::Record& record : records) {
      values += (values.empty() ? "" : ",") + record.value;
    }
    return values;
  }
};

class PreparedBatches : public ::testing::Test {
 protected:
  PreparedBatches()
      : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations()}),
        proxy_(database_.server_port()),
        pool_(database_.PoolOptionsAtPort(proxy_.port())),
        applier_({pool_, outbox_, handler_, clock_, ids_}, {.group = kGroup}, progress_,
                 consumer_) {
    Load();
  }

  void Load() {
    const auto loaded = applier_.Load({kPartition});
    ASSERT_THAT(loaded, IsOk());
    positions_ = *loaded;
  }
  absl::Status Apply(const std::vector<std::string>& values) {
    std::vector<messaging::Record> records;
    for (const std::string& value : values) {
      messaging::Record record;
      record.topic = kPartition.topic;
      record.partition = kPartition.partition;
      record.key = value;
      record.value = value;
      record.offset = next_offset_++;
      records.push_back(std::move(record));
    }
    return applier_.Apply(records, positions_);
  }
  int64_t CountDeadLetters() {
    return database_.QueryInt("SELECT count(*) FROM outbox_messages WHERE topic = 't.dlq'");
  }

  orderflow::testing::TemporaryDatabase database_;
  TcpProxy proxy_;
  postgres::Pool pool_;
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  telemetry::Metrics metrics_;
  outbox::ScriptedProducer producer_{outbox::ScriptedProducer::Rule::kAcknowledge};
  outbox::OutboxRelay relay_{
      pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}};
  outbox::Outbox outbox_{relay_};
  NotingHandler handler_;
  ConsumerProgress progress_{pool_, kGroup};
  ConsumerMetrics consumer_{metrics_, kGroup};
  BatchApplier applier_;
  Positions positions_;
  int64_t next_offset_ = 0;
};

TEST_F(PreparedBatches, ArePreparedOnceHoweverOftenTheirTransactionRuns) {
  handler_.failures = 2;

  ASSERT_THAT(Apply({"a", "b"}), IsOk());

  EXPECT_THAT(handler_.events, ElementsAre("prepare a,b", "handle a,b", "handle a,b", "handle a,b",
                                           "committed", "release"));
}

TEST_F(PreparedBatches, AreReleasedAfterARollback) {
  handler_.failures = 1;
  handler_.failure = absl::UnavailableError("a peer is away");

  EXPECT_THAT(Apply({"a"}), StatusIs(absl::StatusCode::kUnavailable));

  EXPECT_THAT(handler_.events, ElementsAre("prepare a", "handle a", "release"));
}

TEST_F(PreparedBatches, AreReleasedAfterACommitInDoubt) {
  proxy_.Arm(TcpProxy::Fault::kCutAfterCommit);

  EXPECT_THAT(Apply({"a"}), StatusIs(absl::StatusCode::kUnknown));

  EXPECT_THAT(handler_.events, ElementsAre("prepare a", "handle a", "release"));
}

TEST_F(PreparedBatches, AreReleasedByAFencedProcess) {
  database_.Run(
      "INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset)"
      " VALUES ('g', 't', 0, 100) ON CONFLICT (consumer_group, topic, partition)"
      " DO UPDATE SET next_offset = 100");

  EXPECT_TRUE(IsFenced(Apply({"a"})));

  EXPECT_EQ(handler_.events.front(), "prepare a");
  EXPECT_EQ(handler_.events.back(), "release");
  EXPECT_THAT(handler_.events, ::testing::Not(::testing::Contains("committed")));
}

TEST_F(PreparedBatches, WhatCannotBePreparedIsParkedAndItsNeighboursAreApplied) {
  ASSERT_THAT(Apply({"a", "unpreparable"}), IsOk());

  EXPECT_THAT(handler_.events,
              ElementsAre("prepare a,unpreparable", "release", "prepare a", "handle a", "committed",
                          "release", "prepare unpreparable", "release"));
  EXPECT_EQ(CountDeadLetters(), 1);
  EXPECT_EQ(database_.QueryText("SELECT headers->>'dlq_reason' FROM outbox_messages"),
            "INVALID_ARGUMENT: cannot be prepared");
  EXPECT_EQ(database_.QueryInt("SELECT next_offset FROM consumer_progress"), 2);
}

}  // namespace
}  // namespace orderflow::inbox
