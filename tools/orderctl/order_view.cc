#include "tools/orderctl/order_view.h"

#include "fmt/format.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/table.h"

namespace orderflow::orderctl {
namespace {

std::string StateName(order::v1::OrderState state) {
  return ShortName(order::v1::OrderState_Name(state), "ORDER_STATE_");
}

std::string Painted(order::v1::OrderState state, const Terminal& terminal) {
  const std::string name = StateName(state);
  return terminal.Paint(ColourOfState(name), name);
}

}  // namespace

std::string OrderText(const order::v1::Order& order, const Terminal& terminal) {
  std::string text = fmt::format("order     {}\ncustomer  {} <{}>\nstate     {} (change {})\n",
                                 order.order_id(), order.customer_id(), order.email(),
                                 Painted(order.state(), terminal), order.sequence());
  if (order.has_refusal()) {
    text += fmt::format("reason    {}\n", RefusalText(order.refusal()));
  }
  text += fmt::format("total     {}\ncreated   {}\nupdated   {}\n", MoneyText(order.total()),
                      TimeText(order.create_time()), TimeText(order.update_time()));
  Table items({"SKU", "QUANTITY", "UNIT PRICE"});
  for (const order::v1::OrderItem& item : order.items()) {
    items.AddRow({item.sku(), std::to_string(item.quantity()), MoneyText(item.unit_price())});
  }
  return text + items.Render(terminal, "no lines");
}

std::string OrdersText(const order::v1::ListOrdersResponse& page, const Terminal& terminal) {
  Table table({"ORDER", "CUSTOMER", "STATE", "TOTAL", "CREATED", "REASON"});
  for (const order::v1::Order& order : page.orders()) {
    table.AddRow({order.order_id(), order.customer_id(), StateName(order.state()),
                  MoneyText(order.total()), TimeText(order.create_time()),
                  RefusalText(order.refusal())});
  }
  return table.Render(terminal, "no orders") + NextPageText(page.next_page_token());
}

std::string StateChangeText(const order::v1::OrderStateChange& change, const Terminal& terminal) {
  return fmt::format("{}  {:>2}  {}{}{}\n", TimeText(change.change_time()), change.sequence(),
                     Painted(change.state(), terminal), change.has_refusal() ? "  " : "",
                     RefusalText(change.refusal()));
}

std::string NextPageText(const std::string& next_page_token) {
  return next_page_token.empty() ? "" : fmt::format("more: --page-token {}\n", next_page_token);
}

}  // namespace orderflow::orderctl
