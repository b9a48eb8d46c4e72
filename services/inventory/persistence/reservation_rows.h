#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/params.h"
#include "libs/postgres/rows.h"
#include "services/inventory/domain/reservation.h"

namespace orderflow::inventory {

// Reservations as rows and back. Arrays travel as comma separated text (a SKU has no comma), since
// unnest() would flatten arrays of arrays.

// What ReadReservations expects to be selected, in this order.
#define ORDERFLOW_RESERVATION_COLUMNS                                \
  "order_id, saga_id, state, array_to_string(skus, ','), "           \
  "array_to_string(quantities, ','), COALESCE(refusal_reason, ''), " \
  "array_to_string(refusal_skus, ','), version"

// kInternal: a row is not as Save writes it.
absl::StatusOr<std::map<OrderId, Reservation>> ReadReservations(const postgres::Rows& rows);

// One array parameter per column of ORDERFLOW_RESERVATION_COLUMNS but the version.
postgres::Params NewReservationParams(std::span<const Reservation> reservations);

// Array parameters of what changes: order_id, state, and the version that the row must have.
postgres::Params ReservationStateParams(std::span<const Reservation> reservations);

}  // namespace orderflow::inventory
