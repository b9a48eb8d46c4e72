#include "services/inventory/messaging/stock_command_handler.h"

#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/transaction.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/inventory/messaging/stock_command_codec.h"

namespace orderflow::inventory {
namespace {

void LogAnswer(const ReceivedCommand& received, const Answer& answer) {
  if (answer.outcome != Outcome::kFailed) {
    return;
  }
  telemetry::LogWarning("stock command failed, the saga tries it again",
                        {{"command", std::string(ToString(received.command.kind))},
                         {"error", answer.error},
                         {"order_id", received.command.order_id.value()},
                         {"saga_id", received.command.saga_id.value()}});
}

}  // namespace

StockCommandHandler::StockCommandHandler(StockStore& store, outbox::Outbox& outbox,
                                         IdGenerator& ids, telemetry::Metrics& metrics)
    : store_(store),
      outbox_(outbox),
      ids_(ids),
      repeated_batches_(
          metrics.AddCounter("orderflow_inventory_repeated_batches_total",
                             "Batches of stock commands that ran again, under locks, because "
                             "somebody else had changed "
                             "one of their reservations or taken stock that they counted on.")) {
  for (const auto kind : {StockCommandKind::kReserve, StockCommandKind::kRelease,
                          StockCommandKind::kCommit, StockCommandKind::kRestock}) {
    for (const auto outcome : {Outcome::kDone, Outcome::kRefused, Outcome::kFailed}) {
      answers_[{kind, outcome}] = &metrics.AddCounter(
          "orderflow_inventory_answers_total", "Stock commands answered.",
          {{"command", std::string(ToString(kind))}, {"outcome", std::string(ToString(outcome))}});
    }
  }
}

absl::Status StockCommandHandler::Handle(postgres::Transaction& transaction,
                                         std::span<const messaging::Record> records) {
  std::vector<ReceivedCommand> received;
  std::vector<StockCommand> commands;
  for (const messaging::Record& record : records) {
    ASSIGN_OR_RETURN(received.emplace_back(), DecodeCommand(record));
    commands.push_back(received.back().command);
  }
  if (transaction.attempt() > 1) {
    repeated_batches_.Increment();
  }
  ASSIGN_OR_RETURN(StockBook book, store_.Load(transaction, commands));
  std::vector<outbox::OutboxMessage> replies;
  std::vector<telemetry::Counter*> counters;
  for (const ReceivedCommand& command : received) {
    const Answer answer = book.Apply(command.command);
    LogAnswer(command, answer);
    counters.push_back(answers_.at({command.command.kind, answer.outcome}));
    replies.push_back(EncodeReply(command, answer, ids_.NewId()));
  }
  RETURN_IF_ERROR(store_.Save(transaction, book));
  transaction.AfterCommit([counters = std::move(counters)]() {
    for (telemetry::Counter* counter : counters) {
      counter->Increment();
    }
  });
  return outbox_.Insert(transaction, std::move(replies));
}

}  // namespace orderflow::inventory
