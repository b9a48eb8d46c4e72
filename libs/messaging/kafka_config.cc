#include "libs/messaging/kafka_config.h"

namespace orderflow::messaging {
namespace {

using Properties = std::vector<std::pair<std::string, std::string>>;

// A member misses this many heartbeats before it counts as dead.
constexpr int kHeartbeatsPerSession = 4;

// What is empty is left to librdkafka: it has no word for "not set".
void AddUnlessEmpty(Properties& properties, const char* name, const std::string& value) {
  if (!value.empty()) {
    properties.emplace_back(name, value);
  }
}

Properties SecurityProperties(const KafkaSecurity& security) {
  Properties properties{{"security.protocol", security.protocol},
                        // The default since librdkafka 2.0 and not before.
                        {"ssl.endpoint.identification.algorithm", "https"}};
  AddUnlessEmpty(properties, "ssl.ca.location", security.authorities_file);
  AddUnlessEmpty(properties, "ssl.certificate.location", security.certificate_file);
  AddUnlessEmpty(properties, "ssl.key.location", security.private_key_file);
  AddUnlessEmpty(properties, "sasl.mechanism", security.sasl_mechanism);
  AddUnlessEmpty(properties, "sasl.username", security.sasl_username);
  AddUnlessEmpty(properties, "sasl.password", security.sasl_password);
  return properties;
}

Properties CommonProperties(const KafkaOptions& options) {
  Properties properties = SecurityProperties(options.security);
  const Properties own = {
      {"bootstrap.servers", options.bootstrap_servers},
      {"client.id", options.client_id},
      // Small requests must not wait for more bytes.
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      // A hung broker is left after this, not after a minute.
      {"socket.timeout.ms", "15000"},
      {"socket.connection.setup.timeout.ms", "5000"},
      // A broker that restarts is found again within seconds.
      {"reconnect.backoff.ms", "100"},
      {"reconnect.backoff.max.ms", "2000"},
      // Brokers close idle connections; that is no news.
      {"log.connection.close", "false"},
  };
  properties.insert(properties.end(), own.begin(), own.end());
  return properties;
}

}  // namespace

KafkaProperties ProducerProperties(const KafkaOptions& options) {
  Properties properties = CommonProperties(options);
  const Properties own = {
      // No duplicates and no reordering by retries within one producer's life.
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // Never: a record that times out while later ones get through would be a gap in its order.
      {"message.timeout.ms", "0"},
      {"linger.ms", std::to_string(options.linger_ms)},
      {"compression.codec", "lz4"},
      // What every other client of Kafka uses, so that all agree where a key lives.
      {"partitioner", "murmur2_random"},
      {"queue.buffering.max.kbytes", "32768"},
      {"queue.buffering.max.messages", "100000"},
      {"retry.backoff.ms", "100"},
  };
  properties.insert(properties.end(), own.begin(), own.end());
  return {.required = properties, .optional = {}};
}

KafkaProperties ConsumerProperties(const KafkaOptions& options, const std::string& group) {
  Properties properties = CommonProperties(options);
  const Properties own = {
      {"group.id", group},
      // Progress is in the database; Kafka's offsets are only a bookmark that we set ourselves.
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      // A lost position must be seen, not silently replaced by one end of the log.
      {"auto.offset.reset", "error"},
      {"check.crcs", "true"},
      {"allow.auto.create.topics", "false"},
      // The cooperative assignor of librdkafka 2.0 can spin and lose its assignment.
      {"partition.assignment.strategy", "range"},
      // No group.instance.id: a process that stops leaves the group, so its partitions move at
      // once. A fixed name would keep them idle for a session, and two processes that were given
      // the same name by mistake would throw each other out.
      {"session.timeout.ms", std::to_string(options.session_timeout_ms)},
      {"heartbeat.interval.ms", std::to_string(options.session_timeout_ms / kHeartbeatsPerSession)},
      {"max.poll.interval.ms", "60000"},
      {"isolation.level", "read_committed"},
      {"fetch.min.bytes", std::to_string(options.fetch_min_bytes)},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      // Bounds of what is read ahead, of each partition: by a fetch, and until no other is made. A
      // message takes some 400 bytes besides its own: the default of 100,000 is 40 MB. 16,000 last
      // a second and more however fast they are taken.
      {"fetch.message.max.bytes", "262144"},
      {"queued.min.messages", "16000"},
      {"queued.max.messages.kbytes", "8192"},
      // Says once a second which brokers are connected.
      {"statistics.interval.ms", "1000"},
  };
  properties.insert(properties.end(), own.begin(), own.end());
  return {.required = properties,
          // From 2.2 on a full local queue stops fetching for a whole second by default.
          .optional = {{"fetch.queue.backoff.ms", "20"}}};
}

KafkaProperties AdminProperties(const KafkaOptions& options) {
  return {.required = CommonProperties(options), .optional = {}};
}

}  // namespace orderflow::messaging
