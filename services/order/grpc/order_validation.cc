#include "services/order/grpc/order_validation.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "services/order/grpc/order_mapping.h"

namespace orderflow::order {
namespace {

constexpr char kUuidRule[] = "must be a UUID such as 018f6a9e-7c1b-7d3e-9a5f-0123456789ab";

std::vector<OrderLine> CheckItems(const v1::CreateOrderRequest& request,
                                  FieldViolations& violations) {
  std::vector<OrderLine> lines;
  violations.Check(request.items_size() >= 1 && request.items_size() <= kItemsMax, "items",
                   fmt::format("must have 1 to {} lines", kItemsMax));
  std::set<std::string> seen;
  const int checked = std::min(request.items_size(), kItemsMax);
  for (int i = 0; i < checked; ++i) {
    const v1::OrderItem& item = request.items(i);
    if (violations.Check(IsName(item.sku()), fmt::format("items[{}].sku", i), kNameRule)) {
      violations.Check(seen.insert(item.sku()).second, fmt::format("items[{}].sku", i),
                       "is named by an earlier line; add the quantities up");
    }
    violations.Check(item.quantity() >= 1 && item.quantity() <= kQuantityMax,
                     fmt::format("items[{}].quantity", i),
                     fmt::format("must be 1 to {}", kQuantityMax));
    lines.push_back({Sku(item.sku()), item.quantity(), 0});
  }
  return lines;
}

}  // namespace

absl::StatusOr<CreateOrder> ValidateCreateOrder(const v1::CreateOrderRequest& request) {
  FieldViolations violations;
  violations.Check(IsUuid(request.request_id()), "request_id", kUuidRule);
  violations.Check(IsName(request.customer_id()), "customer_id", kNameRule);
  std::vector<OrderLine> lines = CheckItems(request, violations);
  const std::string& token = request.payment_method_token();
  violations.Check(!token.empty() && IsText(token, kTokenSizeMax), "payment_method_token",
                   fmt::format("must be 1 to {} printable characters", kTokenSizeMax));
  violations.Check(!LooksLikeCardNumber(token), "payment_method_token",
                   "looks like a card number; send the payment provider's token instead");
  violations.Check(IsEmail(request.email()), "email", kEmailRule);
  violations.Check(IsKnownCurrency(request.currency_code()), "currency_code",
                   "must be an ISO 4217 code in upper case, such as EUR");
  RETURN_IF_ERROR(violations.ToStatus());
  CreateOrder create{
      .key = {CustomerId(request.customer_id()), RequestId(LowerCaseUuid(request.request_id()))},
      .lines = std::move(lines),
      .payment_method_token = token,
      .email = request.email(),
      .currency_code = request.currency_code(),
      .body_hash = {},
      .traceparent = {},
      .deadline = {}};
  create.body_hash = BodyHash(create);
  return create;
}

absl::StatusOr<CancelOrder> ValidateCancelOrder(const v1::CancelOrderRequest& request) {
  FieldViolations violations;
  violations.Check(IsUuid(request.order_id()), "order_id", kUuidRule);
  violations.Check(IsUuid(request.request_id()), "request_id", kUuidRule);
  violations.Check(IsText(request.reason(), kReasonSizeMax), "reason",
                   fmt::format("must be at most {} printable characters", kReasonSizeMax));
  violations.Check(!LooksLikeCardNumber(request.reason()), "reason", "must not hold a card number");
  RETURN_IF_ERROR(violations.ToStatus());
  return CancelOrder{OrderId(LowerCaseUuid(request.order_id())),
                     RequestId(LowerCaseUuid(request.request_id())), request.reason()};
}

absl::StatusOr<OrderId> ValidateOrderId(const std::string& order_id) {
  FieldViolations violations;
  violations.Check(IsUuid(order_id), "order_id", kUuidRule);
  RETURN_IF_ERROR(violations.ToStatus());
  return OrderId(LowerCaseUuid(order_id));
}

absl::StatusOr<OrderFilter> ValidateListOrders(const v1::ListOrdersRequest& request) {
  FieldViolations violations;
  OrderFilter filter;
  if (!request.customer_id().empty()) {
    violations.Check(IsName(request.customer_id()), "customer_id", kNameRule);
    filter.customer_id = CustomerId(request.customer_id());
  }
  filter.state = FromProto(request.state());
  violations.Check(filter.state || request.state() == v1::ORDER_STATE_UNSPECIFIED, "state",
                   "is not a state of this version of the API");
  filter.limit = rpc::PageSize(request.page_size(), violations);
  filter.before =
      OrderId(rpc::DecodeUuidPageToken(request.page_token(), FilterKey(request), violations));
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

std::string FilterKey(const v1::ListOrdersRequest& request) {
  return fmt::format("{} {}", request.customer_id(), static_cast<int>(request.state()));
}

}  // namespace orderflow::order
