#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "libs/outbox/outbox_message.h"

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

// Sends what PendingMessages hands out, and tells it how each send ended. Never drops: a full
// producer is waited for, a failed send is tried again later. `metrics` and `tracer` (null: no
// spans) must outlive the producer, which may report a send after this object is gone. One thread
// calls Run.
class MessagePublisher {
 public:
  MessagePublisher(std::shared_ptr<PendingMessages> pending, messaging::Producer& producer,
                   telemetry::Metrics& metrics, std::string source,
                   telemetry::Tracer* tracer = nullptr);

  // Publishes until stop is requested.
  void Run(const std::stop_token& stop);

 private:
  void Send(OutboxMessage message, const std::stop_token& stop);

  const std::shared_ptr<PendingMessages> pending_;  // shared with reports that are still to come
  messaging::Producer& producer_;
  telemetry::Counter& published_;
  telemetry::Counter& failures_;
  const std::string source_;
  telemetry::Tracer* const tracer_;
};

}  // namespace orderflow::outbox
