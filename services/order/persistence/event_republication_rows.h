#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/transaction.h"
#include "services/order/domain/order.h"
#include "services/order/sagas/event_republisher.h"

namespace orderflow::order {

// Table event_republications, and the orders whose events are to be sent again. Errors as in
// libs/postgres/errors.h.

// What was done for this request at this place. Two transactions of one database wait for each
// other from here on, so that none sends a part twice.
absl::StatusOr<std::optional<EventRepublication>> FindRepublication(
    postgres::Transaction& transaction, const RepublicationRequest& request);

struct ChangedOrder {
  Order order;
  bool refunded = false;    // its money was returned, if it is CANCELLED
  std::string traceparent;  // of the saga that worked last for it
};
struct ChangedOrders {
  std::vector<ChangedOrder> orders;  // that may have changed in the interval, by id
  OrderId last;                      // the last that was looked at; empty: there are no more
};
struct RepublicationLimits {
  int orders_max = 500;          // whose events one transaction sends
  int64_t scanned_max = 20'000;  // that one transaction looks at
};
// A bounded part of the orders, by their key: there is no index by the time of change, which every
// change would have to pay for.
absl::StatusOr<ChangedOrders> ReadChangedOrders(postgres::Transaction& transaction,
                                                const RepublicationRequest& request,
                                                const RepublicationLimits& limits);

// Returns it with its time.
absl::StatusOr<EventRepublication> InsertRepublication(postgres::Transaction& transaction,
                                                       const EventRepublication& republication);

absl::StatusOr<std::vector<EventRepublication>> ListRepublications(
    postgres::Transaction& transaction, const std::string& before, int limit);

}  // namespace orderflow::order
