#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/transaction.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::order {

// The append-only record of what persons did about dead letters.

// Those on these very records: what stood at their places in queues of before does not count.
absl::StatusOr<std::map<DeadLetterId, DeadLetterAction>> FindDeadLetterActions(
    postgres::Transaction& transaction, std::span<const DeadLetter> letters);

// kAborted when one of them has been settled since it was looked up: the transaction runs again.
absl::Status InsertDeadLetterActions(postgres::Transaction& transaction,
                                     std::span<const DeadLetterAction> actions);

// By topic.
absl::StatusOr<std::map<std::string, int64_t>> CountDeadLetterActions(
    postgres::Transaction& transaction);

// Newest first.
absl::StatusOr<std::vector<DeadLetterAction>> ListDeadLetterActions(
    postgres::Transaction& transaction, const DeadLetterActionFilter& filter);

}  // namespace orderflow::order
