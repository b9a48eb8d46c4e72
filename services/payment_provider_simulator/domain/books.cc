#include "services/payment_provider_simulator/domain/books.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::payment_provider_simulator {
namespace {

constexpr std::array<std::pair<OperationKind, std::string_view>, 4> kKinds{
    {{OperationKind::kAuthorize, "AUTHORIZE"},
     {OperationKind::kCapture, "CAPTURE"},
     {OperationKind::kVoid, "VOID"},
     {OperationKind::kRefund, "REFUND"}}};

constexpr std::array<std::pair<HoldState, std::string_view>, 5> kHoldStates{
    {{HoldState::kHeld, "HELD"},
     {HoldState::kCaptured, "CAPTURED"},
     {HoldState::kVoided, "VOIDED"},
     {HoldState::kRefunded, "REFUNDED"},
     {HoldState::kLapsed, "LAPSED"}}};

template <class Table, class Value>
std::string NameOf(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) {
      return std::string(name);
    }
  }
  return "";
}

template <class Value, class Table>
std::optional<Value> ValueOf(const Table& table, std::string_view text) {
  for (const auto& [value, name] : table) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

// The state that an operation needs and the one it leads to.
std::pair<HoldState, HoldState> StepOf(OperationKind kind) {
  switch (kind) {
    case OperationKind::kCapture:
      return {HoldState::kHeld, HoldState::kCaptured};
    case OperationKind::kRefund:
      return {HoldState::kCaptured, HoldState::kRefunded};
    case OperationKind::kVoid:
    case OperationKind::kAuthorize:
      break;
  }
  return {HoldState::kHeld, HoldState::kVoided};
}

Hold* OldestIn(HoldState state, std::vector<Hold>& holds) {
  const auto found = std::find_if(holds.begin(), holds.end(),
                                  [state](const Hold& hold) { return hold.state == state; });
  return found == holds.end() ? nullptr : &*found;
}

std::string StatesOf(const std::vector<Hold>& holds) {
  std::string states;
  for (const Hold& hold : holds) {
    states += (states.empty() ? "" : ", ") + ToString(hold.state);
  }
  return states;
}

}  // namespace

std::string BodyHash(const MerchantCall& call) {
  // Lengths keep the fields apart, so that no two different calls share a text.
  std::string body = ToString(call.kind);
  for (const std::string& field :
       {call.payment_reference, call.amount.currency_code, std::to_string(call.amount.amount_minor),
        call.payment_method_token, call.customer_reference}) {
    body.append("|").append(std::to_string(field.size())).append(":").append(field);
  }
  return Sha256Hex(body);
}

const Operation* Books::Find(const std::string& idempotency_key) const {
  const auto found = operations_.find(idempotency_key);
  return found == operations_.end() ? nullptr : &found->second;
}

std::string Books::TokenOf(const MerchantCall& call) const {
  if (call.kind == OperationKind::kAuthorize) {
    return call.payment_method_token;
  }
  const auto holds = holds_.find(call.payment_reference);
  return holds == holds_.end() ? "" : holds->second.front().payment_method_token;
}

absl::Status Books::CheckRoom(const MerchantCall& call) const {
  const auto holds = holds_.find(call.payment_reference);
  if (holds == holds_.end() || holds->second.size() < kHoldsPerPaymentMax) {
    return absl::OkStatus();
  }
  return TypedError(absl::StatusCode::kFailedPrecondition,
                    fmt::format("payment '{}' has {} holds; use another payment reference",
                                call.payment_reference, holds->second.size()),
                    "TOO_MANY_HOLDS");
}

// The hold that an operation takes. A processor's void names one authorization, so it lifts one.
absl::StatusOr<Hold*> Books::Take(const MerchantCall& call) {
  const auto holds = holds_.find(call.payment_reference);
  if (holds == holds_.end()) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("payment '{}' has no hold: authorize it first", call.payment_reference),
        "NO_HOLD");
  }
  const HoldState needed = StepOf(call.kind).first;
  Hold* hold = OldestIn(needed, holds->second);
  if (hold == nullptr && call.kind == OperationKind::kVoid) {
    hold = OldestIn(HoldState::kLapsed, holds->second);  // lifted all the same
  }
  if (hold == nullptr) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("{} needs a hold of payment '{}' to be {}; it has {}", ToString(call.kind),
                    call.payment_reference, ToString(needed), StatesOf(holds->second)),
        "HOLD_STATE");
  }
  return hold;
}

absl::StatusOr<Operation> Books::Book(const MerchantCall& call, const std::string& decline_code,
                                      std::string reference, Timestamp now) {
  const std::string body_hash = BodyHash(call);
  if (const Operation* before = Find(call.idempotency_key)) {
    if (before->body_hash != body_hash) {
      return TypedError(
          absl::StatusCode::kAlreadyExists,
          fmt::format(
              "the idempotency key '{}' stands for another call; use a new key for new work",
              call.idempotency_key),
          "IDEMPOTENCY_KEY_REUSED");
    }
    return *before;
  }
  Hold* taken = nullptr;
  if (call.kind == OperationKind::kAuthorize) {
    RETURN_IF_ERROR(CheckRoom(call));
  } else {
    ASSIGN_OR_RETURN(taken, Take(call));
  }
  Operation operation;
  operation.reference = std::move(reference);
  operation.idempotency_key = call.idempotency_key;
  operation.body_hash = body_hash;
  operation.payment_reference = call.payment_reference;
  operation.kind = call.kind;
  operation.succeeded = decline_code.empty();
  operation.decline_code = decline_code;
  operation.create_time = now;
  if (taken != nullptr) {
    operation.amount = taken->amount;
    before_.emplace(taken->reference, taken->state);
    taken->state = StepOf(call.kind).second;
  } else {
    operation.amount = call.amount;
  }
  if (taken == nullptr && operation.succeeded) {
    before_.emplace(operation.reference, std::nullopt);
    holds_[call.payment_reference].push_back({operation.reference, call.payment_reference,
                                              HoldState::kHeld, call.amount,
                                              call.payment_method_token});
  }
  operations_[call.idempotency_key] = operation;
  booked_.push_back(operation);
  return operation;
}

void Books::Lapse(const Operation& authorization) {
  for (Hold& hold : holds_[authorization.payment_reference]) {
    if (hold.reference == authorization.reference) {
      hold.state = HoldState::kLapsed;
    }
  }
}

Books::Changes Books::TakeChanges() {
  Changes changes;
  changes.operations = std::exchange(booked_, {});
  for (const auto& [payment_reference, holds] : holds_) {
    for (const Hold& hold : holds) {
      const auto touched = before_.find(hold.reference);
      if (touched == before_.end()) {
        continue;
      }
      if (!touched->second.has_value()) {
        changes.new_holds.push_back(hold);
      } else if (*touched->second != hold.state) {
        changes.changed_holds.push_back({*touched->second, hold});
      }
    }
  }
  before_.clear();
  return changes;
}

std::string ToString(OperationKind kind) { return NameOf(kKinds, kind); }
std::string ToString(HoldState state) { return NameOf(kHoldStates, state); }
std::optional<OperationKind> ParseOperationKind(std::string_view text) {
  return ValueOf<OperationKind>(kKinds, text);
}
std::optional<HoldState> ParseHoldState(std::string_view text) {
  return ValueOf<HoldState>(kHoldStates, text);
}

}  // namespace orderflow::payment_provider_simulator
