#pragma once

#include "services/notification/domain/delivery.h"

namespace orderflow::notification {

// Sends a notification over its channel (port). Used by one thread at a time.
class NotificationSender {
 public:
  virtual ~NotificationSender() = default;

  // One try, bounded in time. Says kTryLater or kRefused only when the message cannot have been
  // delivered, and kInDoubt when that is not certain.
  virtual SendResult Send(const Notification& notification) = 0;
};

}  // namespace orderflow::notification
