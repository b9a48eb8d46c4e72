#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/money.h"
#include "libs/base/strong_id.h"

namespace orderflow::payment {

enum class PaymentState {
  kAuthorizing,
  kAuthorized,
  kDeclined,
  kCapturing,
  kCaptured,
  kVoiding,
  kVoided,
  kRefunding,
  kRefunded,
};

enum class OperationKind { kAuthorize, kCapture, kVoid, kRefund };

enum class OperationState {
  kRequested,  // intent is stored; the call is due or under way
  kUnknown,    // asked, outcome not known; the resolver is finding out
  kSucceeded,
  kDeclined,
};

// The saga step that asked for something, and that wants the reply.
struct StepRef {
  SagaId saga_id{};
  std::string step{};
  bool compensation = false;
  int attempt = 1;
  std::string traceparent{};  // of its handling; may be empty or malformed

  bool operator==(const StepRef&) const = default;
};

// Who asks when no saga does: the reconciler. Nobody waits for a reply.
inline constexpr char kNoSaga[] = "00000000-0000-0000-0000-000000000000";
inline StepRef ReconcilerStep() { return {SagaId(kNoSaga), "reconcile", true, 1, ""}; }
inline bool WantsReply(const StepRef& step) { return step.saga_id.value() != kNoSaga; }

// One thing asked of the provider. At most one of each kind exists per payment.
struct Operation {
  OperationKind kind = OperationKind::kAuthorize;
  OperationState state = OperationState::kRequested;
  std::string provider_reference{};
  std::string decline_code{};
  int attempts = 0;  // calls made
  std::string last_error{};
  StepRef asked_by{};
  // While open: how long from now until the resolver takes over. Read when the operation is stored;
  // nothing leaves the stored time as it is.
  std::optional<Duration> next_action_in{};
  Timestamp create_time{};
  Timestamp update_time{};

  bool operator==(const Operation&) const = default;
};

// The payment of one order: the root that every change of it or of its operations goes through.
struct Payment {
  OrderId order_id;
  CustomerId customer_id;  // empty in a tombstone
  Money amount;            // zero in a tombstone: a payment voided before anybody asked for it
  PaymentState state = PaymentState::kAuthorizing;
  std::string payment_method_token;  // kept only while the authorization is open
  std::string decline_code;
  std::optional<StepRef> void_requested_by;  // a void that waits for the authorization's outcome
  std::vector<Operation> operations;         // oldest first
  int64_t version = 0;                       // 0: not stored yet; goes up with every stored change
  Timestamp create_time;
  Timestamp update_time;

  bool operator==(const Payment&) const = default;
};

inline bool IsOpen(OperationState state) {
  return state == OperationState::kRequested || state == OperationState::kUnknown;
}

// The operation of that kind, or null.
const Operation* FindOperation(const Payment& payment, OperationKind kind);
Operation* FindOperation(Payment& payment, OperationKind kind);

// Which operation: there is at most one of a kind per payment.
struct OperationKey {
  OrderId order_id{};
  OperationKind kind = OperationKind::kAuthorize;

  auto operator<=>(const OperationKey&) const = default;
};

// "<order id>:<kind>": the same for every try in every process, so the provider knows a repetition.
std::string IdempotencyKey(const OrderId& order_id, OperationKind kind);
// The other way round; nothing for a text that is no key of ours.
std::optional<OperationKey> ParseIdempotencyKey(std::string_view text);

// Names as stored and shown: "AUTHORIZING", "CAPTURE", "SUCCEEDED". Parse* return nothing for
// others.
std::string ToString(PaymentState state);
std::string ToString(OperationKind kind);
std::string ToString(OperationState state);
std::optional<PaymentState> ParsePaymentState(std::string_view text);
std::optional<OperationKind> ParseOperationKind(std::string_view text);
std::optional<OperationState> ParseOperationState(std::string_view text);

}  // namespace orderflow::payment
