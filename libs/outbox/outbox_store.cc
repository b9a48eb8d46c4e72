#include "libs/outbox/outbox_store.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"

namespace orderflow::outbox {
namespace {

using postgres::Params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::Transaction;

constexpr Statement kInsert{"outbox_insert", R"sql(
INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, traceparents, headers, payloads)
SELECT $1::uuid, $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::json[], $9::bytea[]
)sql"};

constexpr Statement kDelete{"outbox_delete", "DELETE FROM outbox WHERE batch_id = ANY($1::uuid[])"};

constexpr Statement kAcquireLease{"outbox_acquire_lease", R"sql(
UPDATE outbox_sweep_lease
SET owner = $1,
    epoch = epoch + CASE WHEN owner = $1 THEN 0 ELSE 1 END,
    expire_time = clock_timestamp() + $2::bigint * INTERVAL '1 microsecond'
WHERE owner = $1 OR expire_time < clock_timestamp()
)sql"};

constexpr Statement kReleaseLease{
    "outbox_release_lease",
    "UPDATE outbox_sweep_lease SET expire_time = '-infinity' WHERE owner = $1"};

constexpr Statement kReadOlderThan{"outbox_read_older_than", R"sql(
SELECT batch_id, message_id, topic, message_key, message_type, sequence, traceparent, headers, payload
FROM outbox_messages
WHERE batch_id = ANY(ARRAY(
  SELECT batch_id FROM (
    SELECT batch_id, sum(cardinality(message_ids)) OVER (ORDER BY batch_id) - cardinality(message_ids) AS before
    FROM (
      SELECT batch_id, message_ids FROM outbox
      WHERE batch_id > $1::uuid AND create_time < clock_timestamp() - $2::bigint * INTERVAL '1 microsecond'
      ORDER BY batch_id LIMIT $3) AS oldest) AS counted
  WHERE before < $4))
ORDER BY batch_id, message_id
)sql"};

constexpr Statement kDepth{"outbox_depth", R"sql(
SELECT (SELECT COALESCE(sum(cardinality(message_ids)), 0) FROM (SELECT message_ids FROM outbox LIMIT $1) AS bounded),
       (SELECT EXTRACT(EPOCH FROM clock_timestamp() - create_time) FROM outbox ORDER BY batch_id LIMIT 1)
)sql"};

OutboxMessage ReadMessage(const Row& row) {
  OutboxMessage message;
  message.batch_id = row.String(0);
  message.message_id = row.String(1);
  message.topic = row.String(2);
  message.key = row.String(3);
  message.type = row.String(4);
  message.sequence = row.Int(5);
  message.traceparent = row.String(6);
  message.headers_json = row.String(7);
  message.payload = row.Bytes(8);
  return message;
}

}  // namespace

absl::Status OutboxStore::Insert(Transaction& transaction, std::vector<OutboxMessage>& messages) {
  FormBatch(messages);
  const size_t count = messages.size();
  std::vector<std::string> ids(count), topics(count), keys(count), types(count),
      traceparents(count), headers(count), payloads(count);
  std::vector<int64_t> sequences(count);
  for (size_t i = 0; i < count; ++i) {
    const OutboxMessage& message = messages[i];
    ids[i] = message.message_id;
    topics[i] = message.topic;
    keys[i] = message.key;
    types[i] = message.type;
    sequences[i] = message.sequence;
    traceparents[i] = message.traceparent;
    headers[i] = message.headers_json;
    payloads[i] = message.payload;
  }
  Params params;
  params.Text(messages.front().batch_id)
      .UuidArray(ids)
      .TextArray(topics)
      .TextArray(keys)
      .TextArray(types);
  params.IntArray(sequences).TextArray(traceparents).TextOrNullArray(headers).BytesArray(payloads);
  return transaction.Queue(kInsert, params);
}

absl::Status OutboxStore::Delete(std::vector<std::string> batch_ids) {
  // Sorted: two relays that delete the same rows (after a sweep of both) cannot deadlock.
  std::sort(batch_ids.begin(), batch_ids.end());
  return pool_.RunInTransaction([&batch_ids](Transaction& transaction) {
    return transaction.Queue(kDelete, Params().UuidArray(batch_ids));
  });
}

absl::StatusOr<bool> OutboxStore::AcquireLease(const std::string& owner, Duration lease) {
  bool acquired = false;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows,
                     transaction.Execute(kAcquireLease, Params().Text(owner).Int(lease.count())));
    acquired = rows.affected() == 1;
    return absl::OkStatus();
  }));
  return acquired;
}

absl::Status OutboxStore::ReleaseLease(const std::string& owner) {
  return pool_.RunInTransaction([&owner](Transaction& transaction) {
    return transaction.Queue(kReleaseLease, Params().Text(owner));
  });
}

absl::StatusOr<std::vector<OutboxMessage>> OutboxStore::ReadOlderThan(
    Duration age_min, const std::string& after_batch_id, const ReadLimits& limits) {
  std::vector<OutboxMessage> messages;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    messages.clear();
    ASSIGN_OR_RETURN(
        const Rows rows,
        transaction.Execute(kReadOlderThan, Params()
                                                .Text(postgres::AfterOrFirst(after_batch_id))
                                                .Int(age_min.count())
                                                .Int(static_cast<int64_t>(limits.rows_max))
                                                .Int(static_cast<int64_t>(limits.messages_max))));
    messages.reserve(static_cast<size_t>(rows.size()));
    for (const Row row : rows) {
      messages.push_back(ReadMessage(row));
    }
    return absl::OkStatus();
  }));
  return messages;
}

absl::StatusOr<OutboxDepth> OutboxStore::Depth() {
  OutboxDepth depth;
  RETURN_IF_ERROR(pool_.RunInTransaction([&depth](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kDepth, Params().Int(kCountMax)));
    depth = {rows[0].Int(0), rows[0].Double(1)};
    return absl::OkStatus();
  }));
  return depth;
}

}  // namespace orderflow::outbox
