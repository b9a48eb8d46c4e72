#include "services/order/domain/order_store.h"

#include "fmt/format.h"
#include "libs/base/errors.h"

namespace orderflow::order {

absl::Status OrderNotFound(const OrderId& order_id) {
  return TypedError(absl::StatusCode::kNotFound,
                    fmt::format("order {} does not exist", order_id.value()), "ORDER_NOT_FOUND",
                    {{"order_id", order_id.value()}});
}

absl::Status PricesUnavailable() {
  return TypedError(absl::StatusCode::kUnavailable,
                    "prices could not be quoted by inventory; nothing was stored, try again with "
                    "the same request_id",
                    "PRICES_UNAVAILABLE");
}

}  // namespace orderflow::order
