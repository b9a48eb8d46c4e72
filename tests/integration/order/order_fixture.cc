#include "tests/integration/order/order_fixture.h"

#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::order {
namespace {

postgres::PoolOptions PoolOptions(const testing::TemporaryDatabase& database) {
  postgres::PoolOptions options = database.PoolOptions();
  options.size_max = 8;
  options.acquire_timeout = std::chrono::seconds(20);
  options.lock_timeout = std::chrono::seconds(10);
  return options;
}

}  // namespace

OrderDatabaseTest::OrderDatabaseTest()
    : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                 &migrations::OrderMigrations()}),
      pool_(PoolOptions(database_)),
      relay_(pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}) {}

Decision OrderDatabaseTest::ADecision(const std::string& request_id, const std::string& body_hash) {
  Order order{.order_id = OrderId(ids_.NewId()),
              .customer_id = CustomerId("c1"),
              .lines = {{Sku("A"), 2, 250}},
              .total = {"EUR", 500},
              .email = "a@example.com",
              .payment_method_token = "tok_approve",
              .cancel_request_id = "",
              .history = {{1, OrderState::kPending, clock_.Now(), std::nullopt}}};
  return {{CustomerId("c1"), RequestId(request_id)}, body_hash, "", std::move(order)};
}

OrderId OrderDatabaseTest::AcceptOne() {
  const Decision decision = ADecision(ids_.NewId());
  EXPECT_THAT(store_.Accept(std::span(&decision, 1)), testing::IsOk());
  return decision.answer->order_id;
}

absl::Status OrderDatabaseTest::Handle(const std::vector<v1::SagaReply>& replies) {
  return Handle(handler_, replies).status();
}

absl::StatusOr<int> OrderDatabaseTest::Handle(ReplyHandler& handler,
                                              const std::vector<v1::SagaReply>& replies,
                                              const std::function<void(int run)>& meanwhile,
                                              const absl::Status& outcome) {
  std::vector<messaging::Record> records;
  for (const v1::SagaReply& reply : replies) {
    messaging::Record record;
    record.topic = messaging::kOrderReplies;
    record.key = reply.step().order_id();
    record.value = reply.SerializeAsString();
    record.partition = 0;
    record.offset = static_cast<int64_t>(records.size());
    records.push_back(std::move(record));
  }
  int runs = 0;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(handler.Handle(transaction, records));
    ++runs;
    if (meanwhile) {
      meanwhile(runs);
    }
    return outcome;
  }));
  return runs;
}

v1::SagaReply OrderDatabaseTest::AReply(const OrderId& order_id, const std::string& step,
                                        v1::StepOutcome outcome, bool compensation) {
  v1::SagaReply reply;
  reply.mutable_step()->set_saga_id(order_id.value());
  reply.mutable_step()->set_order_id(order_id.value());
  reply.mutable_step()->set_step(step);
  reply.mutable_step()->set_compensation(compensation);
  reply.set_outcome(outcome);
  return reply;
}

int64_t OrderDatabaseTest::CountOutbox(const std::string& topic) {
  return database_.QueryInt("SELECT count(*) FROM outbox_messages WHERE topic = '" + topic + "'");
}

Order OrderDatabaseTest::Read(const OrderId& order_id) {
  const auto orders = store_.Get(std::span(&order_id, 1));
  EXPECT_THAT(orders, testing::IsOk());
  return orders->at(order_id);
}

}  // namespace orderflow::order
