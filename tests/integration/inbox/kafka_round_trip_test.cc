// Proves the whole way on real PostgreSQL and real Kafka: what commits into an outbox takes effect
// in another database once, in order per key, while members join and leave the consumer group, and
// a poison record ends in the dead letter queue; and all of that of messages that share records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fmt/format.h"
#include "libs/base/uuid.h"
#include "libs/inbox/transactional_consumer.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/testing/send_all.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/backends.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::FindBackends;
using orderflow::testing::IsOk;
using orderflow::testing::TemporaryDatabase;

constexpr int kPartitions = 3;
constexpr int kKeys = 7;
constexpr char kPoison[] = "poison";
constexpr std::chrono::seconds kDrain{10};

constexpr postgres::Statement kInsertEffects{
    "test_insert_effects",
    "INSERT INTO effects (key, value) SELECT * FROM unnest($1::text[], $2::text[])"};

class EffectsHandler final : public BatchHandler {
 public:
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override {
    std::vector<std::string> keys;
    std::vector<std::string> values;
    for (const messaging::Record& record : records) {
      // Sent again by a person, it can be read.
      if (record.value == kPoison && record.headers.Find("redriven_from") == nullptr) {
        return absl::InvalidArgumentError("poison");
      }
      keys.push_back(record.key);
      values.push_back(record.value);
    }
    return transaction.Execute(kInsertEffects, postgres::Params().TextArray(keys).TextArray(values))
        .status();
  }
};

