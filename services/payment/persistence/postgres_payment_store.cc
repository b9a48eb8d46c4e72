#include "services/payment/persistence/postgres_payment_store.h"

#include <cstdint>
#include <string>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/transaction.h"
#include "services/payment/persistence/payment_rows.h"

namespace orderflow::payment {
namespace {

constexpr int kOperationKinds = 4;  // rows per payment in a join, at most

constexpr postgres::Statement kLoad{
    "payment_load", "SELECT " ORDERFLOW_PAYMENT_COLUMNS
                    " FROM payments p LEFT JOIN payment_operations o ON o.order_id = p.order_id"
                    " WHERE p.order_id = ANY($1::uuid[])"
                    " ORDER BY p.order_id, o.create_time, o.kind LIMIT $2"};

// A row that exists already was written by somebody else since Load: it is not touched, and the
// count tells.
constexpr postgres::Statement kInsertPayments{
    "payment_insert",
    "INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state,"
    " payment_method_token, decline_code, void_requested, void_saga_id, void_step,"
    " void_compensation, void_attempt, void_traceparent, version)"
    " SELECT n.*, 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[],"
    " $6::text[], $7::text[], $8::boolean[], $9::uuid[], $10::text[], $11::boolean[],"
    " $12::integer[], $13::text[]) AS n"
    " ON CONFLICT (order_id) DO NOTHING"};

constexpr postgres::Statement kUpdatePayments{
    "payment_update",
    "UPDATE payments p SET state = n.state, currency_code = n.currency_code,"
    " amount_minor = n.amount_minor, payment_method_token = n.payment_method_token,"
    " decline_code = n.decline_code, void_requested = n.void_requested,"
    " void_saga_id = n.void_saga_id, void_step = n.void_step,"
    " void_compensation = n.void_compensation, void_attempt = n.void_attempt,"
    " void_traceparent = n.void_traceparent, version = p.version + 1, update_time = now()"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::uuid[],"
    " $7::text[], $8::boolean[], $9::integer[], $10::text[], $11::bigint[], $12::text[],"
    " $13::bigint[])"
    " AS n(order_id, state, payment_method_token, decline_code, void_requested, void_saga_id,"
    " void_step, void_compensation, void_attempt, void_traceparent, version, currency_code,"
    " amount_minor)"
    " WHERE p.order_id = n.order_id AND p.version = n.version"};

constexpr postgres::Statement kInsertOperations{
    "payment_operation_insert",
    "INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference,"
    " decline_code, attempts, last_error, saga_id, step, compensation, attempt, traceparent,"
    " next_action_time)"
    " SELECT n.order_id, n.kind, n.key, n.state, n.provider_reference, n.decline_code, n.attempts,"
    " n.last_error, n.saga_id, n.step, n.compensation, n.attempt, n.traceparent,"
    " CASE WHEN n.state IN ('REQUESTED', 'UNKNOWN')"
    " THEN clock_timestamp() + n.delay_us * INTERVAL '1 microsecond' END"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::integer[], $8::text[], $9::uuid[], $10::text[], $11::boolean[], $12::integer[],"
    " $13::text[], $14::bigint[])"
    " AS n(order_id, kind, key, state, provider_reference, decline_code, attempts, last_error,"
    " saga_id, step, compensation, attempt, traceparent, delay_us)"};

// Only an open operation can change. A negative delay leaves the time of the next action alone.
constexpr postgres::Statement kUpdateOperations{
    "payment_operation_update",
    "UPDATE payment_operations o SET state = n.state, provider_reference = n.provider_reference,"
    " decline_code = n.decline_code, attempts = n.attempts, last_error = n.last_error,"
    " saga_id = n.saga_id, step = n.step, compensation = n.compensation, attempt = n.attempt,"
    " traceparent = n.traceparent, update_time = now(),"
    " next_action_time = CASE WHEN n.state NOT IN ('REQUESTED', 'UNKNOWN') THEN NULL"
    " WHEN n.delay_us < 0 THEN o.next_action_time"
    " ELSE clock_timestamp() + n.delay_us * INTERVAL '1 microsecond' END"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::integer[], $8::text[], $9::uuid[], $10::text[], $11::boolean[], $12::integer[],"
    " $13::text[], $14::bigint[])"
    " AS n(order_id, kind, key, state, provider_reference, decline_code, attempts, last_error,"
    " saga_id, step, compensation, attempt, traceparent, delay_us)"
    " WHERE o.order_id = n.order_id AND o.kind = n.kind AND o.state IN ('REQUESTED', 'UNKNOWN')"};

constexpr postgres::Statement kInsertTransfers{
    "payment_ledger_insert",
    "INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code,"
    " amount_minor)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], "
    "$6::bigint[])"};

// The columns of payments that change, as arrays.
struct PaymentColumns {
  std::vector<std::string> order_ids, states, tokens, decline_codes;
  std::vector<std::string> void_saga_ids, void_steps, void_traceparents;
  std::vector<bool> void_requested, void_compensations;
  std::vector<int64_t> void_attempts, versions;
  std::vector<std::string> customer_ids, currency_codes;
  std::vector<int64_t> amounts;

