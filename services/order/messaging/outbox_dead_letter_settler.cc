#include "services/order/messaging/outbox_dead_letter_settler.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/telemetry/metrics.h"
#include "services/order/messaging/dead_letter_codec.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/persistence/dead_letter_action_rows.h"

namespace orderflow::order {
namespace {

telemetry::Counter& SettledCounter(telemetry::Metrics& metrics, const std::string& action) {
  return metrics.AddCounter("orderflow_order_settled_dead_letters_total",
                            "Dead letters that persons have redriven or discarded.",
                            {{"action", action}});
}

std::vector<OrderId> OrdersOf(std::span<const DeadLetter> letters) {
  std::vector<OrderId> order_ids;
  for (const DeadLetter& letter : letters) {
    if (!letter.is_command) {
      continue;
    }
    for (const DeadLetter& message : MessagesIn(letter)) {
      if (IsUuid(message.key)) {
        order_ids.emplace_back(LowerCaseUuid(message.key));
      }
    }
  }
  return order_ids;
}

struct ToSend {
  std::vector<outbox::OutboxMessage> messages;  // but for their ids
  DeadLetterHeaders headers;                    // of the first one
};

// What settling `letter` sends. Of a packed record each message is judged by its
// own order, and sent alone: those whose orders do not wait are left out. An error: not even one of
// them may be settled.
absl::StatusOr<ToSend> MessagesToSend(const DeadLetter& letter, DeadLetterActionKind kind,
                                      const std::map<OrderId, OrderState>& states) {
  ToSend sent;
  absl::Status refused;
  bool is_possible = false;
  for (const DeadLetter& part : MessagesIn(letter)) {
    const auto state = states.find(OrderId(LowerCaseUuid(part.key)));
    const absl::Status possible = CheckSettlement(
        part, kind,
        state == states.end() ? std::nullopt : std::optional<OrderState>(state->second));
    if (!possible.ok()) {
      refused = possible;
      continue;
    }
    is_possible = true;
    if (std::optional<outbox::OutboxMessage> message = MessageOf(part, kind)) {
      if (sent.messages.empty()) {
        sent.headers = SentHeadersOf(part, kind);
      }
      sent.messages.push_back(*std::move(message));
    }
  }
  if (!is_possible) {
    return refused;
  }
  return sent;
}

// What was asked for and what it does, without the letter's value.
DeadLetterAction ActionOf(const DeadLetter& letter, const DeadLetterRequest& request,
                          const ToSend& sent, Timestamp now) {
  DeadLetterAction action{.action_id = "",
                          .request = request,
                          .letter = letter,
                          .sent_topic = "",
                          .sent_headers = {},
                          .time = now};
  action.letter.value.clear();
  if (!sent.messages.empty()) {
    action.sent_topic = sent.messages.front().topic;
    action.sent_headers = sent.headers;
  }
  return action;
}

}  // namespace

// What one transaction answers, and what it stores.
struct OutboxDeadLetterSettler::Batch {
  std::map<DeadLetterId, absl::StatusOr<DeadLetterAction>> results;
  std::vector<DeadLetterAction> actions;
  std::vector<outbox::OutboxMessage> messages;
};

OutboxDeadLetterSettler::OutboxDeadLetterSettler(postgres::Pool& pool, outbox::Outbox& outbox,
                                                 const Clock& clock, IdGenerator& ids,
                                                 telemetry::Metrics& metrics)
    : pool_(pool),
      outbox_(outbox),
      clock_(clock),
      ids_(ids),
      redriven_(SettledCounter(metrics, "redrive")),
      discarded_(SettledCounter(metrics, "discard")) {}

absl::StatusOr<std::vector<DeadLetterResult>> OutboxDeadLetterSettler::Settle(
    std::span<const DeadLetter> letters, const DeadLetterRequest& request) {
  std::vector<DeadLetterResult> results;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    Batch batch;
    RETURN_IF_ERROR(Decide(transaction, letters, request, batch));
    results.clear();
    for (const DeadLetter& letter : letters) {
      results.push_back({letter.id, batch.results.at(letter.id)});
    }
    return request.validate_only ? absl::OkStatus() : Store(transaction, batch);
  }));
  return results;
}

