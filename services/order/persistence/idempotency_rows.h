#pragma once

#include <map>
#include <set>
#include <span>

#include "absl/status/statusor.h"
#include "libs/postgres/transaction.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

// The table idempotency_keys, many keys at a time.

// The stored answers of those keys that have one, counted as replays.
absl::StatusOr<std::map<RequestKey, StoredAnswer>> ReplayAnswers(postgres::Transaction& transaction,
                                                                 std::span<const RequestKey> keys);

// Claims each decision's key; returns the keys that were free. A key that another transaction is
// claiming at this moment is waited for (at most lock_timeout).
absl::StatusOr<std::set<RequestKey>> ClaimKeys(postgres::Transaction& transaction,
                                               std::span<const Decision> decisions);

}  // namespace orderflow::order
