// Proves on a real database that no committed message is lost and none of a rolled back transaction
// is sent, at every point where a process can die: committed and never offered, in doubt, sent and
// not acknowledged, acknowledged and not deleted.
#include "libs/outbox/outbox_relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/uuid.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_store.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::outbox {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using orderflow::testing::TcpProxy;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;
using Rule = ScriptedProducer::Rule;

constexpr std::chrono::hours kNever{1};
constexpr std::chrono::seconds kDrain{10};

class OutboxRelayTest : public ::testing::Test {
 protected:
  OutboxRelayTest()
      : database_({&migrations::OutboxMigrations()}),
        pool_(database_.PoolOptions()),
        ids_(clock_) {}

  static RelayOptions Options(const std::string& instance_id = "relay-1") {
    RelayOptions options;
    options.source = "/test";
    options.instance_id = instance_id;
    options.delete_interval = std::chrono::milliseconds(1);
    options.sweep_interval = std::chrono::milliseconds(20);
    options.sweep_age_min = Duration::zero();
    return options;
  }

  // As Options, but rows are found only if they are offered.
  static RelayOptions WithoutSweep() {
    RelayOptions options = Options();
    options.sweep_age_min = kNever;
    return options;
  }

  OutboxMessage AMessage(const std::string& key = "order-1") {
    return {.message_id = ids_.NewId(),
            .topic = "order.events",
            .key = key,
            .type = "orderflow.order.v1.OrderEvent",
            .sequence = 1,
            .traceparent = "",
            .payload = std::string("\0\xff'\\\"", 5),
            .headers_json = ""};
  }

  static std::vector<std::string> Ids(const std::vector<OutboxMessage>& messages) {
    std::vector<std::string> ids;
    for (const OutboxMessage& message : messages) {
      ids.push_back(message.message_id);
    }
    return ids;
  }

  // Committed, each by itself, and then the process died before it could offer them.
  std::vector<OutboxMessage> LeaveBehind(int count) {
    std::vector<OutboxMessage> messages;
    for (int i = 0; i < count; ++i) {
      messages.push_back(AMessage());
    }
    EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
      for (const OutboxMessage& message : messages) {
        std::vector<OutboxMessage> alone = {message};
        RETURN_IF_ERROR(OutboxStore::Insert(transaction, alone));
      }
      return absl::OkStatus();
    }),
                IsOk());
    return messages;
  }

  int64_t RowCount() { return database_.QueryInt("SELECT count(*) FROM outbox"); }
  bool TableBecomesEmpty() {
    return Eventually([this] { return RowCount() == 0; });
  }

  orderflow::testing::TemporaryDatabase database_;
  postgres::Pool pool_;
  SystemClock clock_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
};

TEST_F(OutboxRelayTest, PublishesAfterTheCommitAndDeletesAfterTheAcknowledgement) {
  ScriptedProducer producer(Rule::kHold);
  OutboxRelay relay(pool_, producer, metrics_, WithoutSweep());
  Outbox outbox(relay);
  relay.Start();
  const std::vector<OutboxMessage> messages = {AMessage(), AMessage()};

  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        RETURN_IF_ERROR(outbox.Insert(transaction, messages));
        EXPECT_THAT(producer.SentIds(), IsEmpty()) << "not before the commit";
        return absl::OkStatus();
      });

  EXPECT_THAT(status, IsOk());
  EXPECT_TRUE(producer.WaitForSent(2));
  EXPECT_EQ(RowCount(), 1) << "not acknowledged yet";
  producer.EndOne(absl::OkStatus());
  producer.EndOne(absl::OkStatus());
  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(producer.SentIds(), ElementsAreArray(Ids(messages)));
}

TEST_F(OutboxRelayTest, PublishesNothingOfARolledBackTransaction) {
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, Options());
  Outbox outbox(relay);
  relay.Start();

  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        RETURN_IF_ERROR(outbox.Insert(transaction, {AMessage()}));
        return absl::CancelledError("changed my mind");
      });
  const std::vector<OutboxMessage> others = LeaveBehind(1);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(producer.WaitForSent(1));
  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(producer.SentIds(), ElementsAreArray(Ids(others)));
}

