#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "libs/base/batch_pace.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/uuid.h"
#include "libs/inbox/batch_handler.h"
#include "libs/messaging/consumer.h"

namespace orderflow::postgres {
class Pool;
}
namespace orderflow::outbox {
class Outbox;
}
namespace orderflow::telemetry {
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::inbox {

struct ConsumerOptions {
  std::string group;
  size_t batch_max = 256;  // messages in a transaction
  Duration poll_timeout{std::chrono::milliseconds(100)};
  Duration retry_delay_max{std::chrono::seconds(2)};
  BatchPace pace{};  // of its transactions
  // Shared by the consumers of a process that take turns: while one applies a batch the others
  // wait, unless theirs is full, and then take what has come meanwhile. Two small transactions cost
  // more than a large one. Must outlive the consumers; null: nobody waits.
  Mutex* turn = nullptr;
  // For a topic in which the order of a key's records means something
  // (messaging::LaterRecordsWait): what follows a dead letter of the same key becomes a dead letter
  // behind it, until that one has been redriven and applied, or discarded.
  bool later_records_wait = false;
  telemetry::Tracer* tracer = nullptr;  // must outlive the consumer; null: no spans
};

// Reads a consumer group's records in batches; each batch is one database transaction that holds
// the handler's effects, its outbox rows and the advance of consumer_progress.
//
// Fencing: progress is advanced by compare-and-swap on the offset that this process believes to be
// next; a paused process that wakes up late finds another value, its transaction rolls back and it
// re-reads progress. Progress in the database counts; Kafka's offsets are a bookmark.
// Effects once: redelivery from before the stored progress is skipped; whatever arrives twice under
// another offset is absorbed by the handler's natural keys. Records per key keep their order.
class TransactionalConsumer : private messaging::AssignmentListener {
 public:
  using ConsumerFactory = std::function<absl::StatusOr<std::unique_ptr<messaging::Consumer>>(
      messaging::AssignmentListener&)>;

  TransactionalConsumer(postgres::Pool& pool, outbox::Outbox& outbox, BatchHandler& handler,
                        ConsumerFactory factory, const Clock& clock, IdGenerator& ids,
                        telemetry::Metrics& metrics, ConsumerOptions options);
  ~TransactionalConsumer() override;

  // Polls and handles until stop is requested, then leaves the group. Recovers from broker and
  // database outages by itself.
  void Run(std::stop_token stop);

 private:
  absl::StatusOr<std::map<messaging::TopicPartition, int64_t>> OnAssigned(
      const std::vector<messaging::TopicPartition>& partitions) override;
  void OnRevoked(const std::vector<messaging::TopicPartition>& partitions) override;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::inbox
