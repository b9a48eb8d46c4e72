#pragma once

#include <span>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/outbox/outbox_message.h"
#include "services/payment/domain/payment_command.h"

namespace orderflow::payment {

// The outbox messages (topic order.replies, keyed by order id) that carry `replies`.
std::vector<outbox::OutboxMessage> ToOutboxMessages(std::span<const StepReply> replies,
                                                    IdGenerator& ids);

}  // namespace orderflow::payment
