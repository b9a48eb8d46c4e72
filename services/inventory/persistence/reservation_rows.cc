#include "services/inventory/persistence/reservation_rows.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"

namespace orderflow::inventory {
namespace {

constexpr char kSeparator = ',';

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(kSeparator);
    parts.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

void Append(std::string& joined, std::string_view part) {
  if (!joined.empty()) {
    joined += kSeparator;
  }
  joined += part;
}

std::optional<std::vector<StockLine>> ReadLines(std::string_view skus,
                                                std::string_view quantities) {
  const std::vector<std::string_view> sku_parts = Split(skus);
  const std::vector<std::string_view> quantity_parts = Split(quantities);
  if (sku_parts.size() != quantity_parts.size()) {
    return std::nullopt;
  }
  std::vector<StockLine> lines;
  for (size_t i = 0; i < sku_parts.size(); ++i) {
    StockLine line{.sku = Sku(std::string(sku_parts[i])), .quantity = 0};
    const std::string_view digits = quantity_parts[i];
    const auto parsed =
        std::from_chars(digits.data(), digits.data() + digits.size(), line.quantity);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
      return std::nullopt;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string RefusalName(const Reservation& reservation) {
  if (reservation.state != ReservationState::kRefused) {
    return "";
  }
  return reservation.refusal_reason == RefusalReason::kUnknownSku ? "UNKNOWN_SKU" : "OUT_OF_STOCK";
}

}  // namespace

absl::StatusOr<std::map<OrderId, Reservation>> ReadReservations(const postgres::Rows& rows) {
  std::map<OrderId, Reservation> reservations;
  for (const postgres::Row& row : rows) {
    const OrderId order_id(row.String(0));
    const std::optional<ReservationState> state = ParseReservationState(row.Text(2));
    std::optional<std::vector<StockLine>> lines = ReadLines(row.Text(3), row.Text(4));
    if (!state.has_value() || !lines.has_value()) {
      return absl::InternalError(
          fmt::format("read the reservation of order {}: state {} or its lines are malformed; the "
                      "row was not written by this version of inventory-service",
                      order_id.value(), row.String(2)));
    }
    Reservation reservation;
    reservation.order_id = order_id;
    reservation.saga_id = SagaId(row.String(1));
    reservation.state = *state;
    reservation.lines = *std::move(lines);
    reservation.refusal_reason =
        row.Text(5) == "UNKNOWN_SKU" ? RefusalReason::kUnknownSku : RefusalReason::kOutOfStock;
    for (const std::string_view sku : Split(row.Text(6))) {
      reservation.refusal_skus.emplace_back(std::string(sku));
    }
    reservation.version = row.Int(7);
    reservations.emplace(order_id, std::move(reservation));
  }
  return reservations;
}

postgres::Params NewReservationParams(std::span<const Reservation> reservations) {
  std::vector<std::string> order_ids, saga_ids, states, skus, quantities, reasons, refusal_skus;
  for (const Reservation& reservation : reservations) {
    order_ids.push_back(reservation.order_id.value());
    saga_ids.push_back(reservation.saga_id.value());
    states.emplace_back(ToString(reservation.state));
    reasons.push_back(RefusalName(reservation));
    std::string& line_skus = skus.emplace_back();
    std::string& line_quantities = quantities.emplace_back();
    for (const StockLine& line : reservation.lines) {
      Append(line_skus, line.sku.value());
      Append(line_quantities, std::to_string(line.quantity));
    }
    std::string& refused = refusal_skus.emplace_back();
    for (const Sku& sku : reservation.refusal_skus) {
      Append(refused, sku.value());
    }
  }
  postgres::Params params;
  params.UuidArray(order_ids)
      .UuidArray(saga_ids)
      .TextArray(states)
      .TextArray(skus)
      .TextArray(quantities)
      .TextOrNullArray(reasons)
      .TextArray(refusal_skus);
  return params;
}

postgres::Params ReservationStateParams(std::span<const Reservation> reservations) {
  std::vector<std::string> order_ids, states;
  std::vector<int64_t> versions;
  for (const Reservation& reservation : reservations) {
    order_ids.push_back(reservation.order_id.value());
    states.emplace_back(ToString(reservation.state));
    versions.push_back(reservation.version);
  }
  postgres::Params params;
  params.UuidArray(order_ids).TextArray(states).IntArray(versions);
  return params;
}

}  // namespace orderflow::inventory
