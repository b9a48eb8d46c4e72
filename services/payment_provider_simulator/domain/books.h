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
enum class HoldState { kHeld, kCaptured, kVoided, kRefunded };

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

// What a payment's authorization has become.
struct Hold {
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
  using Operations = std::map<std::string, Operation>;  // by idempotency key
  using Holds = std::map<std::string, Hold>;            // by payment reference

  Books(Operations operations, Holds holds)
      : operations_(std::move(operations)), stored_holds_(holds), holds_(std::move(holds)) {}

  const Operation* Find(const std::string& idempotency_key) const;
  // The token that a call is treated by: its own, or that of the hold it is about. Empty: no hold.
  std::string TokenOf(const MerchantCall& call) const;

  // Books the call, or answers from the books when its key is known. A decline is booked too.
  // kAlreadyExists: the key stands for another body. kFailedPrecondition: the hold is not in the
  // state that the operation needs (naming it), or the payment has a hold already.
  absl::StatusOr<Operation> Book(const MerchantCall& call, const std::string& decline_code,
                                 std::string reference, Timestamp now);

  // What Book has added since the beginning: entries, holds made, holds with the state before.
  struct Changes {
    std::vector<Operation> operations;
    std::vector<Hold> new_holds;
    struct HoldChange {
      std::string payment_reference;
      HoldState before;
      HoldState after;
    };
    std::vector<HoldChange> changed_holds;
  };
  Changes TakeChanges();

 private:
  absl::StatusOr<HoldState> NextState(const MerchantCall& call) const;

  Operations operations_;
  const Holds stored_holds_;
  Holds holds_;
  std::vector<Operation> booked_;
};

// "AUTHORIZE", "CAPTURED": as stored and shown. Parse* return nothing for others.
std::string ToString(OperationKind kind);
std::string ToString(HoldState state);
std::optional<OperationKind> ParseOperationKind(std::string_view text);
std::optional<HoldState> ParseHoldState(std::string_view text);

}  // namespace orderflow::payment_provider_simulator
