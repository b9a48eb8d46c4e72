#include "services/payment/persistence/payment_rows.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/rows.h"

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
  kOperationKind,
  kOperationState,
  kProviderReference,
  kOperationDeclineCode,
  kAttempts,
  kLastError,
  kSagaId,
  kStep,
  kCompensation,
  kAttempt,
  kTraceparent,
  kOperationCreateTime,
  kOperationUpdateTime,
};

absl::Status Unreadable(const postgres::Row& row, int column) {
  return absl::InternalError(fmt::format(
      "payment of order {} has the unknown state or kind '{}': written by a newer binary?",
      row.Text(kOrderId), row.Text(column)));
}

absl::StatusOr<Payment> ReadPayment(const postgres::Row& row) {
  const auto state = ParsePaymentState(row.Text(kState));
  if (!state.has_value()) {
    return Unreadable(row, kState);
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
  payment.version = row.Int(kVersion);
  payment.create_time = row.Time(kCreateTime);
  payment.update_time = row.Time(kUpdateTime);
  return payment;
}

absl::StatusOr<Operation> ReadOperation(const postgres::Row& row) {
  const auto kind = ParseOperationKind(row.Text(kOperationKind));
  if (!kind.has_value()) {
    return Unreadable(row, kOperationKind);
  }
  const auto state = ParseOperationState(row.Text(kOperationState));
  if (!state.has_value()) {
    return Unreadable(row, kOperationState);
  }
  Operation operation;
  operation.kind = *kind;
  operation.state = *state;
  operation.provider_reference = row.String(kProviderReference);
  operation.decline_code = row.String(kOperationDeclineCode);
  operation.attempts = static_cast<int>(row.Int(kAttempts));
  operation.last_error = row.String(kLastError);
  operation.asked_by =
      StepRef{SagaId(row.String(kSagaId)), row.String(kStep), row.Bool(kCompensation),
              static_cast<int>(row.Int(kAttempt)), row.String(kTraceparent)};
  operation.create_time = row.Time(kOperationCreateTime);
  operation.update_time = row.Time(kOperationUpdateTime);
  return operation;
}

}  // namespace

absl::StatusOr<std::vector<Payment>> ReadPayments(const postgres::Rows& rows) {
  std::vector<Payment> payments;
  for (const postgres::Row row : rows) {
    if (payments.empty() || payments.back().order_id.value() != row.Text(kOrderId)) {
      ASSIGN_OR_RETURN(Payment payment, ReadPayment(row));
      payments.push_back(std::move(payment));
    }
    if (!row.IsNull(kOperationKind)) {
      ASSIGN_OR_RETURN(Operation operation, ReadOperation(row));
      payments.back().operations.push_back(std::move(operation));
    }
  }
  return payments;
}

}  // namespace orderflow::payment
