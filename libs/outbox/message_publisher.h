#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "libs/messaging/packed_messages.h"
#include "libs/outbox/outbox_message.h"
#include "libs/outbox/record_groups.h"

namespace orderflow::messaging {
class Producer;
}
namespace orderflow::telemetry {
class Counter;
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::outbox {

class PendingMessages;

struct PublisherOptions {
  std::string source;  // ce_source
  RecordLimits limits{};
  telemetry::Tracer* tracer = nullptr;  // null: no spans
};

// Sends what PendingMessages hands out, what is ready together in as few records as the limits
// allow, waits up to 100 ms until the broker has acknowledged it (docs/adr/0036), and tells
// PendingMessages how each send ended. Never drops: a full
// producer is waited for, a failed send is tried again later. `metrics` and the tracer must
// outlive the producer, which may report a send after this object is gone. One thread
// calls Run.
class MessagePublisher {
 public:
  MessagePublisher(std::shared_ptr<PendingMessages> pending, messaging::Producer& producer,
                   telemetry::Metrics& metrics, PublisherOptions options);

  // Publishes until stop is requested.
  void Run(const std::stop_token& stop);

 private:
  void Send(std::vector<OutboxMessage> messages, const std::stop_token& stop);
  messaging::Record RecordOf(const std::vector<OutboxMessage>& messages);

  const std::shared_ptr<PendingMessages> pending_;  // shared with reports that are still to come
  messaging::Producer& producer_;
  telemetry::Counter& published_;
  telemetry::Counter& records_;
  telemetry::Counter& failures_;
  const PublisherOptions options_;
  messaging::MessagePacker packer_;
};

}  // namespace orderflow::outbox
