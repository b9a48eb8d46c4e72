#pragma once

#include "services/order/domain/order.h"

namespace orderflow::instructions {

// A new order of three lines.
order::Order AnOrder();
// The same once it is confirmed.
order::Order AConfirmedOrder();

}  // namespace orderflow::instructions
