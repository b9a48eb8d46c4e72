#include <initializer_list>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr char kTime[] = "2026-01-02 03:04:05.678901+00";

constexpr Statement kLoad{"ceiling_load_payments", R"sql(
SELECT * FROM payments p WHERE p.order_id = ANY($1::uuid[]) LIMIT 10000)sql"};

constexpr Statement kInsertPayments{"ceiling_insert_payments", R"sql(
INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, payment_method_token,
                      decline_code, void_requested, operations, next_action_time, version)
SELECT order_id, customer_id, 'EUR', amount, 'AUTHORIZED', NULL, '', FALSE, operations, NULL, 1
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::json[]) AS u(order_id, customer_id, amount, operations)
ON CONFLICT (order_id) DO NOTHING)sql"};

constexpr Statement kUpdatePayments{"ceiling_update_payments", R"sql(
UPDATE payments p SET state = 'CAPTURED', payment_method_token = NULL, operations = u.operations,
       next_action_time = NULL, version = p.version + 1, update_time = now()
FROM unnest($1::uuid[], $2::json[]) AS u(order_id, operations) WHERE p.order_id = u.order_id)sql"};

constexpr Statement kInsertTransfers{"ceiling_insert_transfers", R"sql(
INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor)
SELECT order_id, 'CAPTURE', 'provider_receivable', 'customer_payments', 'EUR', amount
FROM unnest($1::uuid[], $2::bigint[]) AS u(order_id, amount))sql"};

constexpr Statement kLoadBooked{"ceiling_load_booked", R"sql(
SELECT * FROM operations WHERE idempotency_key = ANY($1::text[]) LIMIT 10000)sql"};

constexpr Statement kBook{"ceiling_book", R"sql(
INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time, hold_state, payment_method_token)
SELECT entry, key, $6, reference, $5, 'SUCCEEDED', '', 'EUR', amount, now(),
       CASE WHEN $5 = 'AUTHORIZE' THEN 'HELD' END, CASE WHEN $5 = 'AUTHORIZE' THEN 'tok_approve' END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS u(entry, key, reference, amount)
ON CONFLICT DO NOTHING)sql"};

constexpr Statement kLoadHolds{"ceiling_load_holds", R"sql(
SELECT * FROM operations WHERE payment_reference = ANY($1::text[]) AND hold_state IS NOT NULL LIMIT 10000)sql"};

constexpr Statement kUpdateHolds{"ceiling_update_holds", R"sql(
UPDATE operations o SET hold_state = 'CAPTURED' FROM unnest($1::uuid[]) AS u(entry)
WHERE o.reference = u.entry AND o.hold_state = 'HELD')sql"};

absl::Status Load(postgres::Transaction& transaction, const SagaBatch& batch) {
  return transaction.Execute(kLoad, Params().UuidArray(batch.order_ids)).status();
}

// The column as long as what payment-service writes: the operations so far.
std::vector<std::string> OperationsOf(const SagaBatch& batch,
                                      std::initializer_list<const char*> kinds) {
  std::vector<std::string> columns;
  for (const std::string& saga_id : batch.saga_ids) {
    std::string column;
    for (const char* kind : kinds) {
      column += fmt::format(
          R"({}{{"kind":"{}","state":"SUCCEEDED","provider_reference":"{}","attempts":1,"saga_id":"{}",)"
          R"("step":"authorize_payment","attempt":1,"traceparent":"{}","create_time":"{}","update_time":"{}"}})",
          column.empty() ? "[" : ",", kind, saga_id, saga_id, batch.traceparent, kTime, kTime);
    }
    columns.push_back(column + "]");
  }
  return columns;
}

absl::Status Book(postgres::Transaction& transaction, const SagaBatch& batch,
                  const std::vector<std::string>& entries, const std::vector<std::string>& keys,
                  const char* kind) {
  RETURN_IF_ERROR(transaction.Execute(kLoadBooked, Params().TextArray(keys)).status());
  RETURN_IF_ERROR(transaction.Execute(kLoadHolds, Params().UuidArray(batch.order_ids)).status());
  Params params;
  params.UuidArray(entries).TextArray(keys).UuidArray(batch.order_ids).IntArray(batch.totals);
  params.Text(kind);
  return transaction.Execute(kBook, params.Text(batch.body_hashes.front())).status();
}

}  // namespace

absl::Status BookAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch) {
  return Book(transaction, batch, batch.order_ids, batch.authorize_keys, "AUTHORIZE");
}

absl::Status StoreAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  Params params;
  params.UuidArray(batch.order_ids).TextArray(batch.customer_ids).IntArray(batch.totals);
  params.TextArray(OperationsOf(batch, {"AUTHORIZE"}));
  return transaction.Execute(kInsertPayments, params).status();
}

// Entries are numbered as the provider numbers them, ascending with time: any such ids at hand will
// do, as long as those of captures are others than those of authorizations.
absl::Status BookCaptures(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Book(transaction, batch, batch.notification_ids, batch.capture_keys, "CAPTURE"));
  return transaction.Execute(kUpdateHolds, Params().UuidArray(batch.order_ids)).status();
}

absl::Status StoreCaptures(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Load(transaction, batch));
  Params payments;
  payments.UuidArray(batch.order_ids).TextArray(OperationsOf(batch, {"AUTHORIZE", "CAPTURE"}));
  RETURN_IF_ERROR(transaction.Execute(kUpdatePayments, payments).status());
  return transaction
      .Execute(kInsertTransfers, Params().UuidArray(batch.order_ids).IntArray(batch.totals))
      .status();
}

}  // namespace orderflow::db_ceiling
