#include "libs/messaging/kafka_group_consumer.h"

#include <librdkafka/rdkafka.h>

#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka_errors.h"
#include "libs/messaging/kafka_record.h"
#include "libs/telemetry/log.h"

namespace orderflow::messaging {
namespace {

// A seek is answered by a thread of the client, not by the broker.
constexpr int kSeekTimeoutMs = 5000;

static_assert(kOffsetBeginning == RD_KAFKA_OFFSET_BEGINNING && kOffsetEnd == RD_KAFKA_OFFSET_END);

struct ErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using Error = std::unique_ptr<rd_kafka_error_t, ErrorDeleter>;

KafkaPartitionList ToList(const std::map<TopicPartition, int64_t>& offsets) {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
        ->offset = offset;
  }
  return list;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaGroupConsumer>> KafkaGroupConsumer::Make(
    const KafkaOptions& options, const std::string& group, std::vector<std::string> topics,
    AssignmentListener& listener) {
  std::unique_ptr<KafkaGroupConsumer> consumer(
      new KafkaGroupConsumer(options, group, std::move(topics), listener));
  RETURN_IF_ERROR(consumer->Join());
  return consumer;
}

KafkaGroupConsumer::KafkaGroupConsumer(const KafkaOptions& options, const std::string& group,
                                       std::vector<std::string> topics,
                                       AssignmentListener& listener)
    : properties_(ConsumerProperties(options, group)),
      topics_(std::move(topics)),
      rejoin_delay_(std::chrono::milliseconds(options.session_timeout_ms)),
      listener_(listener) {
  events_.on_rebalance = [this](rd_kafka_s* /*client*/, int error,
                                rd_kafka_topic_partition_list_s* partitions) {
    OnRebalance(error, partitions);
  };
}

KafkaGroupConsumer::~KafkaGroupConsumer() { Close(); }

absl::Status KafkaGroupConsumer::Join() {
  events_.fatal.store(false);
  ASSIGN_OR_RETURN(client_, MakeKafkaHandle(KafkaRole::kConsumer, properties_, events_));
  const KafkaPartitionList list(
      rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
  for (const std::string& topic : topics_) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_.get(), list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::InvalidArgumentError(fmt::format("cannot subscribe: {}", rd_kafka_err2str(error)));
  }
  return absl::OkStatus();
}

// Replaces a client that is broken for good. Coming back at once would let a fault that returns
// keep the whole group rebalancing, so it waits a session.
absl::Status KafkaGroupConsumer::Rejoin(Duration timeout) {
  const auto now = std::chrono::steady_clock::now();
  if (!rejoin_time_) {
    Close();
    rejoin_time_ = now + rejoin_delay_;
  }
  if (now < *rejoin_time_) {
    std::this_thread::sleep_for(timeout);
    return ReadError("cannot read", "the client is broken for good; joining again later");
  }
  rejoin_time_.reset();
  return Join();
}

void KafkaGroupConsumer::BreakForTest() {
  rd_kafka_test_fatal_error(client_.get(), RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
                            "broken by a test");
}

absl::StatusOr<std::vector<Record>> KafkaGroupConsumer::PollBatch(size_t batch_max,
                                                                  Duration timeout) {
  if (events_.fatal.load()) {
    RETURN_IF_ERROR(Rejoin(timeout));
  }
  const absl::Status assigned = unassigned_.empty() ? Reassign() : Assign();
  batch_.clear();
  // Polls also after an error, so that the group goes on and no caller spins.
  if (!pending_error_ && Take(timeout)) {
    while (batch_.size() < batch_max && Take(Duration::zero())) {
    }
  }
  if (!batch_.empty()) {
    return std::move(batch_);
  }
  if (pending_error_) {
    const absl::Status error = *std::exchange(pending_error_, std::nullopt);
    return error;
  }
  RETURN_IF_ERROR(assigned);
  if (events_.unreachable.load()) {
    return ReadError("cannot read", "no Kafka broker can be reached");
  }
  return std::vector<Record>();
}

bool KafkaGroupConsumer::Take(Duration timeout) {
  const KafkaMessage message = PollConsumer(client_.get(), timeout);
  if (message == nullptr) {
    return false;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
      events_.fatal.store(true);  // consumers are told here, not by the error callback
    }
    pending_error_ = ErrorOf(*message);
    return false;
  }
  const auto position = positions_.find({rd_kafka_topic_name(message->rkt), message->partition});
  if (position == positions_.end()) {
    return true;  // of a partition that was revoked a moment ago
  }
  events_.unreachable.store(false);
  position->second = message->offset + 1;
  AppendRecords(*message, batch_);
  return true;
}

absl::Status KafkaGroupConsumer::ErrorOf(const rd_kafka_message_s& message) const {
  const std::string reason = rd_kafka_message_errstr(&message);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && message.rkt != nullptr) {
    return OffsetOutOfRange({rd_kafka_topic_name(message.rkt), message.partition}, reason);
  }
  return ReadError("cannot read", fmt::format("{} ({})", reason, rd_kafka_err2name(message.err)));
}

