#pragma once

#include <optional>

#include "orderflow/order/v1/order_service.pb.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// Between the domain and the API.
v1::OrderState ToProto(OrderState state);
// Nothing for UNSPECIFIED and for values that this binary does not know.
std::optional<OrderState> FromProto(v1::OrderState state);
v1::Order ToProto(const Order& order);
v1::OrderStateChange ToProto(const OrderId& order_id, const StateChange& change);

}  // namespace orderflow::order
