#include "services/inventory/domain/reservation.h"

#include <array>
#include <utility>

namespace orderflow::inventory {
namespace {

constexpr std::array<std::pair<ReservationState, std::string_view>, 6> kNames = {{
    {ReservationState::kReserved, "RESERVED"},
    {ReservationState::kRefused, "REFUSED"},
    {ReservationState::kReleased, "RELEASED"},
    {ReservationState::kCommitted, "COMMITTED"},
    {ReservationState::kRestocked, "RESTOCKED"},
    {ReservationState::kExpired, "EXPIRED"},
}};

}  // namespace

std::string_view ToString(ReservationState state) {
  for (const auto& [known, name] : kNames) {
    if (known == state) {
      return name;
    }
  }
  return "";
}

std::optional<ReservationState> ParseReservationState(std::string_view text) {
  for (const auto& [state, name] : kNames) {
    if (name == text) {
      return state;
    }
  }
  return std::nullopt;
}

}  // namespace orderflow::inventory
