// Proves the form of mails: headers, encoding of the body, and that nothing can inject a header.
#include "services/notification/mail/mail_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/testing/status_matchers.h"

namespace orderflow::notification {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kFrom[] = "orders@orderflow.example";

Notification ANotification() {
  Notification notification;
  notification.order_id = OrderId("0190a8a0-0000-7000-8000-00000000000a");
  notification.event = Event::kOrderRejected;
  notification.recipient = "ada@example.com";
  notification.subject = "Your order";
  notification.body = "Hello,\n\nbye\n";
  notification.create_time = Timestamp(std::chrono::seconds(1'767'323'045));
  return notification;
}

TEST(ComposeMail, WritesEveryHeader) {
  const auto mail = ComposeMail(ANotification(), kFrom);

  ASSERT_THAT(mail, IsOk());
  EXPECT_THAT(*mail, HasSubstr("Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"));
  EXPECT_THAT(*mail, HasSubstr("From: Orderflow <orders@orderflow.example>\r\n"));
  EXPECT_THAT(*mail, HasSubstr("To: <ada@example.com>\r\n"));
  EXPECT_THAT(*mail, HasSubstr("Message-ID: <0190a8a0-0000-7000-8000-00000000000a.order_rejected@"
                               "orderflow.example>\r\n"));
  EXPECT_THAT(*mail, HasSubstr("Subject: Your order\r\n"));
  EXPECT_THAT(*mail, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(*mail, EndsWith("\r\n\r\nHello,\r\n\r\nbye\r\n"));
}

TEST(ComposeMail, IsTheSameEachTime) {
  EXPECT_EQ(*ComposeMail(ANotification(), kFrom), *ComposeMail(ANotification(), kFrom));
}

TEST(ComposeMail, RefusesHeaderInjection) {
  for (const char* subject : {"a\r\nBcc: all@example.com", "a\nb", "\x01"}) {
    Notification notification = ANotification();
    notification.subject = subject;
    EXPECT_THAT(ComposeMail(notification, kFrom), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  for (const char* recipient : {"", "ada@example.com\r\nBcc: x@example.com", "x>,<ada@example.com",
                                "ada@example.com,eve@example.com"}) {
    Notification notification = ANotification();
    notification.recipient = recipient;
    EXPECT_THAT(ComposeMail(notification, kFrom), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(QuotedPrintable, EncodesWhatIsNotPlainAscii) {
  EXPECT_EQ(QuotedPrintable("1 = 1\n"), "1 =3D 1\r\n");
  EXPECT_EQ(QuotedPrintable("Tür\n"), "T=C3=BCr\r\n");
  EXPECT_EQ(QuotedPrintable("end \n"), "end=20\r\n");
  EXPECT_EQ(QuotedPrintable("a\rb\n"), "a=0Db\r\n");
  EXPECT_EQ(QuotedPrintable("no newline"), "no newline\r\n");
  EXPECT_EQ(QuotedPrintable(""), "");
}

TEST(QuotedPrintable, BreaksLongLinesWithoutLoss) {
  const std::string text = std::string(200, 'a') + "ü" + std::string(100, 'b');

  const std::string encoded = QuotedPrintable(text + "\n");

  std::string joined;
  size_t start = 0;
  while (start < encoded.size()) {
    const size_t end = encoded.find("\r\n", start);
    ASSERT_NE(end, std::string::npos);
    std::string line = encoded.substr(start, end - start);
    EXPECT_LE(line.size(), 76u);
    if (!line.empty() && line.back() == '=') {
      line.pop_back();
    }
    joined += line;
    start = end + 2;
  }
  EXPECT_EQ(joined, std::string(200, 'a') + "=C3=BC" + std::string(100, 'b'));
}

}  // namespace
}  // namespace orderflow::notification
