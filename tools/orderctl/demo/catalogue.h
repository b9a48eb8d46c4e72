#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace orderflow::orderctl {

// Makes sure that every item of the demo exists and that `orders` orders find enough stock: creates
// what is missing and adds the pieces that are lacking. Safe to run again.
absl::Status StockDemoCatalogue(const std::string& inventory_address, int orders,
                                Duration call_timeout);

}  // namespace orderflow::orderctl
