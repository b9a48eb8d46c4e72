#pragma once

#include "services/notification/domain/notification_sender.h"

namespace orderflow::telemetry {
class Histogram;
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::notification {

// Measures how long another sender takes, for metrics and for the order's trace. Not threadsafe, as
// senders are not.
class MeasuredSender final : public NotificationSender {
 public:
  // `tracer` may be null: no spans.
  MeasuredSender(NotificationSender& sender, telemetry::Metrics& metrics,
                 telemetry::Tracer* tracer);

  SendResult Send(const Notification& notification) override;

 private:
  NotificationSender& sender_;
  telemetry::Histogram& duration_;
  telemetry::Tracer* const tracer_;
};

}  // namespace orderflow::notification
