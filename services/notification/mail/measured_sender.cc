#include "services/notification/mail/measured_sender.h"

#include <chrono>

#include "libs/base/clock.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::notification {
namespace {

// The error of the span; empty when the mail was accepted.
const char* ErrorOf(SendOutcome outcome) {
  switch (outcome) {
    case SendOutcome::kAccepted:
      return "";
    case SendOutcome::kTryLater:
      return "TRY_LATER";
    case SendOutcome::kRefused:
      return "REFUSED";
    case SendOutcome::kInDoubt:
      return "IN_DOUBT";
    case SendOutcome::kNotTried:
      return "NOT_TRIED";
  }
  return "";
}

void RecordSend(telemetry::Tracer* tracer, const Notification& notification, Timestamp start,
                SendOutcome outcome) {
  const auto parent = telemetry::Tracer::ParentToRecord(tracer, notification.traceparent);
  if (!parent) {
    return;
  }
  tracer->Record({.name = "send mail",
                  .kind = telemetry::SpanKind::kClient,
                  .context = telemetry::ChildOf(*parent),
                  .parent_span_id = parent->span_id,
                  .start = start,
                  .end = SystemClock().Now(),
                  .error = ErrorOf(outcome),
                  .attributes = {{"network.protocol.name", "smtp"},
                                 {telemetry::kAttributeOrderId, notification.order_id.value()}}});
}

}  // namespace

MeasuredSender::MeasuredSender(NotificationSender& sender, telemetry::Metrics& metrics,
                               telemetry::Tracer* tracer)
    : sender_(sender),
      duration_(metrics.AddHistogram("orderflow_notification_send_duration_seconds",
                                     "Time that the mail server took for one mail.",
                                     telemetry::DurationBuckets())),
      tracer_(tracer) {}

SendResult MeasuredSender::Send(const Notification& notification) {
  const Timestamp start = SystemClock().Now();
  const auto start_time = std::chrono::steady_clock::now();
  SendResult result = sender_.Send(notification);
  duration_.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_time).count());
  RecordSend(tracer_, notification, start, result.outcome);
  return result;
}

}  // namespace orderflow::notification
