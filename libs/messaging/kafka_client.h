#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/messaging/kafka_config.h"
#include "libs/messaging/record.h"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;

namespace orderflow::messaging {

// What librdkafka tells about one client, on the thread that polls the client or serves its events.
struct KafkaEvents {
  std::atomic<bool> fatal = false;        // the client is broken for good
  std::atomic<bool> unreachable = false;  // no broker is connected
  // By ServeProducer, once for each record.
  std::function<void(const rd_kafka_message_s& message)> on_delivery;
  // A record is about to be given one of so many partitions; `opaque` is the record's. Called also
  // from the thread that sends. Must not call the client.
  std::function<void(void* opaque, int partition_count)> on_partition;
  // `error` tells assignment from revocation.
  std::function<void(rd_kafka_s* client, int error, rd_kafka_topic_partition_list_s* partitions)>
      on_rebalance;
};

enum class KafkaRole { kProducer, kConsumer };

struct KafkaDeleter {
  void operator()(rd_kafka_s* client) const;
  void operator()(rd_kafka_topic_partition_list_s* list) const;
  void operator()(rd_kafka_message_s* message) const;
  void operator()(rd_kafka_queue_s* queue) const;
};
using KafkaHandle = std::unique_ptr<rd_kafka_s, KafkaDeleter>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_s, KafkaDeleter>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_s, KafkaDeleter>;  // not after its client
using KafkaPartitionList = std::unique_ptr<rd_kafka_topic_partition_list_s, KafkaDeleter>;

// A new client; connects in the background, so a broker that is down is no error here.
// `events` must outlive it. kInvalidArgument: a setting is refused.
absl::StatusOr<KafkaHandle> MakeKafkaHandle(KafkaRole role, const KafkaProperties& properties,
                                            KafkaEvents& events);

// Where the events of a client come, for ServeProducer.
KafkaQueue EventQueueOf(rd_kafka_s* client);

// Hands out the next event of a producer: delivery reports, or an error. Waits for it up to
// `timeout`. One thread per producer.
void ServeProducer(rd_kafka_s* client, rd_kafka_queue_s* queue, KafkaEvents& events,
                   Duration timeout);

// Lets go of what a producer holds back, and waits until all of it has been handed out by
// ServeProducer, on another thread, or `timeout` has passed.
void FlushProducer(rd_kafka_s* client, Duration timeout);

// The next message or error of a consumer; null when none came within `timeout`. Runs callbacks.
KafkaMessage PollConsumer(rd_kafka_s* client, Duration timeout);

// Records of a partition from `position` on, as last heard from the broker; -1 when not heard yet.
int64_t LagOf(rd_kafka_s* client, const TopicPartition& partition, int64_t position);

}  // namespace orderflow::messaging
