#pragma once

#include <memory>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace grpc {
class Channel;
}

namespace orderflow::orderctl {

// Makes sure that every item of the demo exists and that `orders` orders find enough stock: creates
// what is missing and adds the pieces that are lacking. Safe to run again.
absl::Status StockDemoCatalogue(const std::shared_ptr<grpc::Channel>& inventory, int orders,
                                Duration call_timeout);

}  // namespace orderflow::orderctl
