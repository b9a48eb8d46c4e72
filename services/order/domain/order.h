#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/money.h"
#include "libs/base/strong_id.h"
#include "services/order/domain/order_state.h"

namespace orderflow::order {

// Why an order was refused or cancelled (common.v1.Refusal).
enum class RefusalReason {
  kUnspecified,
  kOutOfStock,
  kPaymentDeclined,
  kCancelledByCustomer,
  kAlreadyCompensated,
  kUnknownSku,
  kStoppedByOperator,
};

struct Refusal {
  RefusalReason reason = RefusalReason::kUnspecified;
  std::string message;
  std::vector<std::string> skus;
  std::string provider_code;

  bool operator==(const Refusal&) const = default;
};

struct OrderLine {
  Sku sku;
  int32_t quantity = 0;
  int64_t unit_price_minor = 0;

  bool operator==(const OrderLine&) const = default;
};

// One entry of an order's history: `sequence` counts from 1 without gaps.
struct StateChange {
  int64_t sequence = 0;
  OrderState state = OrderState::kPending;
  Timestamp time;
  std::optional<Refusal> refusal;  // for kRejected, kCancelling and kCancelled

  bool operator==(const StateChange&) const = default;
};

// An order. Its state is the last entry of its history, which only ever grows (at most
// kStateChangesMax entries, since every path through the states is that short).
struct Order {
  OrderId order_id;
  CustomerId customer_id;
  std::vector<OrderLine> lines;
  Money total;
  std::string email;
  std::string payment_method_token;  // emptied once the order is at rest
  std::string cancel_request_id;     // of the accepted CancelOrder, empty before
  std::vector<StateChange> history;

  OrderState state() const { return history.back().state; }
  int64_t sequence() const { return history.back().sequence; }
  Timestamp create_time() const { return history.front().time; }
  Timestamp update_time() const { return history.back().time; }
  // Why the order is as it is; nothing while PENDING or CONFIRMED.
  const std::optional<Refusal>& refusal() const { return history.back().refusal; }
};

inline constexpr size_t kStateChangesMax = 8;

// Appends a state change. kFailedPrecondition when the transition table has no such move.
absl::Status Advance(Order& order, OrderState to, std::optional<Refusal> refusal, Timestamp now);

}  // namespace orderflow::order
