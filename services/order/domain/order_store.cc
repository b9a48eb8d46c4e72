#include "services/order/domain/order_store.h"

#include "fmt/format.h"
#include "libs/base/errors.h"

namespace orderflow::order {

absl::Status OrderNotFound(const OrderId& order_id) {
  return TypedError(absl::StatusCode::kNotFound,
                    fmt::format("order {} does not exist", order_id.value()), "ORDER_NOT_FOUND",
                    {{"order_id", order_id.value()}});
}

}  // namespace orderflow::order
