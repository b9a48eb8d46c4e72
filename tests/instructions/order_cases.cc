#include "libs/base/invariant.h"
#include "services/order/domain/create_order.h"
#include "services/order/grpc/order_mapping.h"
#include "services/order/grpc/order_validation.h"
#include "services/order/persistence/row_codec.h"
#include "tests/instructions/cases.h"
#include "tests/instructions/order.h"

namespace orderflow::instructions {

order::Order AnOrder() {
  return {.order_id = OrderId(kOrder),
          .customer_id = CustomerId("customer-4711"),
          .lines = {{Sku("LOAD-00001"), 2, 1'999},
                    {Sku("LOAD-00042"), 1, 1'999},
                    {Sku("LOAD-00815"), 3, 1'999}},
          .total = {"EUR", 11'994},
          .email = "customer-4711@example.com",
          .payment_method_token = "tok_approve",
          .cancel_request_id = "",
          .history = {{1, order::OrderState::kPending, Timestamp(std::chrono::hours(490'000)),
                       std::nullopt}}};
}

order::Order AConfirmedOrder() {
  order::Order order = AnOrder();
  INVARIANT(order::Advance(order, order::OrderState::kConfirmed, std::nullopt,
                           Timestamp(std::chrono::hours(490'001)))
                .ok(),
            "a new order can be confirmed");
  return order;
}

namespace {

order::v1::CreateOrderRequest ARequest() {
  order::v1::CreateOrderRequest request;
  request.set_request_id(kMessage);
  request.set_customer_id("customer-4711");
  for (const order::OrderLine& line : AnOrder().lines) {
    order::v1::OrderItem& item = *request.add_items();
    item.set_sku(line.sku.value());
    item.set_quantity(line.quantity);
  }
  request.set_payment_method_token("tok_approve");
  request.set_email("customer-4711@example.com");
  request.set_currency_code("EUR");
  return request;
}

std::function<void()> Validate() {
  return [request = ARequest()] { Use(order::ValidateCreateOrder(request).value()); };
}

std::function<void()> Price() {
  order::Quotes quotes;
  for (const order::OrderLine& line : AnOrder().lines) {
    quotes[line.sku] = {"EUR", line.unit_price_minor};
  }
  return [quotes, request = order::ValidateCreateOrder(ARequest()).value()] {
    Use(order::PriceOrder(request, quotes, OrderId(kOrder), Timestamp()).value());
  };
}

std::function<void()> MapToProto() {
  return [order = AConfirmedOrder()] { Use(order::ToProto(order)); };
}

std::function<void()> EncodeRow() {
  return [order = AConfirmedOrder()] {
    Use(order::EncodeLines(order.lines));
    Use(order::EncodeHistory(order.history));
  };
}

std::function<void()> DecodeRow() {
  const order::Order order = AConfirmedOrder();
  return [lines = order::EncodeLines(order.lines), history = order::EncodeHistory(order.history)] {
    Use(order::DecodeLines(lines).value());
    Use(order::DecodeHistory(history).value());
  };
}

}  // namespace

std::vector<Case> OrderCases() {
  return {{"create_order_validate", Validate},
          {"create_order_price", Price},
          {"order_to_proto", MapToProto},
          {"order_row_encode", EncodeRow},
          {"order_row_decode", DecodeRow}};
}

}  // namespace orderflow::instructions
