#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/money.h"

namespace orderflow::payment_provider_simulator {

enum class OperationKind { kAuthorize, kCapture, kVoid, kRefund };
enum class HoldState { kHeld, kCaptured, kVoided, kRefunded, kLapsed };

// How many holds a payment can have.
inline constexpr size_t kHoldsPerPaymentMax = 100;

// One entry of the books. Never changes once booked.
struct Operation {
  std::string reference{};  // UUIDv7 text: entries sort by time
  std::string idempotency_key{};
  std::string body_hash{};
  std::string payment_reference{};
  OperationKind kind = OperationKind::kAuthorize;
  bool succeeded = false;
  std::string decline_code{};  // when declined
  Money amount{};
  Timestamp create_time{};
};

// What an authorization has become. A payment has as many as it was authorized times: only the
// idempotency key tells a repeated call from a new one.
struct Hold {
  std::string reference{};  // of the authorization
  std::string payment_reference{};
  HoldState state = HoldState::kHeld;
  Money amount{};
  std::string payment_method_token{};  // decides how the simulator treats its later operations too

  bool operator==(const Hold&) const = default;
};

// A merchant's call that is to be booked.
struct MerchantCall {
  std::string idempotency_key{};
  std::string payment_reference{};
  OperationKind kind = OperationKind::kAuthorize;
  Money amount{};                      // of an authorization
  std::string payment_method_token{};  // of an authorization
  std::string customer_reference{};    // of an authorization
};

// The same for calls with the same content, whatever their key.
std::string BodyHash(const MerchantCall& call);

// What the books hold that a batch of calls may touch, as stored; the calls of a batch are then
// decided one after the other in memory. Pure.
class Books {
 public:
  using Operations = std::map<std::string, Operation>;     // by idempotency key
  using Holds = std::map<std::string, std::vector<Hold>>;  // by payment reference, oldest first

  Books(Operations operations, Holds holds)
      : operations_(std::move(operations)), holds_(std::move(holds)) {}

  const Operation* Find(const std::string& idempotency_key) const;
  // The token that a call is treated by: its own, or that of the payment's first hold. Empty: no
  // hold.
  std::string TokenOf(const MerchantCall& call) const;

  // Books the call, or answers from the books when its key is known. A decline is booked too. Each
  // operation but an authorization takes one hold: the payment's oldest in the state that it needs.
  // kAlreadyExists: the key stands for another body. kFailedPrecondition: no hold is in that state
  // (naming what there is), or the payment has more holds than it can have.
  absl::StatusOr<Operation> Book(const MerchantCall& call, const std::string& decline_code,
                                 std::string reference, Timestamp now);

  // The hold of an authorization that was just booked lapses: it can be lifted, not captured.
  void Lapse(const Operation& authorization);

  // What Book has added since the beginning: entries, holds made, holds with the state before.
  struct Changes {
    std::vector<Operation> operations;
    std::vector<Hold> new_holds;
    struct HoldChange {
      HoldState before;
      Hold after;
    };
    std::vector<HoldChange> changed_holds;
  };
  Changes TakeChanges();

 private:
  absl::Status CheckRoom(const MerchantCall& call) const;
  absl::StatusOr<Hold*> Take(const MerchantCall& call);

  Operations operations_;
  Holds holds_;
  std::vector<Operation> booked_;
  // Of the holds that were touched, by reference: the state as stored; nothing for a new one.
  std::map<std::string, std::optional<HoldState>> before_;
};

// "AUTHORIZE", "CAPTURED": as stored and shown. Parse* return nothing for others.
std::string ToString(OperationKind kind);
std::string ToString(HoldState state);
std::optional<OperationKind> ParseOperationKind(std::string_view text);
std::optional<HoldState> ParseHoldState(std::string_view text);

}  // namespace orderflow::payment_provider_simulator
