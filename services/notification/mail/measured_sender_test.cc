// Proves that a measured sender hands on what it is given and what comes back, and counts it.
#include "services/notification/mail/measured_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/telemetry/metrics.h"

namespace orderflow::notification {
namespace {

using ::testing::HasSubstr;

class RefusingSender final : public NotificationSender {
 public:
  SendResult Send(const Notification& notification) override {
    order_id = notification.order_id;
    return {SendOutcome::kRefused, "550 no such user"};
  }

  OrderId order_id;
};

TEST(MeasuredSender, HandsOnAndCounts) {
  telemetry::Metrics metrics;
  RefusingSender refusing;
  MeasuredSender sender(refusing, metrics);
  Notification notification;
  notification.order_id = OrderId("order-1");

  const SendResult result = sender.Send(notification);

  EXPECT_EQ(result.outcome, SendOutcome::kRefused);
  EXPECT_EQ(result.error, "550 no such user");
  EXPECT_EQ(refusing.order_id, OrderId("order-1"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("orderflow_notification_send_duration_seconds_count 1"));
}

}  // namespace
}  // namespace orderflow::notification
