#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/postgres/transaction.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// Orders whose saga is due by the database's clock and of a definition that this binary has,
// longest due first, of at most `limit` rows. A reply leaves a row's next_action_time where it was
// when its steps now act later, and a row may have one though a person holds the saga: such rows
// are set right and not returned. `more`: there may be further rows.
struct DueOrders {
  std::vector<OrderId> order_ids;
  bool more = false;
};
absl::StatusOr<DueOrders> FindDueOrders(postgres::Transaction& transaction, int limit);

// Moves the next action of an order's sagas to `delay` from now: for a saga that cannot be acted
// on, so that it does not stand in the way of others. Compares nothing, because nothing was
// decided, but raises the version: whoever has decided on what was there before starts over.
absl::Status PostponeSagas(postgres::Transaction& transaction, const OrderId& order_id,
                           Duration delay);

}  // namespace orderflow::order
