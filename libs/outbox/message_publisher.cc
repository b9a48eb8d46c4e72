#include "libs/outbox/message_publisher.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/producer.h"
#include "libs/messaging/record.h"
#include "libs/outbox/outbox_record.h"
#include "libs/outbox/pending_messages.h"
#include "libs/outbox/publish_span.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::outbox {
namespace {

constexpr size_t kBatchMax = 1000;
// A full producer frees room with each acknowledgement; the timeout only guards a missed one.
constexpr std::chrono::milliseconds kFullProducerWait{20};

void LogFailure(const OutboxMessage& message, const absl::Status& status) {
  telemetry::LogWarning("outbox message not published, it will be sent again",
                        {{"message_id", message.message_id},
                         {"order_id", message.key},
                         {"topic", message.topic},
                         {"error", Message(status)}});
}

}  // namespace

MessagePublisher::MessagePublisher(std::shared_ptr<PendingMessages> pending,
                                   messaging::Producer& producer, telemetry::Metrics& metrics,
                                   std::string source, telemetry::Tracer* tracer)
    : pending_(std::move(pending)),
      producer_(producer),
      published_(metrics.AddCounter("orderflow_outbox_published_messages_total",
                                    "Outbox messages that the broker acknowledged")),
      failures_(metrics.AddCounter("orderflow_outbox_publish_failures_total",
                                   "Sends of outbox messages that failed; each is sent again")),
      source_(std::move(source)),
      tracer_(tracer) {}

void MessagePublisher::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (OutboxMessage& message : pending_->TakeReady(kBatchMax, stop)) {
      Send(std::move(message), stop);
    }
  }
}

void MessagePublisher::Send(OutboxMessage message, const std::stop_token& stop) {
  messaging::Record record = ToRecord(message, source_);
  SetTrace(tracer_, message, record);
  const auto shared = std::make_shared<OutboxMessage>(std::move(message));
  const auto done = [pending = pending_, shared, tracer = tracer_, &published = published_,
                     &failures = failures_](const absl::Status& status) {
    if (status.ok()) {
      CRASH_POINT("outbox.after_acknowledgement");
      published.Increment();
      RecordPublished(tracer, *shared);
      pending->Acknowledge(*shared);
      return;
    }
    failures.Increment();
    LogFailure(*shared, status);
    pending->Fail(std::move(*shared));
  };
  for (;;) {
    CRASH_POINT("outbox.before_send");
    const std::optional<absl::Status> status =
        pending_->SendOrHold(*shared, [&] { return producer_.Send(record, done); });
    if (!status.has_value() || status->ok()) {
      CRASH_POINT("outbox.after_send");
      return;
    }
    if (status->code() != absl::StatusCode::kResourceExhausted || stop.stop_requested()) {
      done(*status);  // refused outright, so the producer will not call it
      return;
    }
    pending_->WaitForProgress(kFullProducerWait, stop);
  }
}

}  // namespace orderflow::outbox
