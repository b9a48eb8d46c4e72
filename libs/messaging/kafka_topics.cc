#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_admin.h"
#include "libs/messaging/kafka_client.h"

namespace orderflow::messaging {
namespace {

constexpr char kWhat[] = "topics not created";
constexpr int kRequestTimeoutMs = 20'000;  // waits for a broker that is just starting
constexpr size_t kErrorTextSize = 512;
constexpr int kInSyncReplicasMin = 2;  // of topics with three replicas and more
constexpr char kDeadLetterSuffix[] = ".dlq";

struct AdminDeleter {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
template <class T>
using Owned = std::unique_ptr<T, AdminDeleter>;

struct TopicShape {
  int partitions = 0;
  int replication_factor = 0;
};

absl::StatusOr<Owned<rd_kafka_NewTopic_t>> MakeNewTopic(const std::string& name,
                                                        const TopicShape& shape) {
  std::array<char, kErrorTextSize> text{};
  Owned<rd_kafka_NewTopic_t> topic(rd_kafka_NewTopic_new(
      name.c_str(), shape.partitions, shape.replication_factor, text.data(), text.size()));
  if (topic == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("topic {} cannot be created: {}", name, text.data()));
  }
  // The broker's clock counts: brokers refuse records of a producer whose clock is an hour ahead.
  rd_kafka_NewTopic_set_config(topic.get(), "message.timestamp.type", "LogAppendTime");
  rd_kafka_NewTopic_set_config(topic.get(), "unclean.leader.election.enable", "false");
  if (shape.replication_factor > kInSyncReplicasMin) {
    rd_kafka_NewTopic_set_config(topic.get(), "min.insync.replicas",
                                 std::to_string(kInSyncReplicasMin).c_str());
  }
  if (name.ends_with(kDeadLetterSuffix)) {
    // A dead letter is work for a person: it must not vanish by itself.
    rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "-1");
  }
  return topic;
}

// OK for created and for existing topics.
absl::Status CheckResult(rd_kafka_event_t* event) {
  const rd_kafka_CreateTopics_result_t* result = rd_kafka_event_CreateTopics_result(event);
  size_t count = 0;
  const rd_kafka_topic_result_t** topics = rd_kafka_CreateTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      return absl::FailedPreconditionError(
          fmt::format("topic {} not created: {}", rd_kafka_topic_result_name(topics[i]),
                      rd_kafka_topic_result_error_string(topics[i])));
    }
  }
  return absl::OkStatus();
}

// Existing topics keep their partitions: adding some would move keys and break the order of each.
absl::Status CheckPartitions(rd_kafka_t* client, const std::vector<std::string>& topics,
                             int partitions) {
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 1, nullptr, &raw, kRequestTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::UnavailableError(
        fmt::format("topics not checked: {}; is the broker up?", rd_kafka_err2str(error)));
  }
  const Owned<const rd_kafka_metadata_t> metadata(raw);
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& topic = metadata->topics[i];
    const bool is_ours = std::find(topics.begin(), topics.end(), topic.topic) != topics.end();
    if (is_ours && topic.partition_cnt > 0 && topic.partition_cnt < partitions) {
      return absl::FailedPreconditionError(
          fmt::format("topic {} has {} partitions and {} are wanted; more would move keys to other "
                      "partitions, so let it run empty, delete it and create it again",
                      topic.topic, topic.partition_cnt, partitions));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateTopics(const KafkaOptions& options, const std::vector<std::string>& topics,
                          int partitions, int replication_factor) {
  KafkaEvents events;
  ASSIGN_OR_RETURN(const KafkaHandle client,
                   MakeKafkaHandle(KafkaRole::kProducer, AdminProperties(options), events));
  std::vector<Owned<rd_kafka_NewTopic_t>> owned;
  std::vector<rd_kafka_NewTopic_t*> new_topics;
  for (const std::string& name : topics) {
    ASSIGN_OR_RETURN(Owned<rd_kafka_NewTopic_t> topic,
                     MakeNewTopic(name, {partitions, replication_factor}));
    new_topics.push_back(topic.get());
    owned.push_back(std::move(topic));
  }
  ASSIGN_OR_RETURN(const AdminAnswer answer,
                   AskCluster(client.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, kWhat,
                              [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* queue) {
                                rd_kafka_CreateTopics(client.get(), new_topics.data(),
                                                      new_topics.size(), admin, queue);
                              }));
  RETURN_IF_ERROR(CheckResult(answer.get()));
  return CheckPartitions(client.get(), topics, partitions);
}

}  // namespace orderflow::messaging
