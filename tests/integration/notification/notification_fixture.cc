#include "tests/integration/notification/notification_fixture.h"

#include <utility>

#include "libs/messaging/topics.h"
#include "libs/postgres/transaction.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/notification_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::notification {

NotificationDatabaseTest::NotificationDatabaseTest()
    : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                 &migrations::NotificationMigrations()}),
      pool_(database_.PoolOptions()) {}

order::v1::OrderEvent NotificationDatabaseTest::Confirmed(const std::string& order_id) {
  order::v1::OrderEvent event;
  event.set_order_id(order_id);
  event.set_sequence(2);
  event.set_customer_id("ada");
  event.set_email("ada@example.com");
  event.mutable_total()->set_currency_code("EUR");
  event.mutable_total()->set_amount_minor(1250);
  event.mutable_order_confirmed();
  return event;
}

absl::Status NotificationDatabaseTest::Handle(const std::vector<order::v1::OrderEvent>& events) {
  std::vector<messaging::Record> records;
  for (const order::v1::OrderEvent& event : events) {
    messaging::Record record;
    record.topic = messaging::kOrderEvents;
    record.key = event.order_id();
    record.value = event.SerializeAsString();
    records.push_back(std::move(record));
  }
  return pool_.RunInTransaction(
      [&](postgres::Transaction& transaction) { return handler_.Handle(transaction, records); });
}

std::vector<std::string> NotificationDatabaseTest::TakeIn(int count) {
  std::vector<std::string> orders;
  std::vector<order::v1::OrderEvent> events;
  for (int i = 0; i < count; ++i) {
    orders.push_back(ids_.NewId());
    events.push_back(Confirmed(orders.back()));
  }
  EXPECT_THAT(Handle(events), testing::IsOk());
  return orders;
}

int64_t NotificationDatabaseTest::Count(State state) {
  return database_.QueryInt("SELECT count(*) FROM notifications WHERE state = '" +
                            std::string(ToString(state)) + "'");
}

}  // namespace orderflow::notification