TEST_F(OutboxRelayTest, SweepPublishesWhatWasCommittedButNeverOffered) {
  const std::vector<OutboxMessage> messages = LeaveBehind(3);
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, Options());

  relay.Start();

  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(producer.SentIds(), ElementsAreArray(Ids(messages))) << "in id order";
}

TEST_F(OutboxRelayTest, SweepPublishesACommitInDoubt) {
  TcpProxy proxy(database_.server_port());
  postgres::Pool cut_pool(database_.PoolOptionsAtPort(proxy.port()));
  ASSERT_THAT(cut_pool.Ping(), IsOk());
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, Options());
  Outbox outbox(relay);

  proxy.Arm(TcpProxy::Fault::kCutAfterCommit);
  const absl::Status status = cut_pool.RunInTransaction(
      [&](postgres::Transaction& transaction) { return outbox.Insert(transaction, {AMessage()}); });
  relay.Start();

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnknown));
  EXPECT_TRUE(producer.WaitForSent(1));
  EXPECT_TRUE(TableBecomesEmpty());
}

TEST_F(OutboxRelayTest, PublishesAgainWhatWasAcknowledgedButNotDeleted) {
  const std::vector<OutboxMessage> messages = LeaveBehind(2);
  database_.Run("REVOKE DELETE ON outbox FROM test_runtime");
  ScriptedProducer first(Rule::kAcknowledge);
  {
    OutboxRelay relay(pool_, first, metrics_, Options("relay-1"));
    relay.Start();
    ASSERT_TRUE(first.WaitForSent(2));
    relay.Stop(kDrain);
  }
  ASSERT_EQ(RowCount(), 2);
  database_.Run("GRANT DELETE ON outbox TO test_runtime");
  ScriptedProducer second(Rule::kAcknowledge);
  OutboxRelay relay(pool_, second, metrics_, Options("relay-2"));

  relay.Start();

  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(second.SentIds(), ElementsAreArray(Ids(messages)));
}

TEST_F(OutboxRelayTest, ARowIsDeletedWhenEveryRecordWithAMessageOfItIsAcknowledged) {
  ScriptedProducer producer(Rule::kHold);
  producer.SetPartitionCount(1);
  std::vector<OutboxMessage> two = {AMessage(), AMessage()};
  two[0].topic = "payment.commands";
  std::vector<OutboxMessage> one = {AMessage("order-2")};
  one[0].topic = "payment.commands";
  ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(OutboxStore::Insert(transaction, two));
    return OutboxStore::Insert(transaction, one);
  }),
              IsOk());

  RelayOptions options = Options();
  options.limits.messages_max = 64;
  OutboxRelay relay(pool_, producer, metrics_, options);
  relay.Start();

  ASSERT_TRUE(producer.WaitForSent(2));
  EXPECT_THAT(producer.SentIds(),
              ElementsAre(two[0].message_id + "+" + one[0].message_id, two[1].message_id));
  producer.EndOne(absl::OkStatus());
  EXPECT_TRUE(Eventually([this] { return RowCount() == 1; })) << "the event is still under way";
  producer.EndOne(absl::OkStatus());
  EXPECT_TRUE(TableBecomesEmpty());
}

TEST_F(OutboxRelayTest, DeletesLaterWhenTheDatabaseRefusedAtFirst) {
  LeaveBehind(1);
  database_.Run("REVOKE DELETE ON outbox FROM test_runtime");
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, Options());
  relay.Start();
  ASSERT_TRUE(producer.WaitForSent(1));

  database_.Run("GRANT DELETE ON outbox TO test_runtime");

  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_EQ(producer.SentIds().size(), 1U) << "in hand, so the sweep leaves it alone";
}

TEST_F(OutboxRelayTest, KeepsRowsWhenItStopsBeforeTheAcknowledgement) {
  LeaveBehind(2);
  ScriptedProducer producer(Rule::kHold);
  OutboxRelay relay(pool_, producer, metrics_, Options());
  relay.Start();
  ASSERT_TRUE(producer.WaitForSent(2));

  relay.Stop(std::chrono::milliseconds(1));

  EXPECT_EQ(RowCount(), 2);
}

TEST_F(OutboxRelayTest, StopDrains) {
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, WithoutSweep());
  Outbox outbox(relay);
  relay.Start();
  ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
    return outbox.Insert(transaction, {AMessage("a"), AMessage("b"), AMessage("c")});
  }),
              IsOk());

  relay.Stop(kDrain);

  EXPECT_EQ(producer.SentIds().size(), 3U);
  EXPECT_EQ(RowCount(), 0);
}

