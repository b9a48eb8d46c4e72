// Proves that the clients really run with the settings that keep data: each one is read back from a
// client that librdkafka has made, since a misspelt or overridden setting would go unnoticed.
#include "libs/messaging/kafka_config.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <array>

#include "libs/messaging/kafka_client.h"

namespace orderflow::messaging {
namespace {

constexpr char kNowhere[] = "127.0.0.1:1";

std::string Get(const KafkaHandle& client, const char* name) {
  std::array<char, 512> value{};
  size_t size = value.size();
  if (rd_kafka_conf_get(rd_kafka_conf(client.get()), name, value.data(), &size) !=
      RD_KAFKA_CONF_OK) {
    return "(unknown setting)";
  }
  return value.data();
}

void ExpectCommon(const KafkaHandle& client) {
  EXPECT_EQ(Get(client, "bootstrap.servers"), kNowhere);
  EXPECT_EQ(Get(client, "client.id"), "relay");
  EXPECT_EQ(Get(client, "socket.nagle.disable"), "true");
  EXPECT_EQ(Get(client, "socket.keepalive.enable"), "true");
  EXPECT_EQ(Get(client, "socket.timeout.ms"), "15000");
}

TEST(KafkaConfig, ProducerNeitherLosesNorReordersNorDuplicates) {
  KafkaEvents events;
  const auto client = MakeKafkaHandle(
      KafkaRole::kProducer,
      ProducerProperties({.bootstrap_servers = kNowhere, .client_id = "relay", .linger_ms = 3}),
      events);

  ASSERT_TRUE(client.ok()) << client.status();
  ExpectCommon(*client);
  EXPECT_EQ(Get(*client, "enable.idempotence"), "true");
  EXPECT_EQ(Get(*client, "acks"), "-1");
  EXPECT_EQ(Get(*client, "message.timeout.ms"), "0");
  EXPECT_EQ(Get(*client, "max.in.flight.requests.per.connection"), "5");
  EXPECT_EQ(Get(*client, "retries"), "2147483647");
  EXPECT_EQ(Get(*client, "partitioner"), "murmur2_random");
  EXPECT_EQ(Get(*client, "compression.codec"), "lz4");
  EXPECT_EQ(Get(*client, "linger.ms"), "3");
  EXPECT_EQ(Get(*client, "queue.buffering.max.kbytes"), "32768");
  EXPECT_EQ(Get(*client, "transactional.id"), "(unknown setting)");  // librdkafka: not set
}

TEST(KafkaConfig, ConsumerKeepsItsPositionItselfAndSeesWhenItIsLost) {
  KafkaEvents events;
  const auto client = MakeKafkaHandle(
      KafkaRole::kConsumer,
      ConsumerProperties(
          {.bootstrap_servers = kNowhere, .client_id = "relay", .session_timeout_ms = 8000},
          "payment-service"),
      events);

  ASSERT_TRUE(client.ok()) << client.status();
  ExpectCommon(*client);
  EXPECT_EQ(Get(*client, "group.id"), "payment-service");
  EXPECT_EQ(Get(*client, "enable.auto.commit"), "false");
  EXPECT_EQ(Get(*client, "enable.auto.offset.store"), "false");
  EXPECT_EQ(Get(*client, "auto.offset.reset"), "error");
  EXPECT_EQ(Get(*client, "check.crcs"), "true");
  EXPECT_EQ(Get(*client, "allow.auto.create.topics"), "false");
  EXPECT_EQ(Get(*client, "partition.assignment.strategy"), "range");
  EXPECT_EQ(Get(*client, "session.timeout.ms"), "8000");
  EXPECT_EQ(Get(*client, "heartbeat.interval.ms"), "2000");
  EXPECT_EQ(Get(*client, "queued.min.messages"), "16000");
  EXPECT_EQ(Get(*client, "queued.max.messages.kbytes"), "8192");
  EXPECT_EQ(Get(*client, "fetch.message.max.bytes"), "262144");
  EXPECT_EQ(Get(*client, "fetch.min.bytes"), "1");
}

TEST(KafkaConfig, AConsumerThatIsInNoHurryWaitsForMoreBytes) {
  KafkaEvents events;

  const auto client = MakeKafkaHandle(
      KafkaRole::kConsumer,
      ConsumerProperties({.bootstrap_servers = kNowhere, .client_id = "n", .fetch_min_bytes = 4096},
                         "notification-service"),
      events);

  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(Get(*client, "fetch.min.bytes"), "4096");
  EXPECT_EQ(Get(*client, "fetch.wait.max.ms"), "100") << "so long, however little there is";
}

TEST(KafkaConfig, NamesASettingThatIsRefused) {
  KafkaEvents events;

  const auto client = MakeKafkaHandle(
      KafkaRole::kProducer, {.required = {{"linger.ms", "soon"}}, .optional = {}}, events);

  EXPECT_EQ(client.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(client.status().ToString().find("linger.ms=soon"), std::string::npos);
}

TEST(KafkaConfig, IgnoresOptionalSettingsThatThisVersionDoesNotKnow) {
  KafkaEvents events;

  EXPECT_TRUE(MakeKafkaHandle(KafkaRole::kProducer,
                              {.required = {}, .optional = {{"no.such.setting", "1"}}}, events)
                  .ok());
}

}  // namespace
}  // namespace orderflow::messaging
