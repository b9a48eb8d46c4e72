#include "services/order/domain/create_order.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"

namespace orderflow::order {
namespace {

absl::Status TotalTooLarge() {
  return InvalidArgument(
      {{"items",
        fmt::format("the total must not exceed {} minor units of the currency", kAmountMinorMax)}});
}

absl::Status CheckQuotes(const CreateOrder& request, const Quotes& quotes) {
  FieldViolations violations;
  for (size_t i = 0; i < request.lines.size(); ++i) {
    const std::string& sku = request.lines[i].sku.value();
    const auto quote = quotes.find(request.lines[i].sku);
    if (quote == quotes.end()) {
      violations.Add(fmt::format("items[{}].sku", i), fmt::format("unknown SKU {}", sku));
    } else if (quote->second.currency_code != request.currency_code) {
      violations.Add(fmt::format("items[{}].sku", i),
                     fmt::format("SKU {} is priced in {}, the order is in {}", sku,
                                 quote->second.currency_code, request.currency_code));
    }
  }
  return violations.ToStatus();
}

}  // namespace

std::string BodyHash(const CreateOrder& request) {
  std::string body = fmt::format("{}\n{}\n{}\n", request.currency_code, request.email,
                                 request.payment_method_token);
  for (const OrderLine& line : request.lines) {
    body += fmt::format("{} {}\n", line.sku.value(), line.quantity);
  }
  return Sha256Hex(body);
}

absl::StatusOr<Order> PriceOrder(const CreateOrder& request, const Quotes& quotes, OrderId order_id,
                                 Timestamp now) {
  RETURN_IF_ERROR(CheckQuotes(request, quotes));
  Order order{.order_id = std::move(order_id),
              .customer_id = request.key.customer_id,
              .lines = request.lines,
              .total = {request.currency_code, 0},
              .email = request.email,
              .payment_method_token = request.payment_method_token,
              .cancel_request_id = {},
              .history = {{1, OrderState::kPending, now, std::nullopt}}};
  for (OrderLine& line : order.lines) {
    const Money& unit_price = quotes.at(line.sku);
    line.unit_price_minor = unit_price.amount_minor;
    const auto line_total =
        Multiply(unit_price, IsPlanted(PlantedBug::kQuantityNotInTotal) ? 1 : line.quantity);
    const auto sum = line_total.ok() ? Add(order.total, *line_total) : line_total;
    if (!sum.ok() || sum->amount_minor > kAmountMinorMax) {
      return TotalTooLarge();
    }
    order.total = *sum;
  }
  if (order.total.amount_minor <= 0) {
    return InvalidArgument({{"items", "the total must be positive"}});
  }
  return order;
}

absl::Status RequestIdReused(const RequestKey& key) {
  return TypedError(
      absl::StatusCode::kAlreadyExists,
      fmt::format("request_id {} was used before with another body; choose a new request_id",
                  key.request_id.value()),
      "REQUEST_ID_REUSED", {{"request_id", key.request_id.value()}});
}

}  // namespace orderflow::order
