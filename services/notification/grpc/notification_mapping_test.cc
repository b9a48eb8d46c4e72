// Proves the checks of ListNotifications, its paging, and that answers say what is stored.
#include "services/notification/grpc/notification_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::notification {
namespace {

using testing::IsOk;
using ::testing::UnorderedElementsAre;

constexpr char kOrder[] = "0190a8a0-0000-7000-8000-00000000000a";
constexpr char kFirst[] = "0190a8a0-0000-7000-8000-000000000001";
constexpr char kSecond[] = "0190a8a0-0000-7000-8000-000000000002";

Notification ANotification(const std::string& id) {
  Notification notification;
  notification.notification_id = NotificationId(id);
  notification.order_id = OrderId(kOrder);
  notification.event = Event::kOrderCancelled;
  notification.customer_id = CustomerId("ada");
  notification.recipient = "ada@example.com";
  notification.subject = "Your order";
  notification.state = State::kParked;
  notification.attempts = 3;
  notification.last_error = "mailbox full";
  notification.create_time = Timestamp(Duration(1'500'000));
  return notification;
}

TEST(ListNotificationsRequest, NamesEveryViolatedField) {
  v1::ListNotificationsRequest request;
  request.set_order_id("1");
  request.set_customer_id("a b");
  request.set_state(static_cast<v1::NotificationState>(99));
  request.set_page_size(-1);
  request.set_page_token("garbage");

  const auto list = FromProto(request);

  std::vector<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(list.status()).field_violations) {
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields,
              UnorderedElementsAre("order_id", "customer_id", "state", "page_size", "page_token"));
}

TEST(ListNotificationsRequest, FiltersByWhatIsGiven) {
  v1::ListNotificationsRequest request;
  request.set_customer_id("ada");
  request.set_state(v1::NOTIFICATION_STATE_PARKED);

  const auto list = FromProto(request);

  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->filter.customer_id, CustomerId("ada"));
  EXPECT_EQ(list->filter.state, State::kParked);
  EXPECT_TRUE(list->filter.order_id.empty());
  EXPECT_EQ(list->filter.limit, list->page_size + 1);
}

TEST(ListNotificationsResponse, TokenBelongsToItsFilter) {
  v1::ListNotificationsRequest request;
  request.set_customer_id("ada");
  request.set_page_size(1);
  const auto list = FromProto(request);
  ASSERT_THAT(list, IsOk());

  const auto page = ToProto({ANotification(kSecond), ANotification(kFirst)}, *list);
  request.set_page_token(page.next_page_token());
  const auto next = FromProto(request);
  request.set_customer_id("bob");

  ASSERT_EQ(page.notifications_size(), 1);
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->filter.before, NotificationId(kSecond));
  EXPECT_FALSE(FromProto(request).ok());
  EXPECT_EQ(ToProto({ANotification(kFirst)}, *next).next_page_token(), "");
}

TEST(NotificationMessage, SaysWhatIsStored) {
  v1::ListNotificationsRequest request;
  const auto response = ToProto({ANotification(kFirst)}, *FromProto(request));

  const v1::Notification& notification = response.notifications(0);
  EXPECT_EQ(notification.notification_id(), kFirst);
  EXPECT_EQ(notification.order_id(), kOrder);
  EXPECT_EQ(notification.event(), "order_cancelled");
  EXPECT_EQ(notification.channel(), v1::CHANNEL_EMAIL);
  EXPECT_EQ(notification.state(), v1::NOTIFICATION_STATE_PARKED);
  EXPECT_EQ(notification.attempts(), 3);
  EXPECT_EQ(notification.last_error(), "mailbox full");
  EXPECT_EQ(notification.create_time().nanos(), 500'000'000);
}

}  // namespace
}  // namespace orderflow::notification
