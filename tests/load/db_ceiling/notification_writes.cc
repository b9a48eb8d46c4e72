#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kInsert{"ceiling_insert_notifications", R"sql(
INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient, subject, body, state,
                           attempts, next_attempt_time, last_error, create_time, update_time)
SELECT notification_id, order_id, 'order_confirmed', 'email', customer_id, recipient,
       'Your order is confirmed', body, 'PENDING', 0, now(), '', now(), now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
     AS u(notification_id, order_id, customer_id, recipient, body)
ON CONFLICT (order_id, event, channel) DO NOTHING)sql"};

constexpr Statement kClaim{"ceiling_claim_notifications", R"sql(
UPDATE notifications SET state = 'SENDING', attempts = attempts + 1, next_attempt_time = NULL,
       claim_id = gen_random_uuid(), claim_time = now(), update_time = now()
WHERE notification_id = ANY($1::uuid[]) RETURNING *)sql"};

constexpr Statement kRecord{"ceiling_record_notifications", R"sql(
UPDATE notifications SET state = 'SENT', update_time = now() WHERE notification_id = ANY($1::uuid[]))sql"};

}  // namespace

absl::Status InsertNotifications(postgres::Transaction& transaction, const SagaBatch& batch) {
  Params params;
  params.UuidArray(batch.notification_ids).UuidArray(batch.order_ids);
  params.TextArray(batch.customer_ids).TextArray(batch.emails).TextArray(batch.payloads);
  return transaction.Execute(kInsert, params).status();
}

absl::Status ClaimNotifications(postgres::Transaction& transaction, const SagaBatch& batch) {
  return transaction.Execute(kClaim, Params().UuidArray(batch.notification_ids)).status();
}

absl::Status RecordNotifications(postgres::Transaction& transaction, const SagaBatch& batch) {
  return transaction.Execute(kRecord, Params().UuidArray(batch.notification_ids)).status();
}

}  // namespace orderflow::db_ceiling
