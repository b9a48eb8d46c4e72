#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "libs/inbox/batch_handler.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/messaging/batch_writer.h"
#include "services/payment/messaging/orders_in_hand.h"

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
  PaymentCommandHandler(PaymentStore& store, BatchWriter& writer, OrdersInHand& orders,
                        const CallSink& calls, CommandHandlerOptions options)
      : store_(store), writer_(writer), orders_(orders), calls_(calls), options_(options) {}

  // Takes the batch's orders in hand until Release. kInvalidArgument: a record that can never be
  // applied. kResourceExhausted: too many provider calls wait already, or too many operations are
  // in the dark.
  absl::Status Prepare(std::span<const messaging::Record> records) override;
  void Release() override { batch_.reset(); }

  // Of the batch that Prepare was called with.
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
  };

  absl::Status CheckRoom(size_t commands) const;

  PaymentStore& store_;
  BatchWriter& writer_;
  OrdersInHand& orders_;
  const CallSink& calls_;
  const CommandHandlerOptions options_;
  std::atomic<int64_t> unknown_operations_ = 0;
  std::optional<Batch> batch_;  // between Prepare and Release
};

}  // namespace orderflow::payment
