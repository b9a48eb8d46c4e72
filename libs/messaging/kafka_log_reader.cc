#include "libs/messaging/kafka_log_reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka_config.h"
#include "libs/messaging/kafka_errors.h"
#include "libs/messaging/kafka_groups.h"
#include "libs/messaging/kafka_partitions.h"
#include "libs/messaging/kafka_record.h"

namespace orderflow::messaging {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A broker that answers at all answers faster.
constexpr std::chrono::seconds kAnswerTimeout{5};

// When to stop waiting for one answer.
LogReader::Deadline AnswerBy(LogReader::Deadline deadline) {
  return std::min(deadline, SteadyClock::now() + kAnswerTimeout);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaLogReader>> KafkaLogReader::Make(const KafkaOptions& options) {
  KafkaProperties properties = ConsumerProperties(options, kLogReaderGroup);
  // The last offsets of a log may hold no record for us: then only the broker's word ends a read.
  properties.required.emplace_back("enable.partition.eof", "true");
  // Nobody polls between two reads: statistics would pile up.
  properties.required.emplace_back("statistics.interval.ms", "0");
  std::unique_ptr<KafkaLogReader> reader(new KafkaLogReader());
  ASSIGN_OR_RETURN(reader->client_,
                   MakeKafkaHandle(KafkaRole::kConsumer, properties, reader->events_));
  return reader;
}

KafkaLogReader::~KafkaLogReader() {
  if (client_ != nullptr) {
    rd_kafka_consumer_close(client_.get());
  }
}

void KafkaLogReader::GiveBack::operator()(rd_kafka_s* /*client*/) const {
  MutexLock lock(reader->mutex_);
  reader->lent_ = false;
  reader->given_back_.notify_one();
}

absl::StatusOr<KafkaLogReader::Lease> KafkaLogReader::Borrow(Deadline deadline) {
  MutexLock lock(mutex_);
  while (lent_ && SteadyClock::now() < deadline) {
    given_back_.wait_until(mutex_, deadline);
  }
  if (lent_ || SteadyClock::now() >= deadline) {
    return ReadError("cannot look into a topic",
                     "there was no time left to ask the broker; it may be slow, try again later");
  }
  lent_ = true;
  return Lease(client_.get(), GiveBack{this});
}

absl::StatusOr<int> KafkaLogReader::CountPartitions(const std::string& topic, Deadline deadline) {
  ASSIGN_OR_RETURN(const Lease client, Borrow(deadline));
  return messaging::CountPartitions(client.get(), topic, AnswerBy(deadline));
}

absl::StatusOr<int64_t> KafkaLogReader::CountRecords(const std::string& topic, Deadline deadline) {
  ASSIGN_OR_RETURN(const Lease client, Borrow(deadline));
  const Deadline answer_by = AnswerBy(deadline);
  ASSIGN_OR_RETURN(const int partitions,
                   messaging::CountPartitions(client.get(), topic, answer_by));
  int64_t count = 0;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    ASSIGN_OR_RETURN(const LogRange range, RangeOf(client.get(), {topic, partition}, answer_by));
    count += range.end - range.begin;
  }
  return count;
}

absl::StatusOr<LogSlice> KafkaLogReader::Read(const TopicPartition& partition, int64_t from,
                                              size_t count_max, Deadline deadline) {
  ASSIGN_OR_RETURN(const Lease client, Borrow(deadline));
  // Serves callbacks that have come since the last call; nothing is assigned.
  static_cast<void>(PollConsumer(client.get(), Duration::zero()));
  ASSIGN_OR_RETURN(const LogRange range, RangeOf(client.get(), partition, AnswerBy(deadline)));
  from = std::max(from, range.begin);
  if (from >= range.end) {
    return LogSlice{};
  }
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
      ->offset = from;
  if (const rd_kafka_resp_err_t error = rd_kafka_assign(client.get(), list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError(fmt::format("cannot start reading {}", partition.topic),
                     rd_kafka_err2str(error));
  }
  absl::StatusOr<LogSlice> slice =
      Take(client.get(), partition, from, range.end, count_max, AnswerBy(deadline));
  rd_kafka_assign(client.get(), nullptr);
  return slice;
}

absl::StatusOr<LogSlice> KafkaLogReader::Take(rd_kafka_s* client, const TopicPartition& partition,
                                              int64_t from, int64_t end, size_t count_max,
                                              Deadline deadline) {
  LogSlice slice{.records = {}, .next = from};
  while (slice.records.size() < count_max) {
    const Duration left = std::chrono::duration_cast<Duration>(deadline - SteadyClock::now());
    const KafkaMessage message =
        left > Duration::zero() ? PollConsumer(client, left) : KafkaMessage();
    if (message == nullptr) {
      return ReadError(fmt::format("cannot read {}[{}] from offset {}", partition.topic,
                                   partition.partition, *slice.next),
                       "the broker did not answer in time");
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      return LogSlice{.records = std::move(slice.records), .next = std::nullopt};
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ReadError(fmt::format("cannot read {}", partition.topic),
                       rd_kafka_message_errstr(message.get()));
    }
    if (message->offset >= end) {
      slice.next.reset();
      return slice;
    }
    AppendRecords(*message, slice.records);
    slice.next = message->offset + 1;
    if (*slice.next == end) {
      slice.next.reset();
      return slice;
    }
  }
  return slice;
}

absl::StatusOr<std::unique_ptr<LogReader>> MakeKafkaLogReader(const KafkaOptions& options) {
  return KafkaLogReader::Make(options);
}

}  // namespace orderflow::messaging
