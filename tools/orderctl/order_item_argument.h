#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "orderflow/order/v1/order_service.pb.h"

namespace orderflow::orderctl {

// Reads "SKU" (one piece) or "SKU=QUANTITY". kInvalidArgument when the quantity is not a whole
// number; whether it is an allowed one is the server's business.
absl::StatusOr<order::v1::OrderItem> ParseOrderItem(const std::string& text);

}  // namespace orderflow::orderctl
