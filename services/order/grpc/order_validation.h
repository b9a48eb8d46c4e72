#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "services/order/domain/create_order.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

inline constexpr int kItemsMax = 100;          // lines of one order
inline constexpr int kQuantityMax = 10000;     // pieces of one line
inline constexpr size_t kTokenSizeMax = 128;   // bytes of a payment method token
inline constexpr size_t kReasonSizeMax = 500;  // bytes of a cancel reason

// Each check answers kInvalidArgument with every violated field. `deadline` and `traceparent` are
// left to the caller.
absl::StatusOr<CreateOrder> ValidateCreateOrder(const v1::CreateOrderRequest& request);

struct CancelOrder {
  OrderId order_id;
  RequestId request_id;
  std::string reason;
};
absl::StatusOr<CancelOrder> ValidateCancelOrder(const v1::CancelOrderRequest& request);

absl::StatusOr<OrderId> ValidateOrderId(const std::string& order_id);

absl::StatusOr<OrderFilter> ValidateListOrders(const v1::ListOrdersRequest& request);
// The part of a list request that a page token belongs to.
std::string FilterKey(const v1::ListOrdersRequest& request);

}  // namespace orderflow::order
