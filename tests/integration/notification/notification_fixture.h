#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/temporary_database.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "services/notification/messaging/order_event_handler.h"
#include "services/notification/persistence/postgres_delivery_queue.h"
#include "services/notification/persistence/postgres_notification_store.h"

namespace orderflow::notification {

// Notifications on a real, empty database, without Kafka.
class NotificationDatabaseTest : public ::testing::Test {
 protected:
  NotificationDatabaseTest();

  order::v1::OrderEvent Confirmed(const std::string& order_id);
  // One batch through the handler, in a transaction of its own.
  absl::Status Handle(const std::vector<order::v1::OrderEvent>& events);
  // Takes in `count` confirmations of new orders; returns the orders.
  std::vector<std::string> TakeIn(int count);
  int64_t Count(State state);

  testing::TemporaryDatabase database_;
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  telemetry::Metrics metrics_;
  postgres::Pool pool_;
  PostgresNotificationStore store_{pool_};
  PostgresDeliveryQueue queue_{pool_, ids_};
  std::atomic<int> wakes_ = 0;
  OrderEventHandler handler_{store_, ids_, metrics_, [this] { ++wakes_; }};
};

}  // namespace orderflow::notification
