#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kLoad{"ceiling_load_payments", R"sql(
SELECT * FROM payments p LEFT JOIN payment_operations o ON o.order_id = p.order_id
WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.order_id, o.create_time, o.kind LIMIT 40000)sql"};

constexpr Statement kInsertPayments{"ceiling_insert_payments", R"sql(
INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, payment_method_token,
                      decline_code, void_requested, version)
SELECT order_id, customer_id, 'EUR', amount, 'AUTHORIZING', 'tok_approve', '', FALSE, 1
FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS u(order_id, customer_id, amount)
ON CONFLICT (order_id) DO NOTHING)sql"};

constexpr Statement kUpdatePayments{"ceiling_update_payments", R"sql(
UPDATE payments p SET state = $2, payment_method_token = NULL, version = p.version + 1, update_time = now()
FROM unnest($1::uuid[]) AS u(order_id) WHERE p.order_id = u.order_id)sql"};

constexpr Statement kInsertOperations{"ceiling_insert_payment_operations", R"sql(
INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference, decline_code, attempts,
                                next_action_time, last_error, saga_id, step, compensation, attempt, traceparent)
SELECT order_id, $4, key, 'REQUESTED', '', '', 1, clock_timestamp() + interval '10 s', '', saga_id,
       'authorize_payment', FALSE, 1, $5
FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS u(order_id, key, saga_id))sql"};

constexpr Statement kUpdateOperations{"ceiling_update_payment_operations", R"sql(
UPDATE payment_operations o SET state = 'SUCCEEDED', provider_reference = u.reference, next_action_time = NULL,
       update_time = now()
FROM unnest($1::uuid[], $2::text[]) AS u(order_id, reference)
WHERE o.order_id = u.order_id AND o.kind = $3 AND o.state IN ('REQUESTED', 'UNKNOWN'))sql"};

constexpr Statement kInsertTransfers{"ceiling_insert_transfers", R"sql(
INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor)
SELECT order_id, 'CAPTURE', 'provider_receivable', 'customer_payments', 'EUR', amount
FROM unnest($1::uuid[], $2::bigint[]) AS u(order_id, amount))sql"};

constexpr Statement kLoadBooked{"ceiling_load_booked", R"sql(
SELECT * FROM operations WHERE idempotency_key = ANY($1::text[]) LIMIT 10000)sql"};

constexpr Statement kBook{"ceiling_book", R"sql(
INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time)
SELECT gen_random_uuid(), key, $5, reference, $4, 'SUCCEEDED', '', 'EUR', amount, now()
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u(key, reference, amount) ON CONFLICT DO NOTHING)sql"};

constexpr Statement kLoadHolds{"ceiling_load_holds", R"sql(
SELECT * FROM holds WHERE payment_reference = ANY($1::text[]) LIMIT 10000)sql"};

constexpr Statement kInsertHolds{"ceiling_insert_holds", R"sql(
INSERT INTO holds (reference, payment_reference, state, currency_code, amount_minor, payment_method_token)
SELECT gen_random_uuid(), reference, 'HELD', 'EUR', amount, 'tok_approve'
FROM unnest($1::text[], $2::bigint[]) AS u(reference, amount) ON CONFLICT DO NOTHING)sql"};

constexpr Statement kUpdateHolds{"ceiling_update_holds", R"sql(
UPDATE holds h SET state = 'CAPTURED' FROM unnest($1::text[]) AS u(reference)
WHERE h.payment_reference = u.reference AND h.state = 'HELD')sql"};

absl::Status Load(postgres::Transaction& transaction, const SagaBatch& batch) {
  return transaction.Execute(kLoad, Params().UuidArray(batch.order_ids)).status();
}

absl::Status SetState(postgres::Transaction& transaction, const SagaBatch& batch,
                      const char* state) {
  return transaction.Execute(kUpdatePayments, Params().UuidArray(batch.order_ids).Text(state))
      .status();
}

absl::Status Intend(postgres::Transaction& transaction, const SagaBatch& batch,
                    const std::vector<std::string>& keys, const char* kind) {
  Params params;
  params.UuidArray(batch.order_ids).TextArray(keys).UuidArray(batch.saga_ids).Text(kind);
  return transaction.Execute(kInsertOperations, params.Text(batch.traceparent)).status();
}

absl::Status Succeed(postgres::Transaction& transaction, const SagaBatch& batch, const char* kind) {
  Params params;
  params.UuidArray(batch.order_ids).UuidArray(batch.saga_ids).Text(kind);
  return transaction.Execute(kUpdateOperations, params).status();
}

absl::Status Book(postgres::Transaction& transaction, const SagaBatch& batch,
                  const std::vector<std::string>& keys, const char* kind) {
  RETURN_IF_ERROR(transaction.Execute(kLoadBooked, Params().TextArray(keys)).status());
  RETURN_IF_ERROR(transaction.Execute(kLoadHolds, Params().UuidArray(batch.order_ids)).status());
  Params params;
  params.TextArray(keys).UuidArray(batch.order_ids).IntArray(batch.totals).Text(kind);
  return transaction.Execute(kBook, params.Text(batch.body_hashes.front())).status();
}

}  // namespace

absl::Status AskForAuthorization(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  Params params;
  params.UuidArray(batch.order_ids).TextArray(batch.customer_ids).IntArray(batch.totals);
  RETURN_IF_ERROR(transaction.Execute(kInsertPayments, params).status());
  return Intend(transaction, batch, batch.authorize_keys, "AUTHORIZE");
}

absl::Status BookAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Book(transaction, batch, batch.authorize_keys, "AUTHORIZE"));
  return transaction
      .Execute(kInsertHolds, Params().UuidArray(batch.order_ids).IntArray(batch.totals))
      .status();
}

absl::Status StoreAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  RETURN_IF_ERROR(SetState(transaction, batch, "AUTHORIZED"));
  return Succeed(transaction, batch, "AUTHORIZE");
}

absl::Status AskForCapture(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  RETURN_IF_ERROR(SetState(transaction, batch, "CAPTURING"));
  return Intend(transaction, batch, batch.capture_keys, "CAPTURE");
}

absl::Status BookCaptures(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Book(transaction, batch, batch.capture_keys, "CAPTURE"));
  return transaction.Execute(kUpdateHolds, Params().UuidArray(batch.order_ids)).status();
}

absl::Status StoreCaptures(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  RETURN_IF_ERROR(SetState(transaction, batch, "CAPTURED"));
  RETURN_IF_ERROR(Succeed(transaction, batch, "CAPTURE"));
  return transaction
      .Execute(kInsertTransfers, Params().UuidArray(batch.order_ids).IntArray(batch.totals))
      .status();
}

}  // namespace orderflow::db_ceiling
