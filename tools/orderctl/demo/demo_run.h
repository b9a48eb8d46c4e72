#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "tools/orderctl/demo/demo_order.h"
#include "tools/orderctl/demo/order_api.h"

namespace orderflow::orderctl {

struct DemoOptions {
  int orders = 100;
  int concurrency = 32;                         // orders being placed at the same time
  std::string run;                              // part of the customer ids
  Duration timeout{std::chrono::seconds(120)};  // for the whole run
  Duration progress_interval{std::chrono::milliseconds(200)};
};

struct DemoProgress {
  int placed = 0;     // acknowledged, or given up
  int confirmed = 0;  // at rest, by state
  int rejected = 0;
  int cancelled = 0;
  int open = 0;  // acknowledged and not at rest
};

// Places the orders of the demo, cancels those that are meant to be, and asks for each until it is
// at rest or the time is up. Calls that may have failed half-way (UNAVAILABLE, DEADLINE_EXCEEDED,
// RESOURCE_EXHAUSTED, ABORTED, UNKNOWN) are repeated with the same request id and backoff, so a
// service may be killed and restarted meanwhile. Blocks; `on_progress` is called on this thread.
std::vector<DemoOrder> RunDemo(OrderApi& api, const DemoOptions& options,
                               const std::function<void(const DemoProgress&)>& on_progress);

}  // namespace orderflow::orderctl