  void Add(const Payment& payment) {
    const StepRef by = payment.void_requested_by.value_or(StepRef{});
    order_ids.push_back(payment.order_id.value());
    states.push_back(ToString(payment.state));
    tokens.push_back(payment.payment_method_token);
    decline_codes.push_back(payment.decline_code);
    void_requested.push_back(payment.void_requested_by.has_value());
    void_saga_ids.push_back(by.saga_id.value());
    void_steps.push_back(by.step);
    void_compensations.push_back(by.compensation);
    void_attempts.push_back(by.attempt);
    void_traceparents.push_back(by.traceparent);
    versions.push_back(payment.version);
    customer_ids.push_back(payment.customer_id.value());
    currency_codes.push_back(payment.amount.currency_code);
    amounts.push_back(payment.amount.amount_minor);
  }
};

struct OperationColumns {
  std::vector<std::string> order_ids, kinds, keys, states, references, decline_codes, last_errors;
  std::vector<std::string> saga_ids, steps, traceparents;
  std::vector<int64_t> attempts, step_attempts, delays_us;
  std::vector<bool> compensations;

  void Add(const OrderId& order_id, const Operation& operation) {
    order_ids.push_back(order_id.value());
    kinds.push_back(ToString(operation.kind));
    keys.push_back(IdempotencyKey(order_id, operation.kind));
    states.push_back(ToString(operation.state));
    references.push_back(operation.provider_reference);
    decline_codes.push_back(operation.decline_code);
    attempts.push_back(operation.attempts);
    last_errors.push_back(operation.last_error);
    saga_ids.push_back(operation.asked_by.saga_id.value());
    steps.push_back(operation.asked_by.step);
    compensations.push_back(operation.asked_by.compensation);
    step_attempts.push_back(operation.asked_by.attempt);
    traceparents.push_back(operation.asked_by.traceparent);
    delays_us.push_back(operation.next_action_in.has_value() ? operation.next_action_in->count()
                                                             : -1);
  }

