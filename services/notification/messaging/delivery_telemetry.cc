#include "services/notification/messaging/delivery_telemetry.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::notification {
namespace {

std::string NameOf(SendOutcome outcome) {
  switch (outcome) {
    case SendOutcome::kAccepted:
      return "accepted";
    case SendOutcome::kTryLater:
      return "try_later";
    case SendOutcome::kRefused:
      return "refused";
    case SendOutcome::kInDoubt:
      return "in_doubt";
    case SendOutcome::kNotTried:
      return "not_tried";
  }
  return "";
}

}  // namespace

DeliveryTelemetry::DeliveryTelemetry(telemetry::Metrics& metrics)
    : parked_(metrics.AddCounter("orderflow_notification_parked_notifications_total",
                                 "Notifications given up; see ListNotifications.")) {
  for (const auto outcome : {SendOutcome::kAccepted, SendOutcome::kTryLater, SendOutcome::kRefused,
                             SendOutcome::kInDoubt, SendOutcome::kNotTried}) {
    tries_[outcome] =
        &metrics.AddCounter("orderflow_notification_tries_total",
                            "Tries to deliver, by how they ended.", {{"outcome", NameOf(outcome)}});
  }
}

void DeliveryTelemetry::OnTried(const Notification& notification, const SendResult& result,
                                const DeliveryUpdate& update) {
  tries_.at(result.outcome)->Increment();
  if (update.state == State::kParked) {
    parked_.Increment();
    telemetry::LogWarning("notification parked",
                          {{"notification_id", notification.notification_id.value()},
                           {"order_id", notification.order_id.value()},
                           {"error", update.last_error}});
  } else if (result.outcome == SendOutcome::kTryLater) {
    telemetry::LogDebug("notification not delivered yet",
                        {{"order_id", notification.order_id.value()}, {"error", result.error}});
  }
}

void DeliveryTelemetry::OnAbandoned(int parked) {
  parked_.Increment(parked);
  telemetry::LogWarning("notifications parked, their sender died during the try",
                        {{"count", std::to_string(parked)}});
}

void DeliveryTelemetry::OnError(const absl::Status& status) {
  telemetry::LogWarning("delivery queue failed, tried again", {{"error", Message(status)}});
}

}  // namespace orderflow::notification
