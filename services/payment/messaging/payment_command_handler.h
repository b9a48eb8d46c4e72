#pragma once

#include <atomic>
#include <optional>
#include <random>
#include <vector>

#include "libs/inbox/batch_handler.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/messaging/batch_writer.h"
#include "services/payment/messaging/orders_in_hand.h"
#include "services/payment/messaging/outcome_metrics.h"
#include "services/payment/messaging/prompt_answers.h"

namespace orderflow::postgres {
class Pool;
}
namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

// What the handlers of a process share. All of it is threadsafe.
struct CommandHandlerDeps {
  postgres::Pool& pool;
  PaymentStore& store;
  BatchWriter& writer;
  OrdersInHand& orders;
  OutcomeMetrics& outcome_metrics;
  CallSink& calls;
};

struct CommandHandlerOptions {
  DecisionPolicy policy{};
  // While more operations than this have an unknown outcome, no new commands are taken: the
  // provider is in trouble, and what waits in Kafka costs nothing.
  int64_t unknown_operations_max = 5000;
  // That share the room for calls, each with a batch of its own.
  size_t handlers = 1;
};

// Applies batches of payment.commands. Effects once by natural keys: a payment per order and an
// operation per kind; a repeated command is answered again from what is stored.
//
// The provider is asked before anything is written, where that is worth while (PromptAnswers): what
// it answers in time is written in the transaction of the commands, as operations that have ended.
// What it does not is written as an intent, and its outcome goes the way of the others, behind that
// transaction: the orders are in hand until then. Nothing is lost with a process that dies in
// between: progress has not moved, the commands come again, and the keys of their calls are the
// same, so that the provider answers as it did (docs/adr/0029).
//
// After a transaction that failed the intent comes first for a while: a batch that is split around
// what cannot be stored, or tried again, does not ask at each try.
//
// Not threadsafe, but for SetUnknownOperations.
class PaymentCommandHandler final : public inbox::BatchHandler {
 public:
  PaymentCommandHandler(const CommandHandlerDeps& deps, PromptAnswers& provider,
                        telemetry::Metrics& metrics, CommandHandlerOptions options);

  // Takes the batch's orders in hand until Release, and asks the provider. kInvalidArgument: a
  // record that can never be applied; nothing was asked. kResourceExhausted: too many provider
  // calls wait already, or too many operations are in the dark.
  absl::Status Prepare(std::span<const messaging::Record> records) override;
  void Release() override;

  // Of the batch that Prepare was called with. In a second try what has been answered is not asked
  // again; a call still under way is made anew, under its key.
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override;

  // Told by the resolver. Threadsafe.
  void SetUnknownOperations(int64_t count) {
    unknown_operations_.store(count, std::memory_order_relaxed);
  }

 private:
  struct Batch {
    std::vector<PaymentCommand> commands;
    std::vector<OrderId> order_ids;  // distinct
    OrdersInHand::Claim claim;
    std::vector<CallOutcome> answers{};     // that came before anything is written
    std::optional<PaymentBatch> decided{};  // for the first try
    bool stored = false;
  };

  absl::Status CheckRoom(size_t commands) const;
  absl::Status AskProvider(Batch& batch);
  PaymentBatch Decide(const Batch& batch, Payments payments) const;
  void ApplyAnswers(const Batch& batch, PaymentBatch& decided);
  void CountWhenStored(postgres::Transaction& transaction, const PaymentBatch& decided);

  const CommandHandlerDeps deps_;
  PromptAnswers& provider_;
  telemetry::Counter& answered_;
  telemetry::Counter& left_open_;
  const CommandHandlerOptions options_;
  std::atomic<int64_t> unknown_operations_ = 0;
  std::mt19937_64 random_;
  int intents_first_ = 0;       // so many batches more
  std::optional<Batch> batch_;  // between Prepare and Release
};

}  // namespace orderflow::payment
