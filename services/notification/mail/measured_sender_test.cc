// Proves that a measured sender hands on what it is given and what comes back, and counts it.
#include "services/notification/mail/measured_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/telemetry/metrics.h"
#include "libs/telemetry/tracer.h"

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
  MeasuredSender sender(refusing, metrics, nullptr);
  Notification notification;
  notification.order_id = OrderId("order-1");

  const SendResult result = sender.Send(notification);

  EXPECT_EQ(result.outcome, SendOutcome::kRefused);
  EXPECT_EQ(result.error, "550 no such user");
  EXPECT_EQ(refusing.order_id, OrderId("order-1"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("orderflow_notification_send_duration_seconds_count 1"));
}

TEST(MeasuredSender, IsASpanOfTheTraceThatTheEventWasIn) {
  telemetry::Metrics metrics;
  telemetry::Tracer tracer(metrics, {.enabled = true, .sample_ratio = 1});
  RefusingSender refusing;
  MeasuredSender sender(refusing, metrics, &tracer);
  Notification notification;
  notification.order_id = OrderId("order-1");
  notification.recipient = "ann@example.com";
  sender.Send(notification);
  notification.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  sender.Send(notification);

  tracer.Close();
  const std::vector<telemetry::Span> spans = tracer.Take(10, {});
  ASSERT_EQ(spans.size(), 1u) << "the first mail is of no trace";
  EXPECT_EQ(spans[0].kind, telemetry::SpanKind::kClient);
  EXPECT_EQ(spans[0].context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(spans[0].error, "REFUSED");
}

}  // namespace
}  // namespace orderflow::notification
