#include "services/order/persistence/dead_letter_action_rows.h"

#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "services/order/persistence/dead_letter_action_codec.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

#define ORDERFLOW_DEAD_LETTER_ACTION_COLUMNS                                                     \
  "a.topic, a.partition, a.log_offset, a.action_id, a.request_id, a.action, a.actor, a.reason, " \
  "a.key, a.before, a.after, a.create_time"

constexpr Statement kFind{
    "dead_letter_action_find",
    "SELECT " ORDERFLOW_DEAD_LETTER_ACTION_COLUMNS
    " FROM dead_letter_actions AS a JOIN unnest($1::text[], $2::integer[], $3::bigint[]) "
    "AS i (topic, partition, log_offset) ON a.topic = i.topic AND a.partition = i.partition "
    "AND a.log_offset = i.log_offset LIMIT 10000"};

constexpr Statement kInsert{
    "dead_letter_action_insert",
    "INSERT INTO dead_letter_actions (topic, partition, log_offset, action_id, request_id, action, "
    "actor, reason, key, before, after, create_time, record_hash) "
    "SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::uuid[], $5::uuid[], "
    "$6::text[], $7::text[], $8::text[], $9::text[], $10::json[], $11::json[], "
    "$12::timestamptz[], $13::text[]) ON CONFLICT DO NOTHING"};

constexpr Statement kCount{
    "dead_letter_action_count",
    "SELECT topic, count(*) FROM dead_letter_actions GROUP BY topic LIMIT 1000"};

// One statement per filter, so that each has its own plan.
constexpr Statement kListAll{"dead_letter_action_list_all",
                             "SELECT " ORDERFLOW_DEAD_LETTER_ACTION_COLUMNS
                             " FROM dead_letter_actions AS a WHERE a.action_id < $1::uuid "
                             "ORDER BY a.action_id DESC LIMIT $2"};
constexpr Statement kListOfKey{"dead_letter_action_list_of_key",
                               "SELECT " ORDERFLOW_DEAD_LETTER_ACTION_COLUMNS
                               " FROM dead_letter_actions AS a WHERE a.action_id < $1::uuid "
                               "AND a.key = $3 ORDER BY a.action_id DESC LIMIT $2"};

absl::StatusOr<DeadLetterAction> Decode(const postgres::Row& row) {
  const auto kind = ParseDeadLetterActionKind(row.Text(5));
  if (!kind) {
    return absl::InternalError(
        fmt::format("dead letter action {} is a {}, which this binary does not know", row.Text(3),
                    row.Text(5)));
  }
  DeadLetterAction action;
  action.action_id = row.String(3);
  action.request = {.request_id = RequestId(row.String(4)),
                    .kind = *kind,
                    .actor = row.String(6),
                    .reason = row.String(7),
                    .validate_only = false};
  ASSIGN_OR_RETURN(action.letter, DecodeLetter(row.Text(9)));
  action.letter.id = {row.String(0), static_cast<int32_t>(row.Int(1)), row.Int(2)};
  action.letter.key = row.String(8);
  ASSIGN_OR_RETURN(SentMessage sent, DecodeSent(row.Text(10)));
  action.sent_topic = std::move(sent.topic);
  action.sent_headers = std::move(sent.headers);
  action.time = row.Time(11);
  return action;
}

}  // namespace

absl::StatusOr<std::map<DeadLetterId, DeadLetterAction>> FindDeadLetterActions(
    postgres::Transaction& transaction, std::span<const DeadLetter> letters) {
  std::vector<std::string> topics;
  std::vector<int64_t> partitions;
  std::vector<int64_t> offsets;
  std::map<DeadLetterId, std::string> hashes;
  for (const DeadLetter& letter : letters) {
    topics.push_back(letter.id.topic);
    partitions.push_back(letter.id.partition);
    offsets.push_back(letter.id.offset);
    hashes.emplace(letter.id, RecordHash(letter));
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(
                       kFind, Params().TextArray(topics).IntArray(partitions).IntArray(offsets)));
  std::map<DeadLetterId, DeadLetterAction> actions;
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(DeadLetterAction action, Decode(row));
    DeadLetterId id = action.letter.id;
    if (hashes.at(id) == RecordHash(action.letter)) {
      actions.emplace(std::move(id), std::move(action));
    }
  }
  return actions;
}

absl::Status InsertDeadLetterActions(postgres::Transaction& transaction,
                                     std::span<const DeadLetterAction> actions) {
  std::vector<std::string> topics, ids, request_ids, kinds, actors, reasons, keys, before, after,
      hashes;
  std::vector<int64_t> partitions, offsets;
  std::vector<Timestamp> times;
  for (const DeadLetterAction& action : actions) {
    topics.push_back(action.letter.id.topic);
    partitions.push_back(action.letter.id.partition);
    offsets.push_back(action.letter.id.offset);
    ids.push_back(action.action_id);
    request_ids.push_back(action.request.request_id.value());
    kinds.push_back(ToString(action.request.kind));
    actors.push_back(action.request.actor);
    reasons.push_back(action.request.reason);
    keys.push_back(action.letter.key);
    before.push_back(EncodeLetter(action.letter));
    after.push_back(EncodeSent({action.sent_topic, action.sent_headers}));
    times.push_back(action.time);
    hashes.push_back(RecordHash(action.letter));
  }
  if (ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.TextArray(topics).IntArray(partitions).IntArray(offsets).UuidArray(ids);
  params.UuidArray(request_ids).TextArray(kinds).TextArray(actors).TextArray(reasons);
  params.TextArray(keys).TextArray(before).TextArray(after).TimeArray(times);
  params.TextArray(hashes);
  return transaction.QueueExactly(kInsert, params, actions.size());
}

absl::StatusOr<std::map<std::string, int64_t>> CountDeadLetterActions(
    postgres::Transaction& transaction) {
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kCount));
  std::map<std::string, int64_t> counts;
  for (const postgres::Row row : rows) {
    counts[row.String(0)] = row.Int(1);
  }
  return counts;
}

absl::StatusOr<std::vector<DeadLetterAction>> ListDeadLetterActions(
    postgres::Transaction& transaction, const DeadLetterActionFilter& filter) {
  Params params;
  params.Text(postgres::BeforeOrLast(filter.before)).Int(filter.limit);
  if (!filter.key.empty()) {
    params.Text(filter.key);
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(filter.key.empty() ? kListAll : kListOfKey, params));
  std::vector<DeadLetterAction> actions;
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(actions.emplace_back(), Decode(row));
  }
  return actions;
}

}  // namespace orderflow::order
