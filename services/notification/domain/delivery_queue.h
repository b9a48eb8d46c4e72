#pragma once

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/notification/domain/delivery.h"

namespace orderflow::notification {

// Notifications that wait for delivery (port). Times are the store's own clock. Threadsafe; senders
// of several processes may share it. Errors: kUnavailable, kUnknown (tried again later).
class DeliveryQueue {
 public:
  virtual ~DeliveryQueue() = default;

  // Claims up to `batch_max` due notifications, oldest first: they are SENDING, with one more try
  // counted, before this returns. Nobody else gets them.
  virtual absl::StatusOr<std::vector<Notification>> Claim(int batch_max) = 0;

  // Stores how tries ended. Idempotent.
  virtual absl::Status Record(std::span<const DeliveryUpdate> updates) = 0;

  // Parks up to `batch_max` notifications that have been SENDING for longer than `age`: their
  // sender died, and whether it had delivered them is not known. Returns how many.
  virtual absl::StatusOr<int> ParkAbandoned(Duration age, int batch_max) = 0;
};

}  // namespace orderflow::notification
