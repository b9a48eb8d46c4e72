#include "tools/verify/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "tools/verify/order_rules.h"

namespace orderflow::verify {
namespace {

// Ids of orders and sagas are made by the services of this database.
constexpr char kOrders[] = "orders";

std::string FirstIdIn(const std::map<std::string, Position>& positions) {
  const auto found = positions.find(kOrders);
  return found == positions.end() ? std::string() : FirstIdAfter(found->second);
}

void Add(const std::string& lines, int64_t sign, Pieces& pieces) {
  for (const auto& [sku, quantity] : PiecesOf(lines)) {
    int64_t& sum = pieces[sku];
    sum += sign * quantity;
    if (sum == 0) {
      pieces.erase(sku);
    }
  }
}

}  // namespace

CheckpointUpdate::CheckpointUpdate(Checkpoint before, std::map<std::string, Position> positions,
                                   bool has_books)
    : before_(std::move(before)),
      first_id_before_(FirstIdIn(before_.positions)),
      first_id_next_(FirstIdIn(positions)),
      has_books_(has_books) {
  next_.positions = std::move(positions);
}

bool CheckpointUpdate::WasCounted(const OrderFacts& facts) const {
  if (!facts.order || before_.unsettled.contains(facts.order_id)) {
    return false;
  }
  if (const auto recent = before_.recent.find(facts.order_id); recent != before_.recent.end()) {
    return recent->second.counted;
  }
  if (facts.order_id >= first_id_before_) {
    return false;  // it has never been looked at
  }
  // It was settled before anything that could be met again. A CANCELLED one was settled as
  // CONFIRMED unless its cancel is as old as that.
  return facts.order->was_confirmed &&
         (facts.order->state != "CANCELLED" || facts.order->saga_id >= first_id_before_);
}

void CheckpointUpdate::Look(const OrderFacts& facts) {
  if (WasCounted(facts)) {
    Add(facts.order->lines, -1, before_.sold);
  }
  before_.recent.erase(facts.order_id);
  if (!IsSettled(facts, has_books_)) {
    next_.unsettled.insert(facts.order_id);
    return;
  }
  const bool counts = facts.order->state == "CONFIRMED";
  if (counts) {
    Add(facts.order->lines, 1, next_.sold);
  }
  std::string newest = std::max(facts.order_id, facts.order->saga_id);
  if (newest >= first_id_next_) {
    next_.recent[facts.order_id] = {std::move(newest), counts};
  }
}

Checkpoint CheckpointUpdate::Finish() && {
  for (auto& [order_id, recent] : before_.recent) {
    if (recent.newest_id >= first_id_next_) {
      next_.recent.try_emplace(order_id, std::move(recent));
    }
  }
  for (const auto& [sku, pieces] : before_.sold) {
    next_.sold[sku] += pieces;
  }
  std::erase_if(next_.sold, [](const auto& entry) { return entry.second == 0; });
  return std::move(next_);
}

Pieces PiecesOf(const std::string& lines) {
  Pieces pieces;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line, ',');) {
    const size_t equals = line.find('=');
    int64_t quantity = 0;
    if (equals != std::string::npos) {
      std::from_chars(line.data() + equals + 1, line.data() + line.size(), quantity);
      pieces[line.substr(0, equals)] += quantity;
    }
  }
  return pieces;
}

}  // namespace orderflow::verify
