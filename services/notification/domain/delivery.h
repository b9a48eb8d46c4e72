#pragma once

#include <string>

#include "libs/base/backoff.h"
#include "libs/base/clock.h"
#include "services/notification/domain/notification.h"

namespace orderflow::notification {

// How one try to send ended.
enum class SendOutcome {
  kAccepted,  // the server took responsibility
  kTryLater,  // definitely not delivered; may work later
  kRefused,   // definitely not delivered, and never will be
  kInDoubt,   // the server may or may not have taken it
  kNotTried,  // nothing was begun (we are stopping, or too late)
};

struct SendResult {
  SendOutcome outcome = SendOutcome::kAccepted;
  std::string error;  // what was tried and what went wrong; empty for kAccepted and kNotTried
};

struct DeliveryPolicy {
  int attempts_max = 10;
  BackoffPolicy backoff{.initial = std::chrono::seconds(2), .max = std::chrono::minutes(10)};
};

// The end of one try, to be stored. Applies only while the notification is still SENDING under this
// claim: whatever changed it meanwhile wins.
struct DeliveryUpdate {
  NotificationId notification_id;
  std::string claim_id;
  State state = State::kSent;
  int attempts = 0;        // as stored from now on: a try that was not begun does not count
  Duration retry_delay{};  // for kPending
  std::string last_error;
};

// What becomes of a claimed notification. Never sent twice: a doubtful try parks it. `random01` in
// [0, 1) spreads retries. Pure.
DeliveryUpdate DecideDelivery(const Notification& claimed, const SendResult& result,
                              const DeliveryPolicy& policy, double random01);

}  // namespace orderflow::notification
