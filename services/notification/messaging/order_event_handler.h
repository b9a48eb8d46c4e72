#pragma once

#include <functional>
#include <span>

#include "libs/base/uuid.h"
#include "libs/inbox/batch_handler.h"
#include "services/notification/domain/notification_store.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::notification {

// Turns a batch of order.events into notifications. Idempotent by (order, event, channel).
// Threadsafe.
class OrderEventHandler final : public inbox::BatchHandler {
 public:
  // `wake` is called after a commit that brought something new to deliver; it must not block.
  OrderEventHandler(NotificationStore& store, IdGenerator& ids, telemetry::Metrics& metrics,
                    std::function<void()> wake);

  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override;

 private:
  NotificationStore& store_;
  IdGenerator& ids_;
  telemetry::Counter& created_;
  const std::function<void()> wake_;
};

}  // namespace orderflow::notification
