#pragma once

#include <string>

#include "services/payment/domain/payment.h"

namespace orderflow::payment {

inline constexpr char kProviderAccount[] = "assets:provider";  // what the provider owes us
inline constexpr char kSalesAccount[] = "income:sales";

// One double entry: `amount` on the debit side of one account and on the credit side of another, so
// the sum over all accounts is zero by construction. Only captures and refunds move money.
struct LedgerTransfer {
  OrderId order_id;
  OperationKind kind = OperationKind::kCapture;
  std::string debit_account;
  std::string credit_account;
  Money amount;

  bool operator==(const LedgerTransfer&) const = default;
};

inline LedgerTransfer CaptureTransfer(const OrderId& order_id, const Money& amount) {
  return {order_id, OperationKind::kCapture, kProviderAccount, kSalesAccount, amount};
}

// The exact opposite of the capture.
inline LedgerTransfer RefundTransfer(const OrderId& order_id, const Money& amount) {
  return {order_id, OperationKind::kRefund, kSalesAccount, kProviderAccount, amount};
}

}  // namespace orderflow::payment
