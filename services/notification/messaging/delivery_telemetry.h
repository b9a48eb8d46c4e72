#pragma once

#include <map>

#include "services/notification/domain/delivery_runner.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::notification {

// Metrics and log lines of deliveries. Never logs addresses or texts.
class DeliveryTelemetry final : public DeliveryObserver {
 public:
  explicit DeliveryTelemetry(telemetry::Metrics& metrics);

  void OnTried(const Notification& notification, const SendResult& result,
               const DeliveryUpdate& update) override;
  void OnAbandoned(int parked) override;
  void OnError(const absl::Status& status) override;

 private:
  std::map<SendOutcome, telemetry::Counter*> tries_;  // constant after construction
  telemetry::Counter& parked_;
};

}  // namespace orderflow::notification
