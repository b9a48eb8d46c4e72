#pragma once

#include <map>
#include <span>
#include <utility>

#include "libs/base/uuid.h"
#include "libs/inbox/batch_handler.h"
#include "services/inventory/domain/stock_store.h"

namespace orderflow::outbox {
class Outbox;
}
namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::inventory {

// Carries out a batch of inventory.commands: one load, decisions in memory in the order of
// the records, one write, one reply per record on order.replies. Idempotent by the order's
// reservation: a repeated command is answered again from the stored outcome. Threadsafe.
class StockCommandHandler final : public inbox::BatchHandler {
 public:
  StockCommandHandler(StockStore& store, outbox::Outbox& outbox, IdGenerator& ids,
                      telemetry::Metrics& metrics);

  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override;

 private:
  using CounterKey = std::pair<StockCommandKind, Outcome>;

  StockStore& store_;
  outbox::Outbox& outbox_;
  IdGenerator& ids_;
  telemetry::Counter& repeated_batches_;
  std::map<CounterKey, telemetry::Counter*> answers_;  // complete and constant after construction
};

}  // namespace orderflow::inventory