void KafkaGroupConsumer::OnRebalance(int error, rd_kafka_topic_partition_list_s* partitions) {
  OnRevoke();
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    OnAssign(*partitions);
  } else {
    rd_kafka_assign(client_.get(), nullptr);
  }
}

void KafkaGroupConsumer::OnAssign(const rd_kafka_topic_partition_list_s& partitions) {
  for (int i = 0; i < partitions.cnt; ++i) {
    unassigned_.push_back({partitions.elems[i].topic, partitions.elems[i].partition});
  }
  if (const absl::Status status = Assign(); !status.ok()) {
    telemetry::LogWarning("assigned partitions wait for their positions",
                          {{"client", rd_kafka_name(client_.get())}, {"error", Message(status)}});
    // The group needs an answer to the rebalance; the partitions follow with a later poll.
    const KafkaPartitionList none(rd_kafka_topic_partition_list_new(0));
    rd_kafka_assign(client_.get(), none.get());
  }
}

// Starts the partitions that are ours and do not run yet.
absl::Status KafkaGroupConsumer::Assign() {
  using Offsets = std::map<TopicPartition, int64_t>;
  ASSIGN_OR_RETURN(Offsets offsets, listener_.OnAssigned(unassigned_));
  if (const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), ToList(offsets).get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError("cannot start assigned partitions", rd_kafka_err2str(error));
  }
  positions_ = std::move(offsets);
  unassigned_.clear();
  reassign_ = false;
  return absl::OkStatus();
}

// Starts every partition anew from its position, when a seek asks for that.
absl::Status KafkaGroupConsumer::Reassign() {
  if (!reassign_) {
    return absl::OkStatus();
  }
  if (const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), ToList(positions_).get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError("cannot start partitions anew", rd_kafka_err2str(error));
  }
  reassign_ = false;
  return absl::OkStatus();
}

void KafkaGroupConsumer::OnRevoke() {
  std::vector<TopicPartition> revoked = std::exchange(unassigned_, {});
  for (const auto& [partition, position] : std::exchange(positions_, {})) {
    revoked.push_back(partition);
  }
  // What this poll has taken so far goes too: somebody else reads it again.
  batch_.clear();
  reassign_ = false;
  if (!revoked.empty()) {
    listener_.OnRevoked(revoked);
  }
}

absl::Status KafkaGroupConsumer::Seek(const TopicPartition& partition, int64_t offset) {
  const auto position = positions_.find(partition);
  if (position == positions_.end()) {
    return absl::FailedPreconditionError(
        fmt::format("cannot seek in {}[{}]: it is not assigned to this consumer", partition.topic,
                    partition.partition));
  }
  const KafkaPartitionList list = ToList({{partition, offset}});
  const Error error(rd_kafka_seek_partitions(client_.get(), list.get(), kSeekTimeoutMs));
  rd_kafka_resp_err_t code =
      error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = list->elems[0].err;
  }
  // A partition that is just starting, or has lost its position, refuses seeks: it is assigned
  // anew.
  reassign_ = reassign_ || code != RD_KAFKA_RESP_ERR_NO_ERROR;
  position->second = offset;
  pending_error_.reset();
  return absl::OkStatus();
}

void KafkaGroupConsumer::CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) {
  if (client_ == nullptr) {
    return;  // broken, and not joined again yet
  }
  const rd_kafka_resp_err_t error =
      rd_kafka_commit(client_.get(), ToList(next_offsets).get(), /*async=*/1);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    telemetry::LogDebug("bookmark not stored", {{"error", rd_kafka_err2str(error)}});
  }
}

int64_t KafkaGroupConsumer::Lag() {
  int64_t lag = 0;
  for (const auto& [partition, position] : positions_) {
    const int64_t lag_here = LagOf(client_.get(), partition, position);
    if (lag_here < 0) {
      return -1;
    }
    lag += lag_here;
  }
  return lag;
}

void KafkaGroupConsumer::Close() {
  if (client_ == nullptr) {
    return;
  }
  rd_kafka_consumer_close(client_.get());  // revokes, which tells the listener
  OnRevoke();
  client_.reset();
}

absl::StatusOr<std::unique_ptr<Consumer>> MakeKafkaConsumer(const KafkaOptions& options,
                                                            const std::string& group,
                                                            const std::vector<std::string>& topics,
                                                            AssignmentListener& listener) {
  return KafkaGroupConsumer::Make(options, group, topics, listener);
}

}  // namespace orderflow::messaging
