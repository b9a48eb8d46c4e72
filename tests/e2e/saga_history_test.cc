// What the running processes sent and were told is what the engine makes of it: the history of each
// saga is put together again from the topics and played through the engine. With
// ORDERFLOW_RECORD_HISTORIES=<folder> they are written there, to be replayed by every later version
// (services/order/sagas/recorded_histories_test.cc).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fmt/format.h"
#include "libs/testing/status_matchers.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/e2e/api.h"
#include "tests/e2e/saga_trail.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using order::v1::Order;
using orderflow::testing::IsOk;

// Null when nothing is to be written.
const char* RecordFolder() { return std::getenv("ORDERFLOW_RECORD_HISTORIES"); }

void Record(const std::string& name, const saga::SagaDefinition& definition,
            const testing::SagaHistory& history) {
  const auto text = testing::WriteHistory(definition, history);
  ASSERT_THAT(text, IsOk());
  if (RecordFolder() != nullptr) {
    const auto file = std::filesystem::path(RecordFolder()) /
                      fmt::format("{}_v{}_e2e_{}.jsonl", definition.name, definition.version, name);
    ASSERT_TRUE((std::ofstream(file) << *text).good()) << file;
  }
}

// Every saga of the order; returns how many there are.
size_t Explain(const std::string& name, const Order& order) {
  TopicReader topics(Stack::Get()["ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"], "e2e-saga-history",
                     Stack::Get().KafkaLogin());
  const auto trails = ReadSagaTrails(topics, {order.order_id()});
  EXPECT_THAT(trails, IsOk());
  if (!trails.ok()) {
    return 0;
  }
  for (const SagaTrail& trail : *trails) {
    const bool is_first = trail.saga_id.value() == order.order_id();
    const auto& definition = is_first ? order::PlaceOrderSaga() : order::CancelOrderSaga();
    const auto history = HistoryOf(definition, trail);
    EXPECT_THAT(history, IsOk());
    if (history.ok()) {
      Record(name, definition, *history);
    }
  }
  return trails->size();
}

Order SettleWithToken(const std::string& token) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  request.set_payment_method_token(token);
  return api.Settle(request);
}

TEST(SagaHistory, OfAConfirmedOrder) {
  Api& api = Api::Get();
  const Order order = api.Settle(AnOrder(api.AddItem(1'000, 5)));
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);

  EXPECT_EQ(Explain("confirmed", order), 1U);
}

TEST(SagaHistory, OfAnOrderThatIsOutOfStock) {
  Api& api = Api::Get();
  const Order order = api.Settle(AnOrder(api.AddItem(1'000, 0)));
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);

  EXPECT_EQ(Explain("out_of_stock", order), 1U);
}

TEST(SagaHistory, OfAnOrderWhosePaymentIsDeclined) {
  const Order order = SettleWithToken("tok_decline_insufficient_funds");
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);

  EXPECT_EQ(Explain("declined", order), 1U);
}

TEST(SagaHistory, OfAnOrderWhoseProviderDoesNotAnswer) {
  const Order order = SettleWithToken("tok_timeout");
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);

  EXPECT_EQ(Explain("timeout", order), 1U);
}

TEST(SagaHistory, OfAnOrderThatIsCancelledUnderWay) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  request.set_payment_method_token("tok_slow");
  const auto accepted = api.Create(request);
  ASSERT_THAT(accepted, IsOk());
  const auto cancelling = api.Cancel(accepted->order_id(), NewId());
  ASSERT_THAT(cancelling, IsOk());
  const Order order = api.AwaitRest(accepted->order_id(), cancelling->sequence());
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_CANCELLED);

  EXPECT_EQ(Explain("cancelled", order), 1U);
}

TEST(SagaHistory, OfAConfirmedOrderThatIsCancelled) {
  Api& api = Api::Get();
  const Order confirmed = api.Settle(AnOrder(api.AddItem(1'000, 5)));
  ASSERT_EQ(confirmed.state(), order::v1::ORDER_STATE_CONFIRMED);
  const auto cancelling = api.Cancel(confirmed.order_id(), NewId());
  ASSERT_THAT(cancelling, IsOk());
  const Order order = api.AwaitRest(confirmed.order_id(), cancelling->sequence());
  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_CANCELLED);

  EXPECT_EQ(Explain("refunded", order), 2U);
}

}  // namespace
}  // namespace orderflow::e2e
