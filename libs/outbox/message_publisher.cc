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
// A full producer frees room with the acknowledgements of a request, once all have been handed out.
constexpr std::chrono::milliseconds kFullProducerWait{20};
// Partitions whose leader does not answer hold up the others for so long, once for each batch.
constexpr std::chrono::milliseconds kFlush{100};

void LogFailure(const std::vector<OutboxMessage>& messages, const absl::Status& status) {
  const OutboxMessage& first = messages.front();
  telemetry::LogWarning("outbox record not published, its messages will be sent again",
                        {{"message_id", first.message_id},
                         {"order_id", first.key},
                         {"topic", first.topic},
                         {"messages", std::to_string(messages.size())},
                         {"error", Message(status)}});
}

}  // namespace

MessagePublisher::MessagePublisher(std::shared_ptr<PendingMessages> pending,
                                   messaging::Producer& producer, telemetry::Metrics& metrics,
                                   PublisherOptions options)
    : pending_(std::move(pending)),
      producer_(producer),
      published_(metrics.AddCounter("orderflow_outbox_published_messages_total",
                                    "Outbox messages that the broker acknowledged")),
      records_(metrics.AddCounter("orderflow_outbox_published_records_total",
                                  "Kafka records in which they went")),
      failures_(metrics.AddCounter("orderflow_outbox_publish_failures_total",
                                   "Sends of outbox messages that failed; each is sent again")),
      options_(std::move(options)),
      packer_(options_.source) {}

void MessagePublisher::Run(const std::stop_token& stop) {
  const auto partition_count = [this](const std::string& topic) {
    return producer_.PartitionCount(topic);
  };
  while (!stop.stop_requested()) {
    for (std::vector<OutboxMessage>& messages :
         GroupIntoRecords(pending_->TakeReady(kBatchMax, stop), options_.limits, partition_count)) {
      Send(std::move(messages), stop);
    }
    producer_.Flush(kFlush);
  }
}

messaging::Record MessagePublisher::RecordOf(const std::vector<OutboxMessage>& messages) {
  if (messages.size() == 1) {
    messaging::Record record = ToRecord(messages.front(), options_.source);
    SetTrace(options_.tracer, messages.front(), record);
    return record;
  }
  for (const OutboxMessage& message : messages) {
    packer_.Add({.key = message.key,
                 .id = message.message_id,
                 .type = message.type,
                 .time = FormatRfc3339(TimeOf(message)),
                 .sequence = message.sequence,
                 .traceparent = TraceparentToSend(options_.tracer, message),
                 .payload = message.payload});
  }
  return packer_.Take(messages.front().topic);
}

void MessagePublisher::Send(std::vector<OutboxMessage> messages, const std::stop_token& stop) {
  const auto shared = std::make_shared<std::vector<OutboxMessage>>(std::move(messages));
  const auto done = [pending = pending_, shared, tracer = options_.tracer, &published = published_,
                     &records = records_, &failures = failures_](const absl::Status& status) {
    const auto count = static_cast<double>(shared->size());
    if (status.ok()) {
      CRASH_POINT("outbox.after_acknowledgement");
      published.Increment(count);
      records.Increment();
      for (const OutboxMessage& message : *shared) {
        RecordPublished(tracer, message);
      }
      pending->Acknowledge(*shared);
      return;
    }
    failures.Increment(count);
    LogFailure(*shared, status);
    pending->Fail(std::move(*shared));
  };
  messaging::Record record = RecordOf(*shared);
  size_t in_record = shared->size();
  const auto send = [&] {
    if (shared->size() < in_record) {  // some were taken back
      record = RecordOf(*shared);
      in_record = shared->size();
    }
    return producer_.Send(record, done);
  };
  for (;;) {
    CRASH_POINT("outbox.before_send");
    const std::optional<absl::Status> status = pending_->SendOrHold(*shared, send);
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
