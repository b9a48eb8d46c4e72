#pragma once

#include <stop_token>

#include "libs/messaging/consumer.h"
#include "services/order/domain/order_watch_hub.h"

namespace orderflow::order {

// Brings order.events to the watchers of this process. Every replica reads every record.
class OrderEventFanout {
 public:
  OrderEventFanout(messaging::Consumer& consumer, OrderWatchHub& hub)
      : consumer_(consumer), hub_(hub) {}

  // Polls until stop is requested. Survives broker outages.
  void Run(std::stop_token stop);

 private:
  messaging::Consumer& consumer_;
  OrderWatchHub& hub_;
};

}  // namespace orderflow::order
