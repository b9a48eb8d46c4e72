#include "services/notification/persistence/postgres_delivery_queue.h"

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "services/notification/persistence/notification_rows.h"

namespace orderflow::notification {
namespace {

// The due rows come as an array: the planner expects few of them, whatever the limit, and finds
// them by their key.
constexpr postgres::Statement kClaim{
    "notification_claim",
    "UPDATE notifications SET state = 'SENDING', attempts = attempts + 1,"
    " next_attempt_time = NULL, claim_id = $2, claim_time = now(), update_time = now()"
    " WHERE notification_id = ANY(ARRAY(SELECT due.notification_id FROM notifications AS due"
    " WHERE due.state = 'PENDING' AND due.next_attempt_time <= now()"
    " ORDER BY due.next_attempt_time LIMIT $1 FOR UPDATE SKIP LOCKED))"
    " RETURNING " ORDERFLOW_NOTIFICATION_COLUMNS("body")};

constexpr postgres::Statement kFindClaim{
    "notification_find_claim",
    "SELECT " ORDERFLOW_NOTIFICATION_COLUMNS("body") " FROM notifications"
    " WHERE state = 'SENDING' AND claim_id = $1 LIMIT $2"};

constexpr postgres::Statement kRecord{
    "notification_record",
    "UPDATE notifications SET state = batch.state, attempts = batch.attempts,"
    " next_attempt_time = CASE WHEN batch.state = 'PENDING'"
    " THEN now() + batch.retry_delay * interval '1 microsecond' END,"
    " last_error = batch.last_error, update_time = now()"
    " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])"
    " AS batch (notification_id, claim_id, state, attempts, retry_delay, last_error)"
    " WHERE notifications.notification_id = batch.notification_id"
    " AND notifications.claim_id = batch.claim_id AND notifications.state = 'SENDING'"};

constexpr postgres::Statement kParkAbandoned{
    "notification_park_abandoned",
    "UPDATE notifications SET state = 'PARKED', update_time = now(),"
    " last_error = 'may have been delivered, not sent again: its sender died during the try'"
    " WHERE notification_id = ANY(ARRAY(SELECT abandoned.notification_id"
    " FROM notifications AS abandoned WHERE abandoned.state = 'SENDING'"
    " AND abandoned.claim_time <= now() - $1::bigint * interval '1 microsecond'"
    " ORDER BY abandoned.claim_time LIMIT $2 FOR UPDATE SKIP LOCKED))"};

}  // namespace

absl::StatusOr<std::vector<Notification>> PostgresDeliveryQueue::Claim(int batch_max) {
  const std::string claim_id = ids_.NewId();
  std::vector<Notification> claimed;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Int(batch_max).Text(claim_id);
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kClaim, params));
        ASSIGN_OR_RETURN(claimed, ReadNotifications(rows));
        return absl::OkStatus();
      });
  if (status.code() == absl::StatusCode::kUnknown) {
    return FindClaim(claim_id, batch_max);
  }
  RETURN_IF_ERROR(status);
  return claimed;
}

absl::StatusOr<std::vector<Notification>> PostgresDeliveryQueue::FindClaim(
    const std::string& claim_id, int batch_max) {
  std::vector<Notification> claimed;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    postgres::Params params;
    params.Text(claim_id).Int(batch_max);
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kFindClaim, params));
    ASSIGN_OR_RETURN(claimed, ReadNotifications(rows));
    return absl::OkStatus();
  }));
  return claimed;
}

absl::Status PostgresDeliveryQueue::Record(std::span<const DeliveryUpdate> updates) {
  std::vector<std::string> ids, claim_ids, states, last_errors;
  std::vector<int64_t> attempts, retry_delays;
  for (const DeliveryUpdate& update : updates) {
    ids.push_back(update.notification_id.value());
    claim_ids.push_back(update.claim_id);
    states.emplace_back(ToString(update.state));
    attempts.push_back(update.attempts);
    retry_delays.push_back(update.retry_delay.count());
    last_errors.push_back(update.last_error);
  }
  postgres::Params params;
  params.UuidArray(ids)
      .UuidArray(claim_ids)
      .TextArray(states)
      .IntArray(attempts)
      .IntArray(retry_delays)
      .TextArray(last_errors);
  return pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    return transaction.Queue(kRecord, params);
  });
}

absl::StatusOr<int> PostgresDeliveryQueue::ParkAbandoned(Duration age, int batch_max) {
  int64_t parked = 0;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    postgres::Params params;
    params.Int(age.count()).Int(batch_max);
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kParkAbandoned, params));
    parked = rows.affected();
    return absl::OkStatus();
  }));
  return static_cast<int>(parked);
}

}  // namespace orderflow::notification
