#include "libs/messaging/kafka_producer.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/kafka_errors.h"
#include "libs/messaging/kafka_record.h"
#include "libs/telemetry/log.h"

namespace orderflow::messaging {
namespace {

// How long a poll waits for events; it also bounds how late a request to stop is seen.
constexpr std::chrono::milliseconds kPoll{100};
// Purged records are reported at once; a client that does not is given up.
constexpr std::chrono::seconds kPurge{5};
constexpr std::chrono::seconds kReplaceInterval{1};

}  // namespace

// One record on its way: the opaque pointer of its delivery report.
struct KafkaProducer::Delivery {
  PartitionCounts::value_type* topic;  // outlives it: topics are only added
  std::function<void(absl::Status)> done;
};

absl::StatusOr<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(const KafkaOptions& options) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(options));
  RETURN_IF_ERROR(producer->Connect());
  producer->thread_ =
      std::jthread([raw = producer.get()](const std::stop_token& stop) { raw->Poll(stop); });
  return producer;
}

KafkaProducer::KafkaProducer(const KafkaOptions& options)
    : properties_(ProducerProperties(options)) {
  events_.on_delivery = [this](const rd_kafka_message_s& message) { OnDelivery(message); };
  events_.on_partition = [](void* delivery, int count) {
    static_cast<Delivery*>(delivery)->topic->second.store(count, std::memory_order_relaxed);
  };
}

KafkaProducer::~KafkaProducer() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  Retire();
}

absl::Status KafkaProducer::Connect() {
  events_.fatal.store(false);
  ASSIGN_OR_RETURN(KafkaHandle client, MakeKafkaHandle(KafkaRole::kProducer, properties_, events_));
  MutexLock lock(mutex_);
  client_ = std::move(client);
  reports_ = EventQueueOf(client_.get());
  open_ = true;
  return absl::OkStatus();
}

absl::Status KafkaProducer::Send(const Record& record, std::function<void(absl::Status)> done) {
  auto delivery = std::make_unique<Delivery>(Delivery{nullptr, std::move(done)});
  // Held while the record is queued, so that a client is not replaced under a record. Queuing does
  // not wait for the network.
  MutexLock lock(mutex_);
  if (!open_) {
    return absl::ResourceExhaustedError("the Kafka producer is being replaced; try again");
  }
  delivery->topic = &*partition_counts_.try_emplace(record.topic, 0).first;
  const int error = Produce(client_.get(), record, delivery.get());
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      outstanding_.insert(delivery.release());
      return absl::OkStatus();
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return absl::ResourceExhaustedError(
          "the Kafka producer's queue is full; wait for acknowledgements and try again");
    case RD_KAFKA_RESP_ERR__FATAL:
      events_.fatal.store(true);
      return absl::ResourceExhaustedError("the Kafka producer is being replaced; try again");
    default:
      return SendError(error, fmt::format("cannot send to {}", record.topic));
  }
}

void KafkaProducer::Flush(Duration timeout) {
  MutexLock flushing(flushing_);
  {
    MutexLock lock(mutex_);
    if (!open_) {
      return;
    }
  }
  FlushProducer(client_.get(), timeout);
}

int KafkaProducer::PartitionCount(const std::string& topic) {
  MutexLock lock(mutex_);
  const auto count = partition_counts_.find(topic);
  return count == partition_counts_.end() ? 0 : count->second.load(std::memory_order_relaxed);
}

void KafkaProducer::BreakForTest() {
  MutexLock lock(mutex_);
  rd_kafka_test_fatal_error(client_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "broken by a test");
}

void KafkaProducer::Poll(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    ServeProducer(client_.get(), reports_.get(), events_, kPoll);
    if (events_.fatal.load()) {
      Replace(stop);
    }
  }
}

void KafkaProducer::Replace(const std::stop_token& stop) {
  Retire();
  while (!stop.stop_requested()) {
    const absl::Status status = Connect();
    if (status.ok()) {
      telemetry::LogInfo("Kafka producer replaced");
      return;
    }
    telemetry::LogError("Kafka producer not replaced, trying again", {{"error", Message(status)}});
    MutexLock lock(mutex_);
    sleep_.wait_for(mutex_, stop, kReplaceInterval, [] { return false; });
  }
}

// Fails what is outstanding and drops the client. Afterwards nothing of it can reach the log,
// except what was in flight: that may be there or not.
void KafkaProducer::Retire() {
  {
    MutexLock lock(mutex_);
    open_ = false;
  }
  if (client_ == nullptr) {
    return;
  }
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto deadline = std::chrono::steady_clock::now() + kPurge;
  while (rd_kafka_outq_len(client_.get()) > 0 && std::chrono::steady_clock::now() < deadline) {
    ServeProducer(client_.get(), reports_.get(), events_, kPoll);
  }
  reports_.reset();
  KafkaHandle client;
  {
    MutexLock flushing(flushing_);
    client = std::move(client_);
  }
  client.reset();
  std::vector<Delivery*> unreported;
  {
    MutexLock lock(mutex_);
    unreported.assign(outstanding_.begin(), outstanding_.end());
  }
  for (Delivery* delivery : unreported) {
    Finish(delivery, absl::UnavailableError("the Kafka producer was closed before the broker "
                                            "acknowledged the record; send it again"));
  }
}

void KafkaProducer::OnDelivery(const rd_kafka_message_s& message) {
  auto* delivery = static_cast<Delivery*>(message._private);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    Finish(delivery, absl::OkStatus());
  } else {
    Finish(delivery, SendError(message.err,
                               fmt::format("no acknowledgement from {}", delivery->topic->first)));
  }
}

void KafkaProducer::Finish(Delivery* delivery, const absl::Status& status) {
  const std::unique_ptr<Delivery> owned(delivery);
  owned->done(status);
  MutexLock lock(mutex_);
  outstanding_.erase(delivery);
}

int PartitionOf(std::string_view key, int partition_count) {
  return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partition_count, nullptr,
                                          nullptr);
}

absl::StatusOr<std::unique_ptr<Producer>> MakeKafkaProducer(const KafkaOptions& options) {
  return KafkaProducer::Make(options);
}

}  // namespace orderflow::messaging
