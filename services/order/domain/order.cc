#include "services/order/domain/order.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/invariant.h"

namespace orderflow::order {

absl::Status Advance(Order& order, OrderState to, std::optional<Refusal> refusal, Timestamp now) {
  if (!CanAdvance(order.state(), to)) {
    return TypedError(absl::StatusCode::kFailedPrecondition,
                      fmt::format("order {} is {} and cannot become {}", order.order_id.value(),
                                  ToString(order.state()), ToString(to)),
                      "ILLEGAL_STATE_TRANSITION",
                      {{"state", std::string(ToString(order.state()))}});
  }
  INVARIANT(order.history.size() < kStateChangesMax, "no path through the states is longer");
  order.history.push_back({order.sequence() + 1, to, now, std::move(refusal)});
  if (IsAtRest(to)) {
    order.payment_method_token.clear();
  }
  return absl::OkStatus();
}

}  // namespace orderflow::order
