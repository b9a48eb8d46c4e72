#include "services/payment/persistence/payment_rows.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/rows.h"
#include "services/payment/persistence/operations_codec.h"

namespace orderflow::payment {
namespace {

// Positions in ORDERFLOW_PAYMENT_COLUMNS.
enum PaymentColumn {
  kOrderId,
  kCustomerId,
  kCurrencyCode,
  kAmountMinor,
  kState,
  kPaymentMethodToken,
  kDeclineCode,
  kVoidRequested,
  kVoidSagaId,
  kVoidStep,
  kVoidCompensation,
  kVoidAttempt,
  kVoidTraceparent,
  kVersion,
  kCreateTime,
  kUpdateTime,
  kOperations,
};

absl::StatusOr<Payment> ReadPayment(const postgres::Row& row) {
  const auto state = ParsePaymentState(row.Text(kState));
  if (!state.has_value()) {
    return absl::InternalError(
        fmt::format("payment of order {} has the unknown state '{}': written by a newer binary?",
                    row.Text(kOrderId), row.Text(kState)));
  }
  Payment payment;
  payment.order_id = OrderId(row.String(kOrderId));
  payment.customer_id = CustomerId(row.String(kCustomerId));
  payment.amount = Money{row.String(kCurrencyCode), row.Int(kAmountMinor)};
  payment.state = *state;
  payment.payment_method_token = row.String(kPaymentMethodToken);
  payment.decline_code = row.String(kDeclineCode);
  if (row.Bool(kVoidRequested)) {
    payment.void_requested_by =
        StepRef{SagaId(row.String(kVoidSagaId)), row.String(kVoidStep), row.Bool(kVoidCompensation),
                static_cast<int>(row.Int(kVoidAttempt)), row.String(kVoidTraceparent)};
  }
  ASSIGN_OR_RETURN(payment.operations, DecodeOperations(row.Text(kOperations)));
  payment.version = row.Int(kVersion);
  payment.create_time = row.Time(kCreateTime);
  payment.update_time = row.Time(kUpdateTime);
  return payment;
}

}  // namespace

absl::StatusOr<std::vector<Payment>> ReadPayments(const postgres::Rows& rows) {
  std::vector<Payment> payments;
  payments.reserve(rows.size());
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(Payment payment, ReadPayment(row));
    payments.push_back(std::move(payment));
  }
  return payments;
}

}  // namespace orderflow::payment
