#pragma once

#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/uuid.h"
#include "libs/messaging/record.h"
#include "services/notification/domain/order_outcome.h"

namespace orderflow::notification {

// A record of order.events as the domain sees it; nothing when its customer need not be told of it.
// kInvalidArgument: the record is no well-formed event, and never will be.
absl::StatusOr<std::optional<OrderOutcome>> DecodeEvent(const messaging::Record& record);

// What customers are told of a batch of events; the same event again makes the same notification
// under another id. Errors as of DecodeEvent.
absl::StatusOr<std::vector<Notification>> NotificationsOf(
    std::span<const messaging::Record> records, IdGenerator& ids);

}  // namespace orderflow::notification
