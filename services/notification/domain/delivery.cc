#include "services/notification/domain/delivery.h"

#include "fmt/format.h"
#include "libs/base/planted_bug.h"

namespace orderflow::notification {

DeliveryUpdate DecideDelivery(const Notification& claimed, const SendResult& result,
                              const DeliveryPolicy& policy, double random01) {
  DeliveryUpdate update{.notification_id = claimed.notification_id,
                        .claim_id = claimed.claim_id,
                        .state = State::kParked,
                        .attempts = claimed.attempts,
                        .retry_delay = {},
                        .last_error = result.error};
  switch (result.outcome) {
    case SendOutcome::kAccepted:
      update.state = State::kSent;
      break;
    case SendOutcome::kNotTried:
      update.state = State::kPending;
      update.attempts = claimed.attempts - 1;
      update.last_error = claimed.last_error;
      break;
    case SendOutcome::kTryLater:
      if (claimed.attempts < policy.attempts_max) {
        update.state = State::kPending;
        update.retry_delay = BackoffDelay(policy.backoff, claimed.attempts, random01);
      } else {
        update.last_error =
            fmt::format("given up after {} tries; the latest: {}", claimed.attempts, result.error);
      }
      break;
    case SendOutcome::kInDoubt:
      update.state =
          IsPlanted(PlantedBug::kMailInDoubtSentAgain) ? State::kPending : State::kParked;
      update.last_error = fmt::format("may have been delivered, not sent again: {}", result.error);
      break;
    case SendOutcome::kRefused:
      break;
  }
  return update;
}

}  // namespace orderflow::notification
