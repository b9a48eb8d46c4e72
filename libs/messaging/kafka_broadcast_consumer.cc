#include "libs/messaging/kafka_broadcast_consumer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka_errors.h"
#include "libs/messaging/kafka_groups.h"
#include "libs/messaging/kafka_partitions.h"
#include "libs/messaging/kafka_record.h"

namespace orderflow::messaging {
namespace {

// A broker that answers at all answers faster; the caller's own timeout is for records.
constexpr Duration kStartTimeoutMin = std::chrono::seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaBroadcastConsumer>> KafkaBroadcastConsumer::Make(
    const KafkaOptions& options, const std::string& topic) {
  std::unique_ptr<KafkaBroadcastConsumer> consumer(
      new KafkaBroadcastConsumer(ConsumerProperties(options, kBroadcastGroup), topic));
  ASSIGN_OR_RETURN(consumer->client_,
                   MakeKafkaHandle(KafkaRole::kConsumer, consumer->properties_, consumer->events_));
  return consumer;
}

KafkaBroadcastConsumer::KafkaBroadcastConsumer(KafkaProperties properties, std::string topic)
    : properties_(std::move(properties)), topic_(std::move(topic)) {}

KafkaBroadcastConsumer::~KafkaBroadcastConsumer() { Close(); }

absl::StatusOr<std::vector<Record>> KafkaBroadcastConsumer::PollBatch(size_t batch_max,
                                                                      Duration timeout) {
  if (positions_.empty()) {
    RETURN_IF_ERROR(StartAtEnds(timeout));
  }
  std::vector<Record> batch;
  Duration wait = timeout;
  while (batch.size() < batch_max) {
    const KafkaMessage message = PollConsumer(client_.get(), wait);
    if (message == nullptr) {
      break;
    }
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      positions_.clear();
      return ReadError(fmt::format("position in {} lost, starting at its end again", topic_),
                       rd_kafka_message_errstr(message.get()));
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ReadError(fmt::format("cannot read {}", topic_),
                       rd_kafka_message_errstr(message.get()));
    }
    events_.unreachable.store(false);
    positions_[message->partition] = message->offset + 1;
    AppendRecords(*message, batch);
    wait = Duration::zero();
  }
  if (batch.empty() && events_.unreachable.load()) {
    return ReadError(fmt::format("cannot read {}", topic_), "no Kafka broker can be reached");
  }
  return batch;
}

absl::Status KafkaBroadcastConsumer::StartAtEnds(Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + std::max(timeout, kStartTimeoutMin);
  // Serves callbacks; nothing is assigned yet.
  static_cast<void>(PollConsumer(client_.get(), Duration::zero()));
  ASSIGN_OR_RETURN(const int count, CountPartitions(client_.get(), topic_, deadline));
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(count));
  std::map<int32_t, int64_t> positions;
  for (int32_t partition = 0; partition < count; ++partition) {
    ASSIGN_OR_RETURN(const LogRange range, RangeOf(client_.get(), {topic_, partition}, deadline));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = range.end;
    positions[partition] = range.end;
  }
  if (const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError(fmt::format("cannot start reading {}", topic_), rd_kafka_err2str(error));
  }
  positions_ = std::move(positions);
  return absl::OkStatus();
}

absl::Status KafkaBroadcastConsumer::Seek(const TopicPartition& partition, int64_t /*offset*/) {
  return absl::UnimplementedError(fmt::format(
      "{} is read from its end by everybody: there is nothing to seek", partition.topic));
}

void KafkaBroadcastConsumer::CommitAsync(const std::map<TopicPartition, int64_t>&) {}

int64_t KafkaBroadcastConsumer::Lag() {
  if (positions_.empty()) {
    return -1;
  }
  int64_t lag = 0;
  for (const auto& [partition, position] : positions_) {
    const int64_t lag_here = LagOf(client_.get(), {topic_, partition}, position);
    if (lag_here < 0) {
      return -1;
    }
    lag += lag_here;
  }
  return lag;
}

void KafkaBroadcastConsumer::Close() {
  if (client_ == nullptr) {
    return;
  }
  rd_kafka_consumer_close(client_.get());
  client_.reset();
}

absl::StatusOr<std::unique_ptr<Consumer>> MakeKafkaBroadcastConsumer(const KafkaOptions& options,
                                                                     const std::string& topic) {
  return KafkaBroadcastConsumer::Make(options, topic);
}

}  // namespace orderflow::messaging
