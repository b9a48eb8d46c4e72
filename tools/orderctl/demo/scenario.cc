#include "tools/orderctl/demo/scenario.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"

namespace orderflow::orderctl {
namespace {

constexpr int kCustomersMax = 10;  // of one run
constexpr int kMixLength = 20;     // the mix repeats after so many orders
constexpr int kRareEvery = 200;    // scenarios that take seconds come once in so many orders
constexpr int kSoldOutQuantity = 10'000;

constexpr std::array<Scenario, 8> kFirstOfMix = {
    Scenario::kApproved,        Scenario::kDeclined,
    Scenario::kOutOfStock,      Scenario::kCancelUnderWay,
    Scenario::kCancelConfirmed, Scenario::kSlow,
    Scenario::kNoAnswer,        Scenario::kFlaky};

bool IsRare(Scenario scenario) {
  return scenario == Scenario::kSlow || scenario == Scenario::kNoAnswer ||
         scenario == Scenario::kFlaky;
}

std::string TokenOf(Scenario scenario) {
  switch (scenario) {
    case Scenario::kDeclined:
      return "tok_decline_insufficient_funds";
    case Scenario::kSlow:
      return "tok_slow";
    case Scenario::kNoAnswer:
      return "tok_timeout";
    case Scenario::kFlaky:
      return "tok_fail_1";
    default:
      return "tok_approve";
  }
}

void AddItem(order::v1::CreateOrderRequest& request, const DemoItem& item, int quantity) {
  order::v1::OrderItem* line = request.add_items();
  line->set_sku(item.sku);
  line->set_quantity(quantity);
}

std::string CustomerOf(const std::string& run, int index) {
  return fmt::format("demo-{}-{}", run, index % kCustomersMax);
}

}  // namespace

const std::vector<DemoItem>& DemoCatalogue() {
  static const std::vector<DemoItem> items = {
      {"DEMO-TEA", "Green tea, 100 g", 690, true},
      {"DEMO-COFFEE", "Coffee beans, 500 g", 1'250, true},
      {"DEMO-MUG", "Mug, white", 990, true},
      {"DEMO-KETTLE", "Kettle, 1.5 l", 4'499, true},
      {"DEMO-SOLD-OUT", "Teapot, sold out", 2'999, false},
  };
  return items;
}

Scenario ScenarioOf(int index) {
  const auto position = static_cast<size_t>(index % kMixLength);
  if (position >= kFirstOfMix.size()) {
    return Scenario::kApproved;
  }
  const Scenario scenario = kFirstOfMix[position];
  return IsRare(scenario) && index % kRareEvery >= kMixLength ? Scenario::kApproved : scenario;
}

order::v1::CreateOrderRequest RequestFor(int index, const std::string& run,
                                         const std::string& request_id) {
  const Scenario scenario = ScenarioOf(index);
  order::v1::CreateOrderRequest request;
  request.set_request_id(request_id);
  request.set_customer_id(CustomerOf(run, index));
  request.set_email(fmt::format("{}@example.com", request.customer_id()));
  request.set_currency_code(kDemoCurrency);
  request.set_payment_method_token(TokenOf(scenario));
  const std::vector<DemoItem>& items = DemoCatalogue();
  const size_t stocked = items.size() - 1;
  AddItem(request, items[static_cast<size_t>(index) % stocked], 1 + index % kDemoQuantityMax);
  if (scenario == Scenario::kOutOfStock) {
    AddItem(request, items.back(), kSoldOutQuantity);
  } else if (index % 2 == 1) {
    AddItem(request, items[static_cast<size_t>(index + 1) % stocked], 1);
  }
  return request;
}

std::vector<std::string> CustomersOf(const std::string& run, int orders) {
  std::vector<std::string> customers;
  for (int index = 0; index < std::min(orders, kCustomersMax); ++index) {
    customers.push_back(CustomerOf(run, index));
  }
  return customers;
}

bool CancelsUnderWay(Scenario scenario) { return scenario == Scenario::kCancelUnderWay; }
bool CancelsConfirmed(Scenario scenario) { return scenario == Scenario::kCancelConfirmed; }

order::v1::OrderState ExpectedState(Scenario scenario) {
  switch (scenario) {
    case Scenario::kDeclined:
    case Scenario::kOutOfStock:
      return order::v1::ORDER_STATE_REJECTED;
    case Scenario::kCancelUnderWay:
    case Scenario::kCancelConfirmed:
      return order::v1::ORDER_STATE_CANCELLED;
    default:
      return order::v1::ORDER_STATE_CONFIRMED;
  }
}

std::string_view NameOf(Scenario scenario) {
  switch (scenario) {
    case Scenario::kApproved:
      return "approved";
    case Scenario::kDeclined:
      return "declined payment";
    case Scenario::kOutOfStock:
      return "out of stock";
    case Scenario::kCancelUnderWay:
      return "cancelled under way";
    case Scenario::kCancelConfirmed:
      return "cancelled after confirmation";
    case Scenario::kSlow:
      return "slow provider";
    case Scenario::kNoAnswer:
      return "provider acts without answering";
    case Scenario::kFlaky:
      return "provider fails once";
  }
  return "";
}

}  // namespace orderflow::orderctl
