#include "services/inventory/domain/stock_book.h"

#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"

namespace orderflow::inventory {
namespace {

std::string Names(std::span<const Sku> skus) {
  std::string names;
  for (const Sku& sku : skus) {
    names += names.empty() ? sku.value() : ", " + sku.value();
  }
  return names;
}

Answer Done() { return {}; }

Answer Refused(RefusalReason reason, std::string message, std::vector<Sku> skus = {}) {
  return {Outcome::kRefused, {reason, std::move(message), std::move(skus)}, ""};
}

Answer Failed(std::string error) { return {Outcome::kFailed, {}, std::move(error)}; }

Answer RefusedForStock(const Reservation& reservation) {
  const std::string names = Names(reservation.refusal_skus);
  const bool unknown = reservation.refusal_reason == RefusalReason::kUnknownSku;
  return Refused(reservation.refusal_reason,
                 unknown ? fmt::format("no longer in the catalogue: {}", names)
                         : fmt::format("not enough in stock: {}", names),
                 reservation.refusal_skus);
}

Answer NotPossible(std::string_view what, const Reservation* reservation) {
  if (reservation == nullptr) {
    return Refused(RefusalReason::kNotPossible,
                   fmt::format("cannot {}: the order has no reservation", what));
  }
  return Refused(RefusalReason::kNotPossible, fmt::format("cannot {}: the reservation is {}", what,
                                                          ToString(reservation->state)));
}

}  // namespace

StockBook::StockBook(std::map<Sku, Stock> stock, std::map<OrderId, Reservation> reservations)
    : stock_(std::move(stock)), reservations_(std::move(reservations)) {}

Answer StockBook::Apply(const StockCommand& command) {
  const auto found = reservations_.find(command.order_id);
  Reservation* reservation = found == reservations_.end() ? nullptr : &found->second;
  switch (command.kind) {
    case StockCommandKind::kReserve:
      return reservation == nullptr || IsPlanted(PlantedBug::kNoDeduplication)
                 ? ReserveNew(command)
                 : ReserveAgain(*reservation);
    case StockCommandKind::kRelease:
      return Release(command, reservation);
    case StockCommandKind::kCommit:
      return Commit(reservation);
    case StockCommandKind::kRestock:
      return Restock(command, reservation);
  }
  return Failed("unknown kind of command");
}

Answer StockBook::ReserveNew(const StockCommand& command) {
  Reservation& reservation = Add(command);
  reservation.lines = command.lines;
  reservation.refusal_skus = Unknown(command.lines);
  reservation.refusal_reason = RefusalReason::kUnknownSku;
  if (reservation.refusal_skus.empty()) {
    reservation.refusal_skus = Short(command.lines);
    reservation.refusal_reason = RefusalReason::kOutOfStock;
  }
  const bool is_partial = reservation.refusal_skus.size() < command.lines.size();
  if (!reservation.refusal_skus.empty() &&
      !(is_partial && IsPlanted(PlantedBug::kPartialReservation))) {
    Move(reservation, ReservationState::kRefused);
    return RefusedForStock(reservation);
  }
  Move(reservation, ReservationState::kReserved);
  Change(reservation.lines, {.on_hand = 0, .reserved = 1});
  return Done();
}

Answer StockBook::ReserveAgain(const Reservation& reservation) {
  switch (reservation.state) {
    case ReservationState::kRefused:
      return RefusedForStock(reservation);
    case ReservationState::kReleased:
      return Refused(RefusalReason::kAlreadyCompensated, "the reservation was released before");
    default:
      return Done();
  }
}

Answer StockBook::Release(const StockCommand& command, Reservation* reservation) {
  if (reservation == nullptr) {
    if (!IsPlanted(PlantedBug::kReleaseLeavesNoTombstone)) {
      Move(Add(command), ReservationState::kReleased);
    }
    return Done();
  }
  switch (reservation->state) {
    case ReservationState::kReserved:
      Change(reservation->lines, {.on_hand = 0, .reserved = -1});
      Move(*reservation, ReservationState::kReleased);
      return Done();
    case ReservationState::kExpired:
      Move(*reservation, ReservationState::kReleased);
      return Done();
    case ReservationState::kRefused:
    case ReservationState::kReleased:
    case ReservationState::kRestocked:
      return Done();
    case ReservationState::kCommitted:
      break;
  }
  return NotPossible("release", reservation);
}

Answer StockBook::Commit(Reservation* reservation) {
  if (reservation == nullptr) {
    return NotPossible("commit", nullptr);
  }
  switch (reservation->state) {
    case ReservationState::kCommitted:
    case ReservationState::kRestocked:
      return Done();
    case ReservationState::kReserved:
      Change(reservation->lines, {.on_hand = -1, .reserved = -1});
      break;
    case ReservationState::kExpired:
      if (const std::vector<Sku> missing = Short(reservation->lines);
          !missing.empty() && !IsPlanted(PlantedBug::kExpiredReservationReused)) {
        return Failed(
            fmt::format("the reservation has expired and its pieces are gone: {}; add "
                        "stock, the commit is tried again",
                        Names(missing)));
      }
      Change(reservation->lines,
             {.on_hand = -1, .reserved = IsPlanted(PlantedBug::kExpiredCountsAsReserved) ? -1 : 0});
      break;
    default:
      return NotPossible("commit", reservation);
  }
  Move(*reservation, ReservationState::kCommitted);
  return Done();
}

Answer StockBook::Restock(const StockCommand& command, Reservation* reservation) {
  if (reservation == nullptr || reservation->state == ReservationState::kRefused) {
    return NotPossible("restock", reservation);
  }
  if (reservation->state != ReservationState::kCommitted) {
    return Release(command, reservation);
  }
  Change(reservation->lines, {.on_hand = 1, .reserved = 0});
  Move(*reservation, ReservationState::kRestocked);
  return Done();
}

bool StockBook::Expire(const OrderId& order_id) {
  const auto found = reservations_.find(order_id);
  if (found == reservations_.end() || found->second.state != ReservationState::kReserved) {
    return false;
  }
  Change(found->second.lines, {.on_hand = 0, .reserved = -1});
  Move(found->second, ReservationState::kExpired);
  return true;
}

Reservation& StockBook::Add(const StockCommand& command) {
  Reservation& reservation = reservations_[command.order_id];
  reservation.order_id = command.order_id;
  reservation.saga_id = command.saga_id;
  return reservation;
}

void StockBook::Move(Reservation& reservation, ReservationState to) {
  reservation.state = to;
  changed_.insert(reservation.order_id);
}

std::vector<Sku> StockBook::Unknown(std::span<const StockLine> lines) const {
  std::vector<Sku> unknown;
  for (const StockLine& line : lines) {
    if (!stock_.contains(line.sku)) {
      unknown.push_back(line.sku);
    }
  }
  return unknown;
}

std::vector<Sku> StockBook::Short(std::span<const StockLine> lines) const {
  std::vector<Sku> missing;
  for (const StockLine& line : lines) {
    const auto found = stock_.find(line.sku);
    const int64_t wanted = line.quantity - (IsPlanted(PlantedBug::kOversoldByOne) ? 1 : 0);
    if (found == stock_.end() || found->second.available() < wanted) {
      missing.push_back(line.sku);
    }
  }
  return missing;
}

void StockBook::Change(std::span<const StockLine> lines, Signs signs) {
  for (const StockLine& line : lines) {
    Stock& stock = stock_[line.sku];
    StockDelta& delta = deltas_[line.sku];
    delta.sku = line.sku;
    stock.on_hand += signs.on_hand * line.quantity;
    stock.reserved += signs.reserved * line.quantity;
    delta.on_hand += signs.on_hand * line.quantity;
    delta.reserved += signs.reserved * line.quantity;
  }
}

std::vector<Reservation> StockBook::ChangedReservations() const {
  std::vector<Reservation> changed;
  changed.reserve(changed_.size());
  for (const OrderId& order_id : changed_) {
    changed.push_back(reservations_.at(order_id));
  }
  return changed;
}

std::vector<StockDelta> StockBook::StockDeltas() const {
  std::vector<StockDelta> deltas;
  for (const auto& [sku, delta] : deltas_) {
    if (delta.on_hand != 0 || delta.reserved != 0) {
      deltas.push_back(delta);
    }
  }
  return deltas;
}

}  // namespace orderflow::inventory
