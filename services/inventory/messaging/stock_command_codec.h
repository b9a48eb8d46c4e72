#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/messaging/record.h"
#include "libs/outbox/outbox_message.h"
#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/inventory/domain/stock_command.h"

namespace orderflow::inventory {

// A record of inventory.commands as the domain sees it, and what its reply has to bring back.
struct ReceivedCommand {
  StockCommand command;
  order::v1::SagaStepRef step;
  std::string traceparent;  // of its handling; may be empty or malformed
};

// kInvalidArgument: the record is no well-formed command, and never will be.
absl::StatusOr<ReceivedCommand> DecodeCommand(const messaging::Record& record);

// The reply to `received`, for the outbox; caused by its handling.
outbox::OutboxMessage EncodeReply(const ReceivedCommand& received, const Answer& answer,
                                  std::string message_id);

}  // namespace orderflow::inventory
