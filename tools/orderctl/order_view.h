#pragma once

#include <string>

#include "orderflow/order/v1/order_service.pb.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// Orders as people read them.
std::string OrderText(const order::v1::Order& order, const Terminal& terminal);
std::string OrdersText(const order::v1::ListOrdersResponse& page, const Terminal& terminal);
std::string StateChangeText(const order::v1::OrderStateChange& change, const Terminal& terminal);

// What a table ends with when there is more; empty on the last page.
std::string NextPageText(const std::string& next_page_token);

}  // namespace orderflow::orderctl