class KafkaRoundTrip : public ::testing::Test {
 protected:
  KafkaRoundTrip()
      : source_database_({&migrations::OutboxMigrations()}),
        target_database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations()}),
        source_pool_(source_database_.PoolOptions()),
        target_pool_(target_database_.PoolOptions()),
        ids_(clock_),
        topic_(target_database_.name()) {
    target_database_.Run("CREATE TABLE effects (number bigserial, key text, value text)");
    target_database_.Run("GRANT SELECT, INSERT ON effects TO test_runtime");
    target_database_.Run("GRANT USAGE ON SEQUENCE effects_number_seq TO test_runtime");
  }

  void SetUp() override {
    ASSERT_THAT(messaging::CreateTopics(Kafka(), {topic_, topic_ + ".dlq"}, kPartitions, 1),
                IsOk());
    auto producer = messaging::MakeKafkaProducer(Kafka());
    ASSERT_THAT(producer, IsOk());
    producer_ = *std::move(producer);
    source_relay_ = MakeRelay(source_pool_, "source");
    target_relay_ = MakeRelay(target_pool_, "target");
    target_outbox_ = std::make_unique<outbox::Outbox>(*target_relay_);
  }

  void TearDown() override {
    source_relay_->Stop(kDrain);
    target_relay_->Stop(kDrain);
  }

  static messaging::KafkaOptions Kafka() {
    messaging::KafkaOptions options;
    options.bootstrap_servers = FindBackends().kafka_bootstrap_servers;
    options.client_id = "test";
    options.session_timeout_ms = 6000;
    return options;
  }

  std::unique_ptr<outbox::OutboxRelay> MakeRelay(postgres::Pool& pool, const std::string& name) {
    outbox::RelayOptions options;
    options.source = "/test/" + name;
    options.instance_id = name;
    options.limits.topics = {topic_};
    options.limits.messages_max = 64;
    auto relay = std::make_unique<outbox::OutboxRelay>(pool, *producer_, metrics_, options);
    relay->Start();
    return relay;
  }

  // A member of the group, until it is destroyed.
  class Member {
   public:
    explicit Member(KafkaRoundTrip& test)
        : consumer_(test.target_pool_, *test.target_outbox_, handler_,
                    [&test](messaging::AssignmentListener& listener) {
                      return messaging::MakeKafkaConsumer(Kafka(), test.topic_, {test.topic_},
                                                          listener);
                    },
                    test.clock_, test.ids_, test.metrics_, {.group = test.topic_, .batch_max = 16}),
          thread_([this](const std::stop_token& stop) { consumer_.Run(stop); }) {}

   private:
    EffectsHandler handler_;
    TransactionalConsumer consumer_;
    std::jthread thread_;
  };

  outbox::OutboxMessage AMessage(const std::string& key, const std::string& value,
                                 const std::string& headers_json = "") {
    return {.message_id = ids_.NewId(),
            .topic = topic_,
            .key = key,
            .type = "test.Message",
            .sequence = 0,
            .traceparent = "",
            .payload = value,
            .headers_json = headers_json};
  }
  // Over all keys, numbered on from the last call.
  std::vector<outbox::OutboxMessage> Messages(int count) {
    std::vector<outbox::OutboxMessage> messages;
    for (int i = 0; i < count; ++i) {
      messages.push_back(
          AMessage(fmt::format("key-{}", published_ % kKeys), fmt::format("{}", published_)));
      ++published_;
    }
    return messages;
  }

  // Commits `count` messages, each in a transaction of its own.
  void Publish(int count) {
    for (outbox::OutboxMessage& message : Messages(count)) {
      Commit({std::move(message)});
    }
  }
  // In one transaction.
  void Commit(const std::vector<outbox::OutboxMessage>& messages) {
    outbox::Outbox outbox(*source_relay_);
    ASSERT_THAT(source_pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      return outbox.Insert(transaction, messages);
    }),
                IsOk());
  }
  // Until the producer has sent to the topic it knows nothing of its partitions, and sends each
  // message alone.
  void LearnPartitions() {
    Publish(1);
    ASSERT_TRUE(Eventually([this] { return producer_->PartitionCount(topic_) == kPartitions; }));
  }
  int64_t RecordsInTopic() {
    const auto reader = messaging::MakeKafkaLogReader(Kafka());
    return (*reader)
        ->CountRecords(topic_, std::chrono::steady_clock::now() + std::chrono::seconds(20))
        .value_or(-1);
  }
  // From their end on; waits until the new topic can be read.
  std::unique_ptr<messaging::Consumer> ReadDeadLetters() {
    auto consumer = *messaging::MakeKafkaBroadcastConsumer(Kafka(), topic_ + ".dlq");
    EXPECT_TRUE(
        Eventually([&] { return consumer->PollBatch(1, std::chrono::milliseconds(100)).ok(); }));
    return consumer;
  }
  // "key value" of what was parked so far, of at least `count` messages.
  std::vector<std::string> Parked(messaging::Consumer& dead_letters, size_t count) {
    std::vector<std::string> parked;
    EXPECT_TRUE(Eventually([&] {
      const auto batch = dead_letters.PollBatch(100, std::chrono::milliseconds(100));
      if (batch.ok()) {
        for (const messaging::Record& record : *batch) {
          parked.push_back(record.key + " " + record.value);
        }
      }
      return parked.size() >= count;
    }));
    return parked;
  }
  // Every published message took effect once, those of a key in order.
  void ExpectEachEffectOnce(int64_t count) {
    EXPECT_EQ(target_database_.QueryInt("SELECT count(*) FROM effects"), count);
    EXPECT_EQ(target_database_.QueryInt("SELECT count(DISTINCT value) FROM effects"), count);
    EXPECT_EQ(target_database_.QueryInt(
                  "SELECT count(*) FROM (SELECT value::int - lag(value::int) OVER (PARTITION BY "
                  "key ORDER BY number) AS step FROM effects WHERE value <> 'poison') AS steps "
                  "WHERE step < 0"),
              0)
        << "in order per key";
    EXPECT_TRUE(Eventually(
        [this] { return source_database_.QueryInt("SELECT count(*) FROM outbox") == 0; }));
  }

  bool EffectsReach(int64_t count) {
    return Eventually(
        [&] { return target_database_.QueryInt("SELECT count(*) FROM effects") >= count; },
        std::chrono::seconds(60));
  }

  TemporaryDatabase source_database_;
  TemporaryDatabase target_database_;
  postgres::Pool source_pool_;
  postgres::Pool target_pool_;
  SystemClock clock_;
  UuidV7Generator ids_;
  telemetry::Metrics metrics_;
  const std::string topic_;
  std::unique_ptr<messaging::Producer> producer_;
  std::unique_ptr<outbox::OutboxRelay> source_relay_;
  std::unique_ptr<outbox::OutboxRelay> target_relay_;
  std::unique_ptr<outbox::Outbox> target_outbox_;
  int published_ = 0;
};

TEST_F(KafkaRoundTrip, EveryCommittedMessageTakesEffectOnceWhileMembersComeAndGo) {
  auto first = std::make_unique<Member>(*this);
  Publish(100);
  ASSERT_TRUE(EffectsReach(50));
  auto second = std::make_unique<Member>(*this);
  Publish(100);
  ASSERT_TRUE(EffectsReach(150));
  first.reset();
  Publish(100);
  ASSERT_TRUE(EffectsReach(300));
  second.reset();
  Member third(*this);
  Publish(20);

  ASSERT_TRUE(EffectsReach(320));
  ExpectEachEffectOnce(320);
}

