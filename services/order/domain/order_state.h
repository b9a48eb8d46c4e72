#pragma once

#include <optional>
#include <string_view>

namespace orderflow::order {

// States of an order (order.v1.OrderState).
enum class OrderState { kPending, kConfirmed, kRejected, kCancelling, kCancelled };

// The transition table: PENDING -> CONFIRMED | REJECTED | CANCELLING; CONFIRMED -> CANCELLING;
// CANCELLING -> CANCELLED. Everything else is illegal.
bool CanAdvance(OrderState from, OrderState to);

// True for states in which nothing is under way: CONFIRMED, REJECTED, CANCELLED.
bool IsAtRest(OrderState state);

// "PENDING" and so on, as stored and shown; Parse returns nothing for other text.
std::string_view ToString(OrderState state);
std::optional<OrderState> ParseOrderState(std::string_view text);

}  // namespace orderflow::order