absl::Status OutboxDeadLetterSettler::Decide(postgres::Transaction& transaction,
                                             std::span<const DeadLetter> letters,
                                             const DeadLetterRequest& request, Batch& batch) {
  ASSIGN_OR_RETURN(const auto stored, FindDeadLetterActions(transaction, letters));
  ASSIGN_OR_RETURN(const auto states, FindOrderStates(transaction, OrdersOf(letters)));
  // Ids ascend in the order in which the records first came, and the outbox keeps that per key.
  std::vector<const DeadLetter*> in_sequence;
  for (const DeadLetter& letter : letters) {
    in_sequence.push_back(&letter);
  }
  std::sort(in_sequence.begin(), in_sequence.end(), [](const DeadLetter* a, const DeadLetter* b) {
    return std::tie(a->original_topic, a->original_partition, a->first_offset, a->id) <
           std::tie(b->original_topic, b->original_partition, b->first_offset, b->id);
  });
  for (const DeadLetter* letter : in_sequence) {
    if (const auto before = stored.find(letter->id); before != stored.end()) {
      const absl::Status same = CheckSameSettlement(before->second, request);
      batch.results.emplace(letter->id, same.ok() ? absl::StatusOr<DeadLetterAction>(before->second)
                                                  : absl::StatusOr<DeadLetterAction>(same));
      continue;
    }
    absl::StatusOr<ToSend> sent = MessagesToSend(*letter, request.kind, states);
    if (!sent.ok()) {
      batch.results.emplace(letter->id, sent.status());
      continue;
    }
    DeadLetterAction action = ActionOf(*letter, request, *sent, clock_.Now());
    if (!request.validate_only) {
      action.action_id = ids_.NewId();
      for (outbox::OutboxMessage& message : sent->messages) {
        message.message_id = ids_.NewId();
        batch.messages.push_back(std::move(message));
      }
      batch.actions.push_back(action);
    }
    batch.results.emplace(letter->id, std::move(action));
  }
  return absl::OkStatus();
}

absl::Status OutboxDeadLetterSettler::Store(postgres::Transaction& transaction, Batch& batch) {
  if (batch.actions.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(InsertDeadLetterActions(transaction, batch.actions));
  RETURN_IF_ERROR(outbox_.Insert(transaction, std::move(batch.messages)));
  telemetry::Counter& counter =
      batch.actions.front().request.kind == DeadLetterActionKind::kRedrive ? redriven_ : discarded_;
  transaction.AfterCommit(
      [&counter, count = batch.actions.size()] { counter.Increment(static_cast<double>(count)); });
  return absl::OkStatus();
}

absl::StatusOr<std::map<DeadLetterId, DeadLetterAction>> OutboxDeadLetterSettler::ActionsOn(
    std::span<const DeadLetter> letters) {
  std::map<DeadLetterId, DeadLetterAction> actions;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(actions, FindDeadLetterActions(transaction, letters));
    return absl::OkStatus();
  }));
  return actions;
}

absl::StatusOr<std::map<std::string, int64_t>> OutboxDeadLetterSettler::Count() {
  std::map<std::string, int64_t> counts;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(counts, CountDeadLetterActions(transaction));
    return absl::OkStatus();
  }));
  return counts;
}

absl::StatusOr<std::vector<DeadLetterAction>> OutboxDeadLetterSettler::ListActions(
    const DeadLetterActionFilter& filter) {
  std::vector<DeadLetterAction> actions;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(actions, ListDeadLetterActions(transaction, filter));
    return absl::OkStatus();
  }));
  return actions;
}

}  // namespace orderflow::order