TEST_F(KafkaRoundTrip, MessagesThatShareRecordsTakeEffectOnceWhileMembersComeAndGo) {
  constexpr int kTransactions = 40;
  constexpr int kInEach = 50;
  LearnPartitions();
  auto first = std::make_unique<Member>(*this);
  std::unique_ptr<Member> second;
  for (int i = 0; i < kTransactions; ++i) {
    Commit(Messages(kInEach));
    if (i == kTransactions / 3) {
      ASSERT_TRUE(EffectsReach(i * kInEach / 2));
      second = std::make_unique<Member>(*this);
    }
    if (i == 2 * kTransactions / 3) {
      ASSERT_TRUE(EffectsReach(i * kInEach / 2));
      first.reset();
    }
  }

  constexpr int64_t kMessages = kTransactions * kInEach + 1;
  ASSERT_TRUE(EffectsReach(kMessages));
  ExpectEachEffectOnce(kMessages);
  const int64_t records = RecordsInTopic();
  EXPECT_GT(records, kPartitions);
  EXPECT_LE(records, 1 + kTransactions * kPartitions)
      << "at most one per transaction and partition";
}

TEST_F(KafkaRoundTrip, OnlyThePoisonOfARecordIsParkedAndItCanBeSentAgain) {
  const auto dead_letters = ReadDeadLetters();
  LearnPartitions();
  Member member(*this);
  std::vector<outbox::OutboxMessage> messages = Messages(20);
  messages.push_back(AMessage("key-0", kPoison));
  for (outbox::OutboxMessage& message : Messages(20)) {
    messages.push_back(std::move(message));
  }
  Commit(messages);

  EXPECT_THAT(Parked(*dead_letters, 1), ::testing::ElementsAre("key-0 poison"));
  ASSERT_TRUE(EffectsReach(41));
  ExpectEachEffectOnce(41);
  const int64_t records = RecordsInTopic();
  EXPECT_LE(records, 1 + kPartitions) << "it shared its record";

  Commit({AMessage("key-0", kPoison, R"({"redriven_from": "dlq/0/0"})"), AMessage("key-0", "41")});

  ASSERT_TRUE(EffectsReach(43));
  ExpectEachEffectOnce(43);
  EXPECT_EQ(RecordsInTopic(), records + 2) << "what is sent again travels alone";
  dead_letters->Close();
}

TEST_F(KafkaRoundTrip, ADamagedPackedRecordIsParkedAndDoesNotStopItsPartition) {
  const auto dead_letters = ReadDeadLetters();
  Member member(*this);
  const messaging::Record damaged{
      .topic = topic_,
      .key = "key-0",
      .value = "\x08\x02 and no more",
      .headers = {{messaging::kHeaderContentType, messaging::kPackedContentType}}};

  ASSERT_THAT(messaging::SendAll(*producer_, {damaged}), IsOk());
  Publish(20);

  EXPECT_THAT(Parked(*dead_letters, 1), ::testing::ElementsAre("key-0 " + damaged.value));
  ASSERT_TRUE(EffectsReach(20));
  ExpectEachEffectOnce(20);
  dead_letters->Close();
}

TEST_F(KafkaRoundTrip, PoisonReachesTheDeadLetterQueueAndTheRestGoesOn) {
  auto dead_letters = messaging::MakeKafkaBroadcastConsumer(Kafka(), topic_ + ".dlq");
  ASSERT_THAT(dead_letters, IsOk());
  Member member(*this);
  Publish(10);
  Commit({AMessage("key-0", kPoison)});
  Publish(10);

  ASSERT_TRUE(EffectsReach(20));
  std::vector<messaging::Record> parked;
  ASSERT_TRUE(Eventually([&] {
    auto batch = (*dead_letters)->PollBatch(10, std::chrono::milliseconds(100));
    if (batch.ok()) {
      parked.insert(parked.end(), batch->begin(), batch->end());
    }
    return !parked.empty();
  }));
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked[0].value, kPoison);
  EXPECT_EQ(parked[0].key, "key-0");
  EXPECT_EQ(parked[0].headers.at("dlq_topic"), topic_);
  EXPECT_EQ(parked[0].headers.at("dlq_reason"), "INVALID_ARGUMENT: poison");
  (*dead_letters)->Close();
}

}  // namespace
}  // namespace orderflow::inbox
