#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kInsert{"ceiling_insert_messages", R"sql(
INSERT INTO outbox (message_id, topic, message_key, message_type, sequence, traceparent, payload)
SELECT message_id, 'payment.commands', message_key, 'orderflow.payment.v1.PaymentCommand', 1, $4, payload
FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS u(message_id, message_key, payload))sql"};

constexpr Statement kDelete{"ceiling_delete_messages",
                            "DELETE FROM outbox WHERE message_id = ANY($1::uuid[])"};

constexpr Statement kProgress{"ceiling_progress", R"sql(
UPDATE consumer_progress SET next_offset = next_offset + $3, update_time = clock_timestamp()
WHERE consumer_group = $1 AND topic = 'order.replies' AND partition = $2)sql"};

constexpr Statement kSeedProgress{"ceiling_seed_progress", R"sql(
INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset) VALUES ($1, 'order.replies', $2, 0)
ON CONFLICT DO NOTHING)sql"};

}  // namespace

absl::Status InsertMessages(postgres::Transaction& transaction, const SagaBatch& batch,
                            int per_order, IdGenerator& ids, MessageIds& queued) {
  MessageIds message_ids;
  std::vector<std::string> keys, payloads;
  for (int copy = 0; copy < per_order; ++copy) {
    for (size_t i = 0; i < batch.size(); ++i) {
      message_ids.push_back(ids.NewId());
      keys.push_back(batch.order_ids[i]);
      payloads.push_back(batch.payloads[i]);
    }
  }
  Params params;
  params.UuidArray(message_ids).TextArray(keys).BytesArray(payloads).Text(batch.traceparent);
  RETURN_IF_ERROR(transaction.Execute(kInsert, params).status());
  queued = std::move(message_ids);
  return absl::OkStatus();
}

absl::Status DeleteMessages(postgres::Transaction& transaction, const MessageIds& queued) {
  return transaction.Execute(kDelete, Params().UuidArray(queued)).status();
}

absl::Status AdvanceProgress(postgres::Transaction& transaction, const std::string& group,
                             int64_t partition, int64_t records) {
  ASSIGN_OR_RETURN(
      const postgres::Rows rows,
      transaction.Execute(kProgress, Params().Text(group).Int(partition).Int(records)));
  if (rows.affected() != 1) {
    return absl::InternalError(fmt::format("no progress row for {} {}", group, partition));
  }
  return absl::OkStatus();
}

absl::Status SeedProgress(postgres::Transaction& transaction, const std::string& group,
                          int64_t partition) {
  return transaction.Execute(kSeedProgress, Params().Text(group).Int(partition)).status();
}

}  // namespace orderflow::db_ceiling
