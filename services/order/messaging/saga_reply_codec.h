#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/base/strong_id.h"
#include "libs/messaging/record.h"
#include "libs/saga/engine.h"

namespace orderflow::order {

// A record of order.replies as the saga engine sees it.
struct ReceivedReply {
  OrderId order_id;
  SagaId saga_id;
  saga::ReplyReceived event;
  std::string traceparent;  // of its handling; may be empty or malformed
};

// kInvalidArgument: the record is no well-formed SagaReply, and never will be.
absl::StatusOr<ReceivedReply> DecodeReply(const messaging::Record& record);

}  // namespace orderflow::order
