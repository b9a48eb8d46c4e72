#pragma once

#include "services/notification/domain/notification_sender.h"

namespace orderflow::telemetry {
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::notification {

// Measures how long another sender takes. Not threadsafe, as senders are not.
class MeasuredSender final : public NotificationSender {
 public:
  MeasuredSender(NotificationSender& sender, telemetry::Metrics& metrics);

  SendResult Send(const Notification& notification) override;

 private:
  NotificationSender& sender_;
  telemetry::Histogram& duration_;
};

}  // namespace orderflow::notification
