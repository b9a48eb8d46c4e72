#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/outbox/outbox_message.h"
#include "libs/outbox/outbox_store.h"
#include "libs/outbox/record_groups.h"

namespace orderflow::postgres {
class Pool;
}
namespace orderflow::messaging {
class Producer;
}
namespace orderflow::telemetry {
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::outbox {

struct RelayOptions {
  std::string source;       // ce_source, for example "/orderflow/order-service"
  std::string instance_id;  // owner name in the sweep lease
  // Messages in memory, from the offer to the DELETE, and one transaction's more; beyond it the
  // sweep takes over, which itself fills a quarter of it.
  size_t in_flight_max = 20000;
  size_t delete_batch_max = 2000;  // acknowledged rows per DELETE
  Duration delete_interval{std::chrono::milliseconds(500)};
  Duration sweep_interval{std::chrono::seconds(2)};
  Duration sweep_age_min{std::chrono::seconds(5)};  // younger rows are in somebody's memory
  ReadLimits sweep_limits{};
  Duration lease{std::chrono::seconds(10)};
  RecordLimits limits{};
  telemetry::Tracer* tracer = nullptr;  // must outlive the producer; null: no spans
};

// Publishes committed outbox rows and deletes each once the broker has acknowledged all its
// messages.
//
// At least once: a crash after an acknowledgement and before the DELETE sends the row's messages
// again, so consumers must be idempotent. Rows of this process come in memory through Offer (no
// polling on the hot path); rows that a crash, a full relay or a broker outage left behind are
// re-read by the sweep, which one process per database does at a time (lease row with an epoch,
// database clock). Per key, messages go out in message_id order. A failed send is tried again,
// never dropped.
//
// Start() starts its threads; Stop() stops offering, waits for outstanding acknowledgements up to a
// bound, deletes what is acknowledged and joins. Offer is threadsafe and never blocks.
class OutboxRelay {
 public:
  OutboxRelay(postgres::Pool& pool, messaging::Producer& producer, telemetry::Metrics& metrics,
              RelayOptions options);
  ~OutboxRelay();

  void Offer(std::vector<OutboxMessage> messages);
  void Start();
  void Stop(Duration drain_timeout);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::outbox
