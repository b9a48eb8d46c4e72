#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "libs/messaging/record.h"
#include "services/notification/domain/order_outcome.h"

namespace orderflow::notification {

// A record of order.events as the domain sees it; nothing when its customer need not be told of it.
// kInvalidArgument: the record is no well-formed event, and never will be.
absl::StatusOr<std::optional<OrderOutcome>> DecodeEvent(const messaging::Record& record);

}  // namespace orderflow::notification
