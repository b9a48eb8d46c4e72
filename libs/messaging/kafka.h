#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/kafka_security.h"
#include "libs/messaging/log_reader.h"
#include "libs/messaging/producer.h"
#include "libs/messaging/topic_rights.h"

namespace orderflow::messaging {

struct KafkaOptions {
  std::string bootstrap_servers;
  std::string client_id;
  // Producer: a record leaves after so long without Flush. Long enough for a batch to be handed
  // over before its first record leaves.
  int linger_ms = 20;
  int session_timeout_ms = 12000;  // consumer group: declared dead after
  // Consumer: the broker answers when so much is there, or after 100 ms. One byte: at once. More is
  // for who is in no hurry: each answer costs broker and client a request, however little it has.
  int fetch_min_bytes = 1;
  KafkaSecurity security{};
};

// An idempotent producer with acks=all. When librdkafka declares it fatally broken it fails what
// is queued with kUnavailable, and only then replaces itself and takes records again.
absl::StatusOr<std::unique_ptr<Producer>> MakeKafkaProducer(const KafkaOptions& options);

// The partition, out of `partition_count`, into which that producer puts records of `key`, which is
// not empty. Pure.
int PartitionOf(std::string_view key, int partition_count);

// A member of consumer group `group`, range assignor. `listener` must outlive it.
absl::StatusOr<std::unique_ptr<Consumer>> MakeKafkaConsumer(const KafkaOptions& options,
                                                            const std::string& group,
                                                            const std::vector<std::string>& topics,
                                                            AssignmentListener& listener);

// Reads every partition of `topic` from its end, without a group: each replica sees all records.
absl::StatusOr<std::unique_ptr<Consumer>> MakeKafkaBroadcastConsumer(const KafkaOptions& options,
                                                                     const std::string& topic);

// Reads any topic from any position, for people and tools.
absl::StatusOr<std::unique_ptr<LogReader>> MakeKafkaLogReader(const KafkaOptions& options);

// Creates each topic that does not exist, with `partitions` and the cluster's default replication;
// an existing topic with fewer partitions is kFailedPrecondition. Idempotent.
absl::Status CreateTopics(const KafkaOptions& options, const std::vector<std::string>& topics,
                          int partitions, int replication_factor);

// Lets each principal do what `rights` say, beside what it may already. kFailedPrecondition: the
// brokers have no authorizer, or do not let us. Idempotent.
absl::Status GrantTopicRights(const KafkaOptions& options, const std::vector<TopicRights>& rights);

}  // namespace orderflow::messaging