  postgres::Params ToParams() const {
    postgres::Params params;
    params.UuidArray(order_ids).TextArray(kinds).TextArray(keys).TextArray(states);
    params.TextArray(references).TextArray(decline_codes).IntArray(attempts).TextArray(last_errors);
    params.UuidArray(saga_ids).TextArray(steps).BoolArray(compensations).IntArray(step_attempts);
    params.TextArray(traceparents).IntArray(delays_us);
    return params;
  }
};

absl::Status InsertPayments(postgres::Transaction& transaction, const PaymentColumns& columns) {
  if (columns.order_ids.empty()) {
    return absl::OkStatus();
  }
  postgres::Params params;
  params.UuidArray(columns.order_ids)
      .TextArray(columns.customer_ids)
      .TextArray(columns.currency_codes);
  params.IntArray(columns.amounts).TextArray(columns.states).TextOrNullArray(columns.tokens);
  params.TextArray(columns.decline_codes).BoolArray(columns.void_requested);
  params.UuidOrNullArray(columns.void_saga_ids).TextOrNullArray(columns.void_steps);
  params.BoolArray(columns.void_compensations).IntArray(columns.void_attempts);
  params.TextOrNullArray(columns.void_traceparents);
  return transaction.QueueExactly(kInsertPayments, params, columns.order_ids.size());
}

absl::Status UpdatePayments(postgres::Transaction& transaction, const PaymentColumns& columns) {
  if (columns.order_ids.empty()) {
    return absl::OkStatus();
  }
  postgres::Params params;
  params.UuidArray(columns.order_ids).TextArray(columns.states).TextOrNullArray(columns.tokens);
  params.TextArray(columns.decline_codes).BoolArray(columns.void_requested);
  params.UuidOrNullArray(columns.void_saga_ids).TextOrNullArray(columns.void_steps);
  params.BoolArray(columns.void_compensations).IntArray(columns.void_attempts);
  params.TextOrNullArray(columns.void_traceparents).IntArray(columns.versions);
  params.TextArray(columns.currency_codes).IntArray(columns.amounts);
  return IsPlanted(PlantedBug::kPaymentVersionNotChecked)
             ? transaction.Queue(kUpdatePayments, params)
             : transaction.QueueExactly(kUpdatePayments, params, columns.order_ids.size());
}

absl::Status WriteOperations(postgres::Transaction& transaction,
                             const postgres::Statement& statement,
                             const OperationColumns& columns) {
  if (columns.order_ids.empty()) {
    return absl::OkStatus();
  }
  return transaction.QueueExactly(statement, columns.ToParams(), columns.order_ids.size());
}

absl::Status InsertTransfers(postgres::Transaction& transaction,
                             std::span<const LedgerTransfer> transfers) {
  if (transfers.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string> order_ids, kinds, debits, credits, currencies;
  std::vector<int64_t> amounts;
  for (const LedgerTransfer& transfer : transfers) {
    order_ids.push_back(transfer.order_id.value());
    kinds.push_back(ToString(transfer.kind));
    debits.push_back(transfer.debit_account);
    credits.push_back(transfer.credit_account);
    currencies.push_back(transfer.amount.currency_code);
    amounts.push_back(transfer.amount.amount_minor);
  }
  postgres::Params params;
  params.UuidArray(order_ids).TextArray(kinds).TextArray(debits).TextArray(credits);
  params.TextArray(currencies).IntArray(amounts);
  return transaction.QueueExactly(kInsertTransfers, params, transfers.size());
}

}  // namespace

absl::StatusOr<Payments> PostgresPaymentStore::Load(postgres::Transaction& transaction,
                                                    std::span<const OrderId> order_ids) {
  std::vector<std::string> ids;
  ids.reserve(order_ids.size());
  for (const OrderId& order_id : order_ids) {
    ids.push_back(order_id.value());
  }
  postgres::Params params;
  params.UuidArray(ids).Int(static_cast<int64_t>(ids.size()) * kOperationKinds);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kLoad, params));
  ASSIGN_OR_RETURN(std::vector<Payment> read, ReadPayments(rows));
  Payments payments;
  for (Payment& payment : read) {
    const OrderId order_id = payment.order_id;
    payments.emplace(order_id, std::move(payment));
  }
  return payments;
}

absl::Status PostgresPaymentStore::Store(postgres::Transaction& transaction,
                                         std::span<const PaymentChange> changes,
                                         std::span<const LedgerTransfer> transfers) {
  PaymentColumns new_payments;
  PaymentColumns changed_payments;
  OperationColumns new_operations;
  OperationColumns changed_operations;
  for (const PaymentChange& change : changes) {
    (change.before.has_value() ? changed_payments : new_payments).Add(change.after);
    for (const Operation& operation : change.after.operations) {
      const Operation* before =
          change.before.has_value() ? FindOperation(*change.before, operation.kind) : nullptr;
      if (before == nullptr) {
        INVARIANT(!IsOpen(operation.state) || operation.next_action_in.has_value(),
                  "a new open operation says when the resolver takes over");
        new_operations.Add(change.after.order_id, operation);
      } else if (*before != operation) {
        changed_operations.Add(change.after.order_id, operation);
      }
    }
  }
  RETURN_IF_ERROR(InsertPayments(transaction, new_payments));
  RETURN_IF_ERROR(UpdatePayments(transaction, changed_payments));
  RETURN_IF_ERROR(WriteOperations(transaction, kInsertOperations, new_operations));
  RETURN_IF_ERROR(WriteOperations(transaction, kUpdateOperations, changed_operations));
  return InsertTransfers(transaction, transfers);
}

}  // namespace orderflow::payment
