#pragma once

#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "tools/orderctl/demo/demo_order.h"
#include "tools/orderctl/demo/order_api.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// What a run of the demo adds up to.
struct DemoSummary {
  int orders = 0;        // meant to be placed
  int accepted = 0;      // acknowledged
  int not_accepted = 0;  // refused, or unanswered until the deadline
  int confirmed = 0;
  int rejected = 0;
  int cancelled = 0;
  int not_at_rest = 0;  // acknowledged and still open when the time was up
  int retries = 0;
  int listed =
      -1;  // orders that the service lists for this run's customers; -1: could not be asked
  int missing = 0;  // acknowledged and not listed
  Duration elapsed{0};
  std::vector<std::string> unexpected;  // orders that ended otherwise than meant, one line each

  // True when every order was acknowledged and ended as it was meant to, and
  // accepted = confirmed + rejected + cancelled = listed.
  bool Reconciles() const;
};

DemoSummary Summarize(const std::vector<DemoOrder>& orders, Duration elapsed);

// Fills `listed` and `missing` by asking the service for every order of the customers.
void CountListed(OrderApi& api, const std::vector<std::string>& customers,
                 const std::vector<DemoOrder>& orders, DemoSummary& summary);

std::string SummaryText(const DemoSummary& summary, const Terminal& terminal);
std::string SummaryJson(const DemoSummary& summary);

}  // namespace orderflow::orderctl
