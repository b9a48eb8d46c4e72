// Proves which events customers are told of and what of them is kept.
#include "services/notification/messaging/order_event_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"
#include "orderflow/order/v1/order_events.pb.h"

namespace orderflow::notification {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::StatusIs;

order::v1::OrderEvent AnEvent() {
  order::v1::OrderEvent event;
  event.set_order_id("0190a8a0-0000-7000-8000-00000000000a");
  event.set_sequence(2);
  event.set_customer_id("ada");
  event.set_email("ada@example.com");
  event.mutable_total()->set_currency_code("EUR");
  event.mutable_total()->set_amount_minor(1250);
  return event;
}

messaging::Record ARecord(const order::v1::OrderEvent& event) {
  messaging::Record record;
  record.topic = "order.events";
  record.value = event.SerializeAsString();
  return record;
}

absl::StatusOr<std::optional<OrderOutcome>> Decode(const order::v1::OrderEvent& event) {
  return DecodeEvent(ARecord(event));
}

TEST(DecodeEvent, ReadsAConfirmation) {
  order::v1::OrderEvent event = AnEvent();
  event.mutable_order_confirmed();

  const auto outcome = Decode(event);

  ASSERT_THAT(outcome, IsOk());
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ((*outcome)->event, Event::kOrderConfirmed);
  EXPECT_EQ((*outcome)->customer_id, CustomerId("ada"));
  EXPECT_EQ((*outcome)->email, "ada@example.com");
  EXPECT_EQ((*outcome)->total, (Money{"EUR", 1250}));
}

TEST(DecodeEvent, ReadsWhyAnOrderEnded) {
  order::v1::OrderEvent rejected = AnEvent(), cancelled = AnEvent();
  auto& refusal = *rejected.mutable_order_rejected()->mutable_refusal();
  refusal.set_reason(common::v1::Refusal::REASON_OUT_OF_STOCK);
  refusal.add_skus("mug");
  cancelled.mutable_order_cancelled()->set_refunded(true);
  auto& reason = *cancelled.mutable_order_cancelled()->mutable_refusal();
  reason.set_reason(common::v1::Refusal::REASON_CANCELLED_BY_CUSTOMER);
  reason.set_message("changed my mind");

  const auto rejection = Decode(rejected);
  const auto cancellation = Decode(cancelled);

  ASSERT_THAT(rejection, IsOk());
  ASSERT_THAT(cancellation, IsOk());
  EXPECT_EQ((*rejection)->event, Event::kOrderRejected);
  EXPECT_EQ((*rejection)->reason, Reason::kOutOfStock);
  EXPECT_THAT((*rejection)->skus, ElementsAre("mug"));
  EXPECT_EQ((*cancellation)->event, Event::kOrderCancelled);
  EXPECT_EQ((*cancellation)->reason, Reason::kCancelledByCustomer);
  EXPECT_EQ((*cancellation)->reason_text, "changed my mind");
  EXPECT_TRUE((*cancellation)->refunded);
}

TEST(DecodeEvent, HasNothingToSayOfOtherEvents) {
  order::v1::OrderEvent placed = AnEvent(), started = AnEvent();
  placed.mutable_order_placed();
  started.mutable_order_cancellation_started();

  for (const order::v1::OrderEvent& event : {placed, started, AnEvent()}) {
    const auto outcome = Decode(event);
    ASSERT_THAT(outcome, IsOk());
    EXPECT_FALSE(outcome->has_value());
  }
}

TEST(NotificationsOf, ABatchMakesOnePerOutcomeEachWithAnIdOfItsOwn) {
  order::v1::OrderEvent placed = AnEvent(), confirmed = AnEvent();
  placed.mutable_order_placed();
  confirmed.mutable_order_confirmed();
  const std::vector<messaging::Record> records{ARecord(placed), ARecord(confirmed),
                                               ARecord(confirmed)};
  SystemClock clock;
  UuidV7Generator ids(clock);

  const auto notifications = NotificationsOf(records, ids);

  ASSERT_THAT(notifications, IsOk());
  ASSERT_EQ(notifications->size(), 2u);
  EXPECT_EQ((*notifications)[0].event, Event::kOrderConfirmed);
  EXPECT_EQ((*notifications)[0].state, State::kPending);
  EXPECT_NE((*notifications)[0].notification_id, (*notifications)[1].notification_id);
}

TEST(NotificationsOf, OneRecordThatIsNoEventRefusesTheBatch) {
  messaging::Record garbage;
  garbage.value = "\xff\xff";
  order::v1::OrderEvent confirmed = AnEvent();
  confirmed.mutable_order_confirmed();
  SystemClock clock;
  UuidV7Generator ids(clock);

  EXPECT_THAT(NotificationsOf(std::vector{ARecord(confirmed), garbage}, ids),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(DecodeEvent, RefusesWhatIsNoEvent) {
  messaging::Record garbage;
  garbage.value = "\xff\xff";
  order::v1::OrderEvent no_order = AnEvent(), no_customer = AnEvent();
  no_order.clear_order_id();
  no_customer.set_customer_id("a b");

  EXPECT_THAT(DecodeEvent(garbage), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Decode(no_order), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Decode(no_customer), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace orderflow::notification
