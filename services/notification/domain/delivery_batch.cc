#include "services/notification/domain/delivery_batch.h"

#include <algorithm>
#include <vector>

#include "libs/base/crash_point.h"
#include "libs/base/planted_bug.h"

namespace orderflow::notification {
namespace {

// Tries to store the outcomes of one batch. Out of tries they stay SENDING and are parked later as
// possibly delivered: better than never claiming anything else.
constexpr int kRecordAttemptsMax = 20;

SendResult Try(const Notification& notification, DeliveryTime::SteadyTime claimed_at,
               const DeliveryParts& parts, const DeliveryOptions& options) {
  if (!parts.time.WaitForSlot()) {
    return {SendOutcome::kNotTried, ""};
  }
  // Also after a pause of the whole process: others may have parked the claim meanwhile.
  if (parts.time.Now() - claimed_at > options.claim_age_max) {
    return {SendOutcome::kNotTried, ""};
  }
  return parts.sender.Send(notification);
}

// These outcomes exist nowhere else.
void Record(const std::vector<DeliveryUpdate>& updates, const DeliveryParts& parts) {
  const int attempts_max = IsPlanted(PlantedBug::kMailOutcomeForgotten) ? 1 : kRecordAttemptsMax;
  for (int attempt = 1; attempt <= attempts_max; ++attempt) {
    const absl::Status recorded = parts.queue.Record(updates);
    if (recorded.ok()) {
      CRASH_POINT("notification.after_record");
      return;
    }
    parts.observer.OnError(recorded);
    if (attempt < attempts_max) {
      parts.time.WaitAfterError();
    }
  }
}

}  // namespace

bool DeliverBatch(const DeliveryParts& parts, const DeliveryOptions& options) {
  // Never more than a second's worth, so that claims do not wait for their slot.
  const int batch_max = std::min(options.batch_max, options.per_second_max);
  const absl::StatusOr<std::vector<Notification>> claimed = parts.queue.Claim(batch_max);
  if (!claimed.ok()) {
    parts.observer.OnError(claimed.status());
    return false;
  }
  const DeliveryTime::SteadyTime claimed_at = parts.time.Now();
  std::vector<DeliveryUpdate> updates;
  updates.reserve(claimed->size());
  for (const Notification& notification : *claimed) {
    CRASH_POINT("notification.after_claim");
    const SendResult result = Try(notification, claimed_at, parts, options);
    CRASH_POINT("notification.after_mail");
    updates.push_back(DecideDelivery(notification, result, options.policy, parts.time.Random01()));
    parts.observer.OnTried(notification, result, updates.back());
  }
  if (!updates.empty()) {
    Record(updates, parts);
  }
  return static_cast<int>(claimed->size()) == batch_max;
}

}  // namespace orderflow::notification
