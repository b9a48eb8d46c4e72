// Proves on a real PostgreSQL that every end of an order makes one notification, whatever comes
// twice or out of order, and that lists page and filter without gaps.

#include <gmock/gmock.h>

#include <set>

#include "libs/testing/status_matchers.h"
#include "tests/integration/notification/notification_fixture.h"

namespace orderflow::notification {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

class OrderEventHandlerTest : public NotificationDatabaseTest {};

TEST_F(OrderEventHandlerTest, MakesOneNotificationPerOrderAndEvent) {
  const std::string order = ids_.NewId();
  order::v1::OrderEvent placed = Confirmed(order), cancelled = Confirmed(order);
  placed.mutable_order_placed();
  cancelled.mutable_order_cancelled()->set_refunded(true);

  ASSERT_THAT(Handle({placed, Confirmed(order), Confirmed(order), cancelled}), IsOk());
  ASSERT_THAT(Handle({cancelled, Confirmed(order), placed}), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM notifications"), 2);
  EXPECT_EQ(database_.QueryInt("SELECT count(DISTINCT event) FROM notifications"), 2);
  EXPECT_EQ(wakes_, 1);  // the second batch brought nothing new
}

TEST_F(OrderEventHandlerTest, ShowsAnAddressThatCannotBeOneAsParked) {
  order::v1::OrderEvent event = Confirmed(ids_.NewId());
  event.set_email("ada@example.com\r\nBcc: all@example.com");

  ASSERT_THAT(Handle({event}), IsOk());

  EXPECT_EQ(Count(State::kParked), 1);
  EXPECT_EQ(database_.QueryText("SELECT recipient FROM notifications"), "");
}

TEST_F(OrderEventHandlerTest, APoisonRecordFailsItsBatchWithoutATrace) {
  order::v1::OrderEvent poison = Confirmed("not an order");

  EXPECT_THAT(Handle({Confirmed(ids_.NewId()), poison}),
              StatusIs(absl::StatusCode::kInvalidArgument));

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM notifications"), 0);
  EXPECT_EQ(wakes_, 0);
}

TEST_F(OrderEventHandlerTest, ListsNewestFirstWithEveryFilter) {
  const std::vector<std::string> orders = TakeIn(5);
  order::v1::OrderEvent other = Confirmed(ids_.NewId());
  other.set_customer_id("bob");
  other.set_email("no address");
  ASSERT_THAT(Handle({other}), IsOk());

  std::vector<Notification> seen;
  NotificationFilter filter;
  filter.customer_id = CustomerId("ada");
  filter.limit = 2;
  for (auto page = store_.List(filter); page.ok() && !page->empty(); page = store_.List(filter)) {
    seen.insert(seen.end(), page->begin(), page->end());
    filter.before = page->back().notification_id;
  }
  NotificationFilter by_order{.order_id = OrderId(orders[2]), .limit = 10};
  NotificationFilter pending{.state = State::kPending, .limit = 10};
  NotificationFilter parked{.state = State::kParked, .limit = 10};
  NotificationFilter bob_pending{
      .customer_id = CustomerId("bob"), .state = State::kPending, .limit = 10};

  ASSERT_EQ(seen.size(), 5u);
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].order_id.value(), orders[4 - i]);
    EXPECT_EQ(seen[i].subject, "Your order " + orders[4 - i] + " is confirmed");
  }
  EXPECT_EQ(store_.List(by_order)->size(), 1u);
  EXPECT_EQ(store_.List(pending)->size(), 5u);
  EXPECT_EQ(store_.List(parked)->size(), 1u);
  EXPECT_EQ(store_.List(bob_pending)->size(), 0u);
}

}  // namespace
}  // namespace orderflow::notification
