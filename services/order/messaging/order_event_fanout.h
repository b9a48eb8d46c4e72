#pragma once

#include <stop_token>

#include "libs/messaging/consumer.h"
#include "services/order/domain/order_backlog.h"
#include "services/order/domain/order_watch_hub.h"

namespace orderflow::order {

// Brings order.events to the watchers of this process, and tells its backlog which orders have come
// to rest. Every replica reads every record.
class OrderEventFanout {
 public:
  OrderEventFanout(messaging::Consumer& consumer, OrderWatchHub& hub, OrderBacklog& backlog)
      : consumer_(consumer), hub_(hub), backlog_(backlog) {}

  // Polls until stop is requested. Survives broker outages.
  void Run(std::stop_token stop);

 private:
  void Take(const messaging::Record& record);

  messaging::Consumer& consumer_;
  OrderWatchHub& hub_;
  OrderBacklog& backlog_;
};

}  // namespace orderflow::order
