#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"

namespace orderflow::orderctl {

// Calls `on_change` for every state change after `after_sequence`, in order and without gaps, until
// the order is at rest. Resumes a stream that breaks (UNAVAILABLE, RESOURCE_EXHAUSTED) with
// backoff. kDeadlineExceeded: not at rest within `timeout`. kInternal: the server left a gap.
absl::Status FollowOrder(order::v1::OrderService::StubInterface& stub, const std::string& order_id,
                         int64_t after_sequence, Duration timeout,
                         const std::function<void(const order::v1::OrderStateChange&)>& on_change);

}  // namespace orderflow::orderctl
