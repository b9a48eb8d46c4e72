#include "services/notification/mail/measured_sender.h"

#include <chrono>

#include "libs/telemetry/metrics.h"

namespace orderflow::notification {

MeasuredSender::MeasuredSender(NotificationSender& sender, telemetry::Metrics& metrics)
    : sender_(sender),
      duration_(metrics.AddHistogram("orderflow_notification_send_duration_seconds",
                                     "Time that the mail server took for one mail.",
                                     telemetry::DurationBuckets())) {}

SendResult MeasuredSender::Send(const Notification& notification) {
  const auto start_time = std::chrono::steady_clock::now();
  SendResult result = sender_.Send(notification);
  duration_.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_time).count());
  return result;
}

}  // namespace orderflow::notification
