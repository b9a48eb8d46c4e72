#include "tests/simulation/invariants.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "libs/messaging/headers.h"

namespace orderflow::simulation {
namespace {

using inventory::ReservationState;
using order::OrderState;
using payment_provider_simulator::HoldState;

struct Money {
  int64_t captured = 0;
  int64_t refunded = 0;
};

class Checker {
 public:
  explicit Checker(Environment& environment) : environment_(environment) {}

  void Require(bool holds, const OrderId& order_id, std::string_view what) {
    if (!holds) {
      environment_.Violate(fmt::format("order {}: {}", order_id.value(), what));
    }
  }
  Environment& environment() { return environment_; }

 private:
  Environment& environment_;
};

// What the other services and the provider have of an order; null: nothing.
struct Counterparts {
  const inventory::Reservation* reservation = nullptr;
  std::span<const payment_provider_simulator::Hold> holds{};
  Money ledger;

  bool IsStock(ReservationState state) const {
    return reservation != nullptr && reservation->state == state;
  }
  int64_t Holds(HoldState state) const {
    return std::count_if(holds.begin(), holds.end(),
                         [state](const auto& hold) { return hold.state == state; });
  }
};

Counterparts CounterpartsOf(const OrderId& id, const InventoryNode& inventory,
                            const ProviderNode& provider, const Money& ledger) {
  const auto reservation = inventory.reservations().find(id);
  const auto holds = provider.holds().find(id.value());
  Counterparts has{
      .reservation = reservation == inventory.reservations().end() ? nullptr : &reservation->second,
      .ledger = ledger};
  if (holds != provider.holds().end()) {
    has.holds = holds->second;
  }
  return has;
}

bool IsFor(const inventory::Reservation& reservation, const order::Order& order) {
  std::map<Sku, int64_t> wanted;
  for (const order::OrderLine& line : order.lines) {
    wanted[line.sku] += line.quantity;
  }
  for (const inventory::StockLine& line : reservation.lines) {
    wanted[line.sku] -= line.quantity;
  }
  return std::all_of(wanted.begin(), wanted.end(),
                     [](const auto& entry) { return entry.second == 0; });
}

std::map<OrderId, Money> LedgerByOrder(const PaymentNode& payments) {
  std::map<OrderId, Money> ledger;
  for (const payment::LedgerTransfer& transfer : payments.ledger()) {
    Money& money = ledger[transfer.order_id];
    (transfer.kind == payment::OperationKind::kCapture ? money.captured : money.refunded) +=
        transfer.amount.amount_minor;
  }
  return ledger;
}

// What a customer paid and what is reserved, for an order at rest.
void CheckOrder(const order::Order& order, const Counterparts& has, Checker& checker) {
  const OrderId& id = order.order_id;
  const int64_t total = order.total.amount_minor;
  const Money& ledger = has.ledger;
  const bool holds_stock =
      has.IsStock(ReservationState::kReserved) || has.IsStock(ReservationState::kCommitted);
  const bool has_money = has.Holds(HoldState::kHeld) + has.Holds(HoldState::kCaptured) > 0;
  checker.Require(!holds_stock || IsFor(*has.reservation, order), id,
                  "what is reserved is not what was ordered");
  checker.Require(std::all_of(has.holds.begin(), has.holds.end(),
                              [&](const auto& hold) { return hold.amount == order.total; }),
                  id, "the provider's hold is not over the order's total");
  switch (order.state()) {
    case OrderState::kConfirmed:
      checker.Require(has.IsStock(ReservationState::kCommitted), id,
                      "CONFIRMED without committed stock");
      checker.Require(has.Holds(HoldState::kCaptured) == 1, id,
                      "CONFIRMED, and the provider has not captured once");
      checker.Require(has.Holds(HoldState::kHeld) == 0, id,
                      "CONFIRMED and the provider still holds money");
      checker.Require(ledger.captured == total && ledger.refunded == 0, id,
                      "CONFIRMED, and the ledger does not hold its total once");
      break;
    case OrderState::kRejected:
      checker.Require(!holds_stock, id, "REJECTED and still holds stock");
      checker.Require(!has_money, id, "REJECTED and the provider still holds money");
      checker.Require(ledger.captured == 0 && ledger.refunded == 0, id,
                      "REJECTED and in the ledger");
      break;
    case OrderState::kCancelled:
      checker.Require(!holds_stock, id, "CANCELLED and still holds stock");
      checker.Require(!has_money, id, "CANCELLED and the provider still holds money");
      checker.Require(
          ledger.captured == ledger.refunded && (ledger.captured == 0 || ledger.captured == total),
          id, "CANCELLED and the ledger does not balance");
      checker.Require((has.Holds(HoldState::kRefunded) == 1) == (ledger.refunded == total), id,
                      "CANCELLED, and ledger and provider differ about the refund");
      break;
    case OrderState::kPending:
    case OrderState::kCancelling:
      checker.Require(false, id, "not at rest");
  }
}

void CheckStock(const InventoryNode& inventory, Checker& checker) {
  std::map<Sku, int64_t> committed;
  std::map<Sku, int64_t> reserved;
  for (const auto& [id, reservation] : inventory.reservations()) {
    for (const inventory::StockLine& line : reservation.lines) {
      if (reservation.state == ReservationState::kCommitted) {
        committed[line.sku] += line.quantity;
      } else if (reservation.state == ReservationState::kReserved) {
        reserved[line.sku] += line.quantity;
      }
    }
  }
  for (const auto& [sku, stock] : inventory.stock()) {
    if (stock.on_hand != inventory.delivered().at(sku) - committed[sku] ||
        stock.reserved != reserved[sku] || stock.on_hand < stock.reserved) {
      checker.environment().Violate(fmt::format(
          "{}: on hand {} of {}, reserved {}, but {} committed and {} reserved by reservations",
          sku.value(), stock.on_hand, inventory.delivered().at(sku), stock.reserved, committed[sku],
          reserved[sku]));
    }
  }
}

// Nothing happened twice at the provider, and nothing for an order that nobody placed.
void CheckProvider(const ProviderNode& provider, const OrderNode& orders, Checker& checker) {
  std::map<std::pair<OrderId, payment_provider_simulator::OperationKind>, int> successes;
  for (const auto& [key, operation] : provider.operations()) {
    const OrderId id(operation.payment_reference);
    const auto order = orders.aggregates().find(id);
    checker.Require(order != orders.aggregates().end(), id, "money moved for no order");
    if (operation.succeeded) {
      checker.Require(
          order == orders.aggregates().end() || operation.amount == order->second.order.total, id,
          "the provider moved another amount than the order's total");
      ++successes[{id, operation.kind}];
    }
  }
  for (const auto& [what, count] : successes) {
    if (count > 1) {
      checker.environment().Violate(
          fmt::format("order {}: the provider has carried out {} {} times", what.first.value(),
                      payment_provider_simulator::ToString(what.second), count));
    }
  }
}

// Every event of an order is in the log. A later one may come first: its commit was known, and that
// of the earlier one in doubt (docs/adr/0004).
void CheckEvents(const Broker& broker, const OrderNode& orders, Checker& checker) {
  std::map<OrderId, std::set<int64_t>> seen;
  for (int32_t partition = 0; partition < Broker::kPartitions; ++partition) {
    for (const messaging::Record& record : broker.LogOf(Topic::kOrderEvents, partition)) {
      const OrderId id(record.key);
      const int64_t sequence = std::stoll(record.headers.at(messaging::kHeaderSequence));
      std::set<int64_t>& known = seen[id];
      const size_t known_before = known.size();
      if (known.insert(sequence).second && known_before + 1 != static_cast<size_t>(sequence)) {
        checker.environment().coverage.Hit(Sometimes::kEventBeforeEarlierOne);
      }
    }
  }
  for (const auto& [id, aggregate] : orders.aggregates()) {
    const int64_t last = aggregate.order.sequence();
    checker.Require(!seen[id].empty() && *seen[id].rbegin() == last &&
                        seen[id].size() == static_cast<size_t>(last),
                    id, "an event was not published");
  }
}

}  // namespace

void CheckInvariants(const OrderNode& orders, const InventoryNode& inventory,
                     const PaymentNode& payments, const ProviderNode& provider,
                     const Broker& broker, Environment& environment) {
  Checker checker(environment);
  std::map<OrderId, Money> ledger = LedgerByOrder(payments);
  for (const auto& [id, aggregate] : orders.aggregates()) {
    CheckOrder(aggregate.order, CounterpartsOf(id, inventory, provider, ledger[id]), checker);
  }
  for (const auto& [id, money] : ledger) {
    checker.Require(orders.aggregates().contains(id), id, "in the ledger without an order");
  }
  CheckStock(inventory, checker);
  CheckProvider(provider, orders, checker);
  CheckEvents(broker, orders, checker);
}

}  // namespace orderflow::simulation
