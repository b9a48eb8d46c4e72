#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_client.h"
#include "libs/messaging/producer.h"

namespace orderflow::messaging {

// The producer behind MakeKafkaProducer. A thread of its own hands delivery reports out, and
// replaces the client when librdkafka declares it broken for good (which idempotent producers of
// version 2.0 become after some connection losses). Until the replacement is there, and every
// record of the old client has been reported failed, Send answers kResourceExhausted.
class KafkaProducer final : public Producer {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaProducer>> Make(const KafkaOptions& options);
  // Reports what is not acknowledged yet as kUnavailable.
  ~KafkaProducer() override;

  absl::Status Send(const Record& record, std::function<void(absl::Status)> done) override;
  void Flush(Duration timeout) override;
  int PartitionCount(const std::string& topic) override;

  // Makes the client believe that it is broken for good.
  void BreakForTest();

 private:
  struct Delivery;
  // Partitions by topic, as librdkafka counted them when it last chose one; 0: never yet.
  using PartitionCounts = std::unordered_map<std::string, std::atomic<int>>;

  explicit KafkaProducer(const KafkaOptions& options);
  absl::Status Connect();
  void Poll(const std::stop_token& stop);
  void Replace(const std::stop_token& stop);
  void Retire();
  void OnDelivery(const rd_kafka_message_s& message);
  void Finish(Delivery* delivery, const absl::Status& status);

  const KafkaProperties properties_;
  KafkaEvents events_;
  Mutex mutex_;
  Mutex flushing_ ABSL_ACQUIRED_BEFORE(mutex_);
  ConditionVariable sleep_;  // never notified: a wait that ends with stop
  // Replaced by the polling thread only, which therefore reads it without a lock, and not while
  // somebody flushes it.
  KafkaHandle client_;
  KafkaQueue reports_;                         // of client_
  bool open_ ABSL_GUARDED_BY(mutex_) = false;  // client_ takes records
  std::unordered_set<Delivery*> outstanding_ ABSL_GUARDED_BY(mutex_);
  PartitionCounts partition_counts_ ABSL_GUARDED_BY(mutex_);  // of topics that were sent to
  std::jthread thread_;
};

}  // namespace orderflow::messaging
