#include "libs/messaging/kafka_client.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "libs/telemetry/log.h"

namespace orderflow::messaging {
namespace {

constexpr size_t kErrorTextSize = 512;
// Levels of syslog, which librdkafka uses.
constexpr int kSyslogError = 3;
constexpr int kSyslogWarning = 4;

struct ConfigDeleter {
  void operator()(rd_kafka_conf_t* config) const { rd_kafka_conf_destroy(config); }
};
using Config = std::unique_ptr<rd_kafka_conf_t, ConfigDeleter>;

struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

int ToMilliseconds(Duration timeout) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count());
}

KafkaEvents& EventsOf(void* opaque) { return *static_cast<KafkaEvents*>(opaque); }

void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  telemetry::LogLevel log_level = telemetry::LogLevel::kDebug;
  // A lost connection counts as an error there; it is tried again, so it is a warning here.
  if (level < kSyslogError) {
    log_level = telemetry::LogLevel::kError;
  } else if (level <= kSyslogWarning) {
    log_level = telemetry::LogLevel::kWarning;
  }
  telemetry::Log(log_level, "Kafka client says",
                 {{"client", client != nullptr ? rd_kafka_name(client) : ""},
                  {"facility", facility},
                  {"text", text}});
}

void OnError(rd_kafka_t* client, int error, const char* reason, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, kErrorTextSize> text{};
    const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, text.data(), text.size());
    telemetry::LogError("Kafka client is broken and will be replaced",
                        {{"client", rd_kafka_name(client)},
                         {"cause", rd_kafka_err2name(cause)},
                         {"text", text.data()}});
    EventsOf(opaque).fatal.store(true);
  } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    EventsOf(opaque).unreachable.store(true);
    telemetry::LogWarning("no Kafka broker can be reached, trying on",
                          {{"client", rd_kafka_name(client)}, {"text", reason}});
  }
}

int OnStatistics(rd_kafka_t* /*client*/, char* json, size_t size, void* opaque) {
  const bool any_broker_up =
      std::string_view(json, size).find(R"("state":"UP")") != std::string_view::npos;
  if (any_broker_up) {
    EventsOf(opaque).unreachable.store(false);
  }
  return 0;  // librdkafka frees the text
}

int32_t ChoosePartition(const rd_kafka_topic_t* topic, const void* key, size_t key_size,
                        int32_t partition_count, void* topic_opaque, void* message_opaque) {
  EventsOf(topic_opaque).on_partition(message_opaque, partition_count);
  return rd_kafka_msg_partitioner_murmur2_random(topic, key, key_size, partition_count,
                                                 topic_opaque, message_opaque);
}

void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  EventsOf(opaque).on_rebalance(client, error, partitions);
}

absl::StatusOr<Config> MakeConfig(const KafkaProperties& properties) {
  Config config(rd_kafka_conf_new());
  std::array<char, kErrorTextSize> text{};
  for (const auto& [name, value] : properties.required) {
    if (rd_kafka_conf_set(config.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(
          fmt::format("Kafka setting {}={} is refused: {}", name, value, text.data()));
    }
  }
  for (const auto& [name, value] : properties.optional) {
    if (rd_kafka_conf_set(config.get(), name.c_str(), value.c_str(), text.data(), text.size()) ==
        RD_KAFKA_CONF_INVALID) {
      return absl::InvalidArgumentError(
          fmt::format("Kafka setting {}={} is refused: {}", name, value, text.data()));
    }
  }
  return config;
}

}  // namespace

void KafkaDeleter::operator()(rd_kafka_s* client) const {
  // Consumers are closed before, by whoever wants the group to know.
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaDeleter::operator()(rd_kafka_topic_partition_list_s* list) const {
  rd_kafka_topic_partition_list_destroy(list);
}

void KafkaDeleter::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}

void KafkaDeleter::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }

KafkaQueue EventQueueOf(rd_kafka_s* client) { return KafkaQueue(rd_kafka_queue_get_main(client)); }

void ServeProducer(rd_kafka_s* client, rd_kafka_queue_s* queue, KafkaEvents& events,
                   Duration timeout) {
  const Event event(rd_kafka_queue_poll(queue, ToMilliseconds(timeout)));
  // Errors come as events too, to whoever takes events: their callback is not called.
  switch (event == nullptr ? RD_KAFKA_EVENT_NONE : rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_DR:
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
        events.on_delivery(*message);
      }
      break;
    case RD_KAFKA_EVENT_ERROR:
      OnError(client,
              rd_kafka_event_error_is_fatal(event.get()) != 0 ? RD_KAFKA_RESP_ERR__FATAL
                                                              : rd_kafka_event_error(event.get()),
              rd_kafka_event_error_string(event.get()), &events);
      break;
    default:
      break;
  }
}

void FlushProducer(rd_kafka_s* client, Duration timeout) {
  rd_kafka_flush(client, ToMilliseconds(timeout));
}

KafkaMessage PollConsumer(rd_kafka_s* client, Duration timeout) {
  return KafkaMessage(rd_kafka_consumer_poll(client, ToMilliseconds(timeout)));
}

int64_t LagOf(rd_kafka_s* client, const TopicPartition& partition, int64_t position) {
  int64_t low = RD_KAFKA_OFFSET_INVALID;
  int64_t high = RD_KAFKA_OFFSET_INVALID;
  const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
      client, partition.topic.c_str(), partition.partition, &low, &high);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) {
    return -1;
  }
  if (position == RD_KAFKA_OFFSET_END) {
    return 0;
  }
  const int64_t start = position == RD_KAFKA_OFFSET_BEGINNING ? low : position;
  return std::max<int64_t>(0, high - std::max<int64_t>(0, start));
}

absl::StatusOr<KafkaHandle> MakeKafkaHandle(KafkaRole role, const KafkaProperties& properties,
                                            KafkaEvents& events) {
  absl::StatusOr<Config> config = MakeConfig(properties);
  if (!config.ok()) {
    return config.status();
  }
  rd_kafka_conf_set_opaque(config->get(), &events);
  rd_kafka_conf_set_log_cb(config->get(), OnLog);
  rd_kafka_conf_set_error_cb(config->get(), OnError);
  rd_kafka_conf_set_stats_cb(config->get(), OnStatistics);
  if (events.on_delivery) {
    // As events and not by callback: so rd_kafka_flush only waits, and serves nothing itself.
    rd_kafka_conf_set_events(config->get(), RD_KAFKA_EVENT_DR);
  }
  if (events.on_partition) {
    // There since MakeConfig has set a property of topics.
    rd_kafka_topic_conf_t* topics = rd_kafka_conf_get_default_topic_conf(config->get());
    rd_kafka_topic_conf_set_opaque(topics, &events);
    rd_kafka_topic_conf_set_partitioner_cb(topics, ChoosePartition);
  }
  if (events.on_rebalance) {
    rd_kafka_conf_set_rebalance_cb(config->get(), OnRebalance);
  }
  std::array<char, kErrorTextSize> text{};
  rd_kafka_t* client =
      rd_kafka_new(role == KafkaRole::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                   config->get(), text.data(), text.size());
  if (client == nullptr) {
    return absl::InvalidArgumentError(fmt::format("cannot make a Kafka client: {}", text.data()));
  }
  static_cast<void>(config->release());  // the client owns it now
  if (role == KafkaRole::kConsumer) {
    // Callbacks then come with the records, on the thread that polls them.
    rd_kafka_poll_set_consumer(client);
  }
  return KafkaHandle(client);
}

}  // namespace orderflow::messaging
