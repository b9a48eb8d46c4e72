#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orderflow/order/v1/order_service.pb.h"

namespace orderflow::orderctl {

// What one order of the demo is meant to show.
enum class Scenario {
  kApproved,         // paid and confirmed
  kDeclined,         // the provider declines: REJECTED
  kOutOfStock,       // nobody has that much: REJECTED
  kCancelUnderWay,   // cancelled right after it was placed: CANCELLED
  kCancelConfirmed,  // cancelled after it was confirmed: refunded, CANCELLED
  kSlow,             // the provider takes its time: CONFIRMED in the end
  kNoAnswer,         // the provider acts and does not answer: found out by key, CONFIRMED
  kFlaky,            // the provider fails once before it acts: CONFIRMED
};

// One item of the demo's catalogue.
struct DemoItem {
  const char* sku;
  const char* name;
  int64_t price_minor;
  bool stocked;
};

inline constexpr char kDemoCurrency[] = "EUR";
inline constexpr int kDemoQuantityMax = 3;  // most pieces of a stocked SKU in one order

const std::vector<DemoItem>& DemoCatalogue();

// The scenario of order number `index` (from 0). The same index always gets the same one; the first
// eight show one of each.
Scenario ScenarioOf(int index);

// The request that plays a scenario. `run` makes customer ids of this run distinct from others'.
order::v1::CreateOrderRequest RequestFor(int index, const std::string& run,
                                         const std::string& request_id);

// The customers of a run, in no particular order.
std::vector<std::string> CustomersOf(const std::string& run, int orders);

bool CancelsUnderWay(Scenario scenario);
bool CancelsConfirmed(Scenario scenario);

// The state that the scenario ends in.
order::v1::OrderState ExpectedState(Scenario scenario);

// For people: "declined payment".
std::string_view NameOf(Scenario scenario);

}  // namespace orderflow::orderctl
