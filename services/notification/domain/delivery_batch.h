#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/notification/domain/delivery_queue.h"
#include "services/notification/domain/notification_sender.h"

namespace orderflow::notification {

// What is told of deliveries, for metrics and the log. Called from the thread that delivers.
class DeliveryObserver {
 public:
  virtual ~DeliveryObserver() = default;
  virtual void OnTried(const Notification& notification, const SendResult& result,
                       const DeliveryUpdate& update) = 0;
  virtual void OnAbandoned(int parked) = 0;
  virtual void OnError(const absl::Status& status) = 0;
};

struct DeliveryOptions {
  int batch_max = 16;       // claimed at once: few, since a crash parks them
  int per_second_max = 50;  // mails
  Duration poll_interval{std::chrono::seconds(1)};   // looks for due retries so often
  Duration claim_age_max{std::chrono::seconds(30)};  // an older claim is not begun any more
  Duration abandoned_age{std::chrono::minutes(2)};   // an older claim is parked: its sender is dead
  Duration error_delay{std::chrono::milliseconds(500)};  // after the store failed
  DeliveryPolicy policy;
};

// The time that passes while a batch is delivered (port).
class DeliveryTime {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  virtual ~DeliveryTime() = default;
  virtual SteadyTime Now() = 0;
  // Waits until the next mail may go out. False: we are stopping.
  virtual bool WaitForSlot() = 0;
  // Waits before a failed store is tried again, also while we are stopping.
  virtual void WaitAfterError() = 0;
  // In [0, 1): spreads retries.
  virtual double Random01() = 0;
};

struct DeliveryParts {
  DeliveryQueue& queue;
  NotificationSender& sender;
  DeliveryObserver& observer;
  DeliveryTime& time;
};

// Claims a batch, sends it mail by mail, stores how that ended. Returns whether there may be more
// to deliver at once.
//
// At most once: a notification is claimed in the store before it is sent, and a claim whose outcome
// is lost (crash, database gone, connection lost at the wrong moment) is parked, never sent again.
// On stop the mail under way is finished and the rest of the batch is handed back.
bool DeliverBatch(const DeliveryParts& parts, const DeliveryOptions& options);

}  // namespace orderflow::notification
