#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kInsert{"ceiling_insert_messages", R"sql(
INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, traceparents, headers, payloads)
SELECT $1::uuid, $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::json[], $9::bytea[])sql"};

constexpr Statement kDelete{"ceiling_delete_messages",
                            "DELETE FROM outbox WHERE batch_id = ANY($1::uuid[])"};

constexpr Statement kProgress{"ceiling_progress", R"sql(
UPDATE consumer_progress SET next_offset = next_offset + $3, update_time = clock_timestamp()
WHERE consumer_group = $1 AND topic = 'order.replies' AND partition = $2)sql"};

constexpr Statement kSeedProgress{"ceiling_seed_progress", R"sql(
INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset) VALUES ($1, 'order.replies', $2, 0)
ON CONFLICT DO NOTHING)sql"};

}  // namespace

absl::Status InsertMessages(postgres::Transaction& transaction, const SagaBatch& batch,
                            int per_order, IdGenerator& ids, std::string& batch_id) {
  std::vector<std::string> message_ids, keys, payloads;
  for (int copy = 0; copy < per_order; ++copy) {
    for (size_t i = 0; i < batch.size(); ++i) {
      message_ids.push_back(ids.NewId());
      keys.push_back(batch.order_ids[i]);
      payloads.push_back(batch.payloads[i]);
    }
  }
  const size_t count = message_ids.size();
  const auto all = [count](const std::string& value) {
    return std::vector<std::string>(count, value);
  };
  Params params;
  params.Text(message_ids.front()).UuidArray(message_ids).TextArray(all("payment.commands"));
  params.TextArray(keys).TextArray(all("orderflow.payment.v1.PaymentCommand"));
  params.IntArray(std::vector<int64_t>(count, 1)).TextArray(all(batch.traceparent));
  params.TextOrNullArray(all("")).BytesArray(payloads);
  RETURN_IF_ERROR(transaction.Execute(kInsert, params).status());
  batch_id = message_ids.front();
  return absl::OkStatus();
}

absl::Status DeleteMessages(postgres::Transaction& transaction, const std::string& batch_id) {
  return transaction.Execute(kDelete, Params().UuidArray(std::vector<std::string>{batch_id}))
      .status();
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
