#include "services/payment/domain/payment.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::payment {
namespace {

template <class Enum, size_t kSize>
using Names = std::array<std::pair<Enum, std::string_view>, kSize>;

constexpr Names<PaymentState, 9> kPaymentStates{{{PaymentState::kAuthorizing, "AUTHORIZING"},
                                                 {PaymentState::kAuthorized, "AUTHORIZED"},
                                                 {PaymentState::kDeclined, "DECLINED"},
                                                 {PaymentState::kCapturing, "CAPTURING"},
                                                 {PaymentState::kCaptured, "CAPTURED"},
                                                 {PaymentState::kVoiding, "VOIDING"},
                                                 {PaymentState::kVoided, "VOIDED"},
                                                 {PaymentState::kRefunding, "REFUNDING"},
                                                 {PaymentState::kRefunded, "REFUNDED"}}};

constexpr Names<OperationKind, 4> kOperationKinds{{{OperationKind::kAuthorize, "AUTHORIZE"},
                                                   {OperationKind::kCapture, "CAPTURE"},
                                                   {OperationKind::kVoid, "VOID"},
                                                   {OperationKind::kRefund, "REFUND"}}};

constexpr Names<OperationState, 4> kOperationStates{{{OperationState::kRequested, "REQUESTED"},
                                                     {OperationState::kUnknown, "UNKNOWN"},
                                                     {OperationState::kSucceeded, "SUCCEEDED"},
                                                     {OperationState::kDeclined, "DECLINED"}}};

template <class Table, class Enum>
std::string NameOf(const Table& table, Enum value) {
  for (const auto& [known, name] : table) {
    if (known == value) {
      return std::string(name);
    }
  }
  return "";
}

template <class Enum, size_t kSize>
std::optional<Enum> ValueOf(const Names<Enum, kSize>& table, std::string_view text) {
  for (const auto& [value, name] : table) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

const Operation* FindOperation(const Payment& payment, OperationKind kind) {
  const auto found =
      std::find_if(payment.operations.begin(), payment.operations.end(),
                   [kind](const Operation& operation) { return operation.kind == kind; });
  return found == payment.operations.end() ? nullptr : &*found;
}

Operation* FindOperation(Payment& payment, OperationKind kind) {
  return const_cast<Operation*>(FindOperation(std::as_const(payment), kind));
}

std::string IdempotencyKey(const OrderId& order_id, OperationKind kind) {
  return fmt::format("{}:{}", order_id.value(), ToString(kind));
}

std::optional<OperationKey> ParseIdempotencyKey(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || !IsUuid(text.substr(0, colon))) {
    return std::nullopt;
  }
  const std::optional<OperationKind> kind = ParseOperationKind(text.substr(colon + 1));
  if (!kind.has_value()) {
    return std::nullopt;
  }
  return OperationKey{OrderId(LowerCaseUuid(std::string(text.substr(0, colon)))), *kind};
}

std::string ToString(PaymentState state) { return NameOf(kPaymentStates, state); }
std::string ToString(OperationKind kind) { return NameOf(kOperationKinds, kind); }
std::string ToString(OperationState state) { return NameOf(kOperationStates, state); }

std::optional<PaymentState> ParsePaymentState(std::string_view text) {
  return ValueOf(kPaymentStates, text);
}
std::optional<OperationKind> ParseOperationKind(std::string_view text) {
  return ValueOf(kOperationKinds, text);
}
std::optional<OperationState> ParseOperationState(std::string_view text) {
  return ValueOf(kOperationStates, text);
}

}  // namespace orderflow::payment
