#pragma once

#include <atomic>

#include "libs/inbox/batch_handler.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/messaging/batch_writer.h"

namespace orderflow::payment {

struct CommandHandlerOptions {
  DecisionPolicy policy{};
  // While more operations than this have an unknown outcome, no new commands are taken: the
  // provider is in trouble, and what waits in Kafka costs nothing.
  int64_t unknown_operations_max = 5000;
};

// Applies batches of payment.commands. Effects once by natural keys: a payment per order and an
// operation per kind; a repeated command is answered again from what is stored. Not threadsafe, but
// for SetUnknownOperations.
class PaymentCommandHandler final : public inbox::BatchHandler {
 public:
  PaymentCommandHandler(PaymentStore& store, BatchWriter& writer, const CallSink& calls,
                        CommandHandlerOptions options)
      : store_(store), writer_(writer), calls_(calls), options_(options) {}

  // kInvalidArgument: a record that can never be applied. kResourceExhausted: too many provider
  // calls wait already, or too many operations are in the dark.
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override;

  // Told by the resolver. Threadsafe.
  void SetUnknownOperations(int64_t count) {
    unknown_operations_.store(count, std::memory_order_relaxed);
  }

 private:
  absl::Status CheckRoom(size_t commands) const;

  PaymentStore& store_;
  BatchWriter& writer_;
  const CallSink& calls_;
  const CommandHandlerOptions options_;
  std::atomic<int64_t> unknown_operations_ = 0;
};

}  // namespace orderflow::payment
