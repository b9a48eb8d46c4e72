#include "services/order/domain/order_state.h"

#include <array>
#include <utility>

namespace orderflow::order {
namespace {

constexpr std::array<std::pair<OrderState, std::string_view>, 5> kNames{{
    {OrderState::kPending, "PENDING"},
    {OrderState::kConfirmed, "CONFIRMED"},
    {OrderState::kRejected, "REJECTED"},
    {OrderState::kCancelling, "CANCELLING"},
    {OrderState::kCancelled, "CANCELLED"},
}};

}  // namespace

bool CanAdvance(OrderState from, OrderState to) {
  switch (from) {
    case OrderState::kPending:
      return to == OrderState::kConfirmed || to == OrderState::kRejected ||
             to == OrderState::kCancelling;
    case OrderState::kConfirmed:
      return to == OrderState::kCancelling;
    case OrderState::kCancelling:
      return to == OrderState::kCancelled;
    case OrderState::kRejected:
    case OrderState::kCancelled:
      return false;
  }
  return false;
}

bool IsAtRest(OrderState state) {
  return state != OrderState::kPending && state != OrderState::kCancelling;
}

std::string_view ToString(OrderState state) {
  for (const auto& [value, name] : kNames) {
    if (value == state) {
      return name;
    }
  }
  return "";
}

std::optional<OrderState> ParseOrderState(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace orderflow::order
