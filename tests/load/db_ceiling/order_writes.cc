#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kClaim{"ceiling_claim_keys", R"sql(
INSERT INTO idempotency_keys (customer_id, request_id, body_hash, order_id, create_time)
SELECT u.*, clock_timestamp() FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[]) AS u
ON CONFLICT (customer_id, request_id) DO NOTHING RETURNING customer_id, request_id)sql"};

constexpr Statement kInsertOrders{"ceiling_insert_orders", R"sql(
INSERT INTO orders (order_id, customer_id, state, sequence, currency_code, total_minor, email,
                    payment_method_token, lines, history, saga_id, create_time, update_time)
SELECT order_id, customer_id, 'PENDING', 1, 'EUR', total, email, 'tok_approve', lines, history, saga_id,
       clock_timestamp(), clock_timestamp()
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::json[], $6::json[], $7::uuid[])
     AS u(order_id, customer_id, total, email, lines, history, saga_id))sql"};

constexpr Statement kInsertSagas{"ceiling_insert_sagas", R"sql(
INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal,
                   traceparent, version, next_action_time, create_time, update_time)
SELECT saga_id, order_id, 'place_order', 1, 'RUNNING', 'RUNNING', steps, '', $4, 1,
       clock_timestamp() + interval '10 s', clock_timestamp(), clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::json[]) AS u(saga_id, order_id, steps))sql"};

constexpr Statement kLoad{"ceiling_load_aggregates", R"sql(
SELECT o.*, s.*, clock_timestamp() FROM orders o JOIN sagas s ON s.saga_id = o.saga_id
WHERE o.order_id = ANY($1::uuid[]) LIMIT 10000)sql"};

constexpr Statement kSelectVersions{"ceiling_select_saga_versions", R"sql(
SELECT saga_id, version, update_time, clock_timestamp() FROM sagas WHERE saga_id = ANY($1::uuid[]) LIMIT 10000)sql"};

constexpr Statement kUpdateSagas{"ceiling_update_sagas", R"sql(
UPDATE sagas s SET state = $3, parked_from = 'RUNNING', steps = u.steps, refusal = '', hold = 'NONE', version = s.version + 1,
       next_action_time = CASE WHEN $3 = 'RUNNING' THEN s.next_action_time END,
       update_time = clock_timestamp()
FROM unnest($1::uuid[], $2::json[]) AS u(saga_id, steps) WHERE s.saga_id = u.saga_id)sql"};

constexpr Statement kUpdateOrders{"ceiling_update_orders", R"sql(
UPDATE orders o SET state = 'CONFIRMED', sequence = 2, history = u.history, saga_id = u.saga_id,
       payment_method_token = '', update_time = clock_timestamp()
FROM unnest($1::uuid[], $2::json[], $3::uuid[]) AS u(order_id, history, saga_id)
WHERE o.order_id = u.order_id)sql"};

absl::Status UpdateSagas(postgres::Transaction& transaction, const SagaBatch& batch,
                         const char* state) {
  Params params;
  params.UuidArray(batch.saga_ids).TextArray(batch.steps_json).Text(state);
  return transaction.Execute(kUpdateSagas, params).status();
}

absl::Status AskForVersions(postgres::Transaction& transaction, const SagaBatch& batch) {
  return transaction.Execute(kSelectVersions, Params().UuidArray(batch.saga_ids)).status();
}

}  // namespace

absl::Status AcceptOrders(postgres::Transaction& transaction, const SagaBatch& batch) {
  Params claim;
  claim.TextArray(batch.customer_ids).UuidArray(batch.request_ids);
  claim.TextArray(batch.body_hashes).UuidArray(batch.order_ids);
  RETURN_IF_ERROR(transaction.Execute(kClaim, claim).status());
  Params orders;
  orders.UuidArray(batch.order_ids).TextArray(batch.customer_ids).IntArray(batch.totals);
  orders.TextArray(batch.emails).TextArray(batch.lines_json).TextArray(batch.history_json);
  orders.UuidArray(batch.saga_ids);
  RETURN_IF_ERROR(transaction.Execute(kInsertOrders, orders).status());
  Params sagas;
  sagas.UuidArray(batch.saga_ids).UuidArray(batch.order_ids).TextArray(batch.steps_json);
  sagas.Text(batch.traceparent);
  return transaction.Execute(kInsertSagas, sagas).status();
}

absl::Status AdvanceNewSagas(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(transaction.Execute(kLoad, Params().UuidArray(batch.order_ids)).status());
  return UpdateSagas(transaction, batch, "RUNNING");
}

absl::Status AdvanceSagas(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(AskForVersions(transaction, batch));
  return UpdateSagas(transaction, batch, "RUNNING");
}

absl::Status ConfirmOrders(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(AskForVersions(transaction, batch));
  Params orders;
  orders.UuidArray(batch.order_ids).TextArray(batch.history_confirmed_json);
  orders.UuidArray(batch.saga_ids);
  RETURN_IF_ERROR(transaction.Execute(kUpdateOrders, orders).status());
  return UpdateSagas(transaction, batch, "COMPLETED");
}

}  // namespace orderflow::db_ceiling
