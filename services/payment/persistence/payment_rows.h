#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/payment/domain/payment.h"

namespace orderflow::postgres {
class Rows;
}

namespace orderflow::payment {

// The columns that ReadPayments understands, in its order: of payments p. A macro, so that
// statements stay constants.
#define ORDERFLOW_PAYMENT_COLUMNS                                                           \
  "p.order_id, p.customer_id, p.currency_code, p.amount_minor, p.state, "                   \
  "p.payment_method_token, p.decline_code, p.void_requested, p.void_saga_id, p.void_step, " \
  "p.void_compensation, p.void_attempt, p.void_traceparent, p.version, p.create_time, "     \
  "p.update_time, p.operations"

// One payment of each row, in the rows' order. kInternal: a state or kind that this binary does not
// know.
absl::StatusOr<std::vector<Payment>> ReadPayments(const postgres::Rows& rows);

}  // namespace orderflow::payment
