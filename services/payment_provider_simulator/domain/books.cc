#include "services/payment_provider_simulator/domain/books.h"

#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"

namespace orderflow::payment_provider_simulator {
namespace {

constexpr std::array<std::pair<OperationKind, std::string_view>, 4> kKinds{
    {{OperationKind::kAuthorize, "AUTHORIZE"},
     {OperationKind::kCapture, "CAPTURE"},
     {OperationKind::kVoid, "VOID"},
     {OperationKind::kRefund, "REFUND"}}};

constexpr std::array<std::pair<HoldState, std::string_view>, 4> kHoldStates{
    {{HoldState::kHeld, "HELD"},
     {HoldState::kCaptured, "CAPTURED"},
     {HoldState::kVoided, "VOIDED"},
     {HoldState::kRefunded, "REFUNDED"}}};

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
  const auto hold = holds_.find(call.payment_reference);
  return hold == holds_.end() ? "" : hold->second.payment_method_token;
}

absl::StatusOr<HoldState> Books::NextState(const MerchantCall& call) const {
  const auto hold = holds_.find(call.payment_reference);
  if (call.kind == OperationKind::kAuthorize) {
    if (hold == holds_.end()) {
      return HoldState::kHeld;
    }
    return TypedError(absl::StatusCode::kFailedPrecondition,
                      fmt::format("payment '{}' has a hold already; it is {}",
                                  call.payment_reference, ToString(hold->second.state)),
                      "HOLD_EXISTS");
  }
  if (hold == holds_.end()) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("payment '{}' has no hold: authorize it first", call.payment_reference),
        "NO_HOLD");
  }
  if (call.kind == OperationKind::kVoid && hold->second.state == HoldState::kVoided) {
    return HoldState::kVoided;  // it has lapsed: lifted all the same
  }
  const auto [needed, next] = StepOf(call.kind);
  if (hold->second.state != needed) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("{} needs the hold of payment '{}' to be {}; it is {}", ToString(call.kind),
                    call.payment_reference, ToString(needed), ToString(hold->second.state)),
        "HOLD_STATE");
  }
  return next;
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
  absl::StatusOr<HoldState> next = NextState(call);
  if (!next.ok()) {
    return next.status();
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
  if (call.kind == OperationKind::kAuthorize) {
    operation.amount = call.amount;
    if (operation.succeeded) {
      holds_[call.payment_reference] =
          Hold{call.payment_reference, *next, call.amount, call.payment_method_token};
    }
  } else {
    Hold& hold = holds_.at(call.payment_reference);
    operation.amount = hold.amount;
    hold.state = *next;
  }
  operations_[call.idempotency_key] = operation;
  booked_.push_back(operation);
  return operation;
}

Books::Changes Books::TakeChanges() {
  Changes changes;
  changes.operations = std::exchange(booked_, {});
  for (const auto& [reference, hold] : holds_) {
    const auto before = stored_holds_.find(reference);
    if (before == stored_holds_.end()) {
      changes.new_holds.push_back(hold);
    } else if (before->second != hold) {
      changes.changed_holds.push_back({reference, before->second.state, hold.state});
    }
  }
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
