#pragma once

#include <string>

#include "absl/status/status.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "tools/orderctl/demo/scenario.h"

namespace orderflow::orderctl {

// What became of one order of the demo.
struct DemoOrder {
  int index = 0;
  Scenario scenario = Scenario::kApproved;
  std::string order_id;                                              // empty: never acknowledged
  order::v1::OrderState state = order::v1::ORDER_STATE_UNSPECIFIED;  // as last seen
  common::v1::Refusal::Reason reason = common::v1::Refusal::REASON_UNSPECIFIED;
  bool cancel_accepted = false;
  bool at_rest = false;     // ended, as far as this scenario goes
  int retries = 0;          // calls sent again with the same request id
  absl::Status error;       // why placing or cancelling it failed for good, or until the deadline
  absl::Status look_error;  // of the latest look at it
};

}  // namespace orderflow::orderctl
