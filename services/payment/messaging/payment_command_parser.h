#pragma once

#include "absl/status/statusor.h"
#include "libs/messaging/record.h"
#include "services/payment/domain/payment_command.h"

namespace orderflow::payment {

// Reads one record of payment.commands. kInvalidArgument names what is wrong with it: such a record
// can never be applied and belongs into the dead letter queue.
absl::StatusOr<PaymentCommand> ParseCommand(const messaging::Record& record);

}  // namespace orderflow::payment