TEST_F(OutboxRelayTest, PublishesABacklogLargerThanItsMemory) {
  const std::vector<OutboxMessage> messages = LeaveBehind(300);
  RelayOptions options = Options();
  options.in_flight_max = 20;
  options.sweep_limits.rows_max = 7;
  options.delete_batch_max = 5;
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, options);

  relay.Start();

  EXPECT_TRUE(TableBecomesEmpty());
  const std::vector<std::string> sent = producer.SentIds();
  EXPECT_THAT(std::set<std::string>(sent.begin(), sent.end()),
              UnorderedElementsAreArray(Ids(messages)));
}

TEST_F(OutboxRelayTest, SweepsRowsThatDoNotFitAtOnceInTheirOrder) {
  std::vector<std::string> ids;
  for (int row = 0; row < 20; ++row) {
    std::vector<OutboxMessage> messages = {AMessage(), AMessage(), AMessage()};
    ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      return OutboxStore::Insert(transaction, messages);
    }),
                IsOk());
    for (const OutboxMessage& message : messages) {
      ids.push_back(message.message_id);
    }
  }
  RelayOptions options = Options();
  options.in_flight_max = 4;
  options.sweep_limits.rows_max = 7;
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, options);

  relay.Start();

  EXPECT_TRUE(TableBecomesEmpty());
  std::vector<std::string> sent = producer.SentIds();
  sent.erase(std::unique(sent.begin(), sent.end()), sent.end());
  EXPECT_THAT(sent, ElementsAreArray(ids));
}

TEST_F(OutboxRelayTest, LeavesToTheSweepWhatDoesNotFit) {
  RelayOptions options = Options();
  options.in_flight_max = 2;
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, options);
  Outbox outbox(relay);
  for (const int messages : {2, 3}) {
    ASSERT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      std::vector<OutboxMessage> batch;
      for (int i = 0; i < messages; ++i) {
        batch.push_back(AMessage());
      }
      return outbox.Insert(transaction, std::move(batch));
    }),
                IsOk());
  }
  relay.Start();

  EXPECT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_outbox_left_messages_total 3"));
}

TEST_F(OutboxRelayTest, SweepLeavesYoungRowsToTheirProcess) {
  LeaveBehind(1);
  ScriptedProducer producer(Rule::kAcknowledge);
  OutboxRelay relay(pool_, producer, metrics_, WithoutSweep());

  relay.Start();

  // The gauge is set in a sweep; the next one shows that the first has ended.
  ASSERT_TRUE(Eventually([this] {
    return metrics_.Expose().find("orderflow_outbox_messages 1") != std::string::npos;
  }));
  LeaveBehind(1);
  ASSERT_TRUE(Eventually([this] {
    return metrics_.Expose().find("orderflow_outbox_messages 2") != std::string::npos;
  }));
  EXPECT_THAT(producer.SentIds(), IsEmpty());
}

TEST_F(OutboxRelayTest, OneOfTwoRelaysSweepsAndTheOtherTakesOver) {
  ScriptedProducer first_producer(Rule::kAcknowledge);
  ScriptedProducer second_producer(Rule::kAcknowledge);
  OutboxRelay first(pool_, first_producer, metrics_, Options("relay-1"));
  OutboxRelay second(pool_, second_producer, metrics_, Options("relay-2"));
  first.Start();
  ASSERT_TRUE(Eventually(
      [this] { return database_.QueryText("SELECT owner FROM outbox_sweep_lease") == "relay-1"; }));
  second.Start();
  const std::vector<OutboxMessage> early = LeaveBehind(50);
  ASSERT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(first_producer.SentIds(), ElementsAreArray(Ids(early)));
  EXPECT_THAT(second_producer.SentIds(), IsEmpty()) << "one relay sweeps at a time";

  first.Stop(kDrain);
  const std::vector<OutboxMessage> late = LeaveBehind(50);

  ASSERT_TRUE(TableBecomesEmpty());
  EXPECT_THAT(second_producer.SentIds(), ElementsAreArray(Ids(late)));
  EXPECT_EQ(database_.QueryInt("SELECT epoch FROM outbox_sweep_lease"), 2);
}

}  // namespace
}  // namespace orderflow::outbox
