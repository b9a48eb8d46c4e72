// Proves over real sockets what SmtpSender makes of every way a mail server can answer or vanish:
// above all, that it never calls a mail undelivered that the server may have taken.

#include "services/notification/mail/smtp_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/integration/notification/smtp_server.h"

namespace orderflow::notification {
namespace {

using Behaviour = orderflow::testing::SmtpServer::Behaviour;
using orderflow::testing::SmtpServer;
using ::testing::HasSubstr;
using ::testing::Not;

SmtpOptions OptionsFor(const std::string& url) {
  return {.url = url, .from = "orders@orderflow.example"};
}

Notification ANotification() {
  Notification notification;
  notification.order_id = OrderId("0190a8a0-0000-7000-8000-00000000000a");
  notification.event = Event::kOrderConfirmed;
  notification.recipient = "ada@example.com";
  notification.subject = "Your order";
  notification.body = "Hello,\n.\nbye\n";
  return notification;
}

TEST(SmtpSender, DeliversEnvelopeHeadersAndBody) {
  SmtpServer server;
  SmtpSender under_test(OptionsFor(server.url()));

  const SendResult result = under_test.Send(ANotification());

  EXPECT_EQ(result.outcome, SendOutcome::kAccepted) << result.error;
  ASSERT_EQ(server.mails().size(), 1u);
  const orderflow::testing::ReceivedMail mail = server.mails()[0];
  EXPECT_EQ(mail.sender, "orders@orderflow.example");
  EXPECT_EQ(mail.recipient, "ada@example.com");
  EXPECT_THAT(mail.data, HasSubstr("To: <ada@example.com>\r\n"));
  EXPECT_THAT(mail.data,
              HasSubstr("Hello,\r\n..\r\nbye\r\n"));  // the dot stuffed, as SMTP wants it
}

TEST(SmtpSender, KeepsItsConnectionBetweenMails) {
  SmtpServer server;
  SmtpSender under_test(OptionsFor(server.url()));

  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(under_test.Send(ANotification()).outcome, SendOutcome::kAccepted);
  }

  EXPECT_EQ(server.mails().size(), 5u);
  EXPECT_EQ(server.connections(), 1);
}

struct Case {
  Behaviour behaviour;
  SendOutcome outcome;
  const char* error;
};

TEST(SmtpSender, TellsCertainFailuresFromDoubt) {
  const Case cases[] = {
      {Behaviour::kRecipientLater, SendOutcome::kTryLater, "451"},
      {Behaviour::kRecipientRefused, SendOutcome::kRefused, "550"},
      {Behaviour::kDataRefused, SendOutcome::kRefused, "552"},
      {Behaviour::kDataLater, SendOutcome::kTryLater, "452"},
      {Behaviour::kCutBeforeData, SendOutcome::kTryLater, "127.0.0.1"},
      {Behaviour::kTakeThenCut, SendOutcome::kInDoubt, "127.0.0.1"},
      {Behaviour::kLoseThenCut, SendOutcome::kInDoubt, "127.0.0.1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.error);
    SmtpServer server;
    server.Script({c.behaviour});
    SmtpSender under_test(OptionsFor(server.url()));

    const SendResult result = under_test.Send(ANotification());

    EXPECT_EQ(result.outcome, c.outcome);
    EXPECT_THAT(result.error, HasSubstr(c.error));
    EXPECT_EQ(under_test.Send(ANotification()).outcome, SendOutcome::kAccepted)
        << "the next mail must not suffer";
  }
}

TEST(SmtpSender, TriesLaterWhenNobodyListens) {
  std::string url;
  {
    SmtpServer server;
    url = server.url();
  }
  SmtpSender under_test(OptionsFor(url));

  const SendResult result = under_test.Send(ANotification());

  EXPECT_EQ(result.outcome, SendOutcome::kTryLater);
  EXPECT_THAT(result.error, HasSubstr(url));
}

TEST(SmtpSender, SendsNoLoginToAServerThatDoesNotEncrypt) {
  SmtpServer server;
  std::string url = server.url();
  url.insert(url.find("//") + 2, "shop:secret@");
  SmtpSender under_test(OptionsFor(url));

  EXPECT_EQ(under_test.Send(ANotification()).outcome, SendOutcome::kTryLater);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_TRUE(server.mails().empty());
}

TEST(SmtpSender, NeverShowsThePasswordOfTheUrl) {
  SmtpSender under_test(OptionsFor("smtp://shop:secret@127.0.0.1:1"));

  const SendResult result = under_test.Send(ANotification());

  EXPECT_EQ(result.outcome, SendOutcome::kTryLater);
  EXPECT_THAT(result.error, Not(HasSubstr("secret")));
}

TEST(SmtpSender, RefusesInjectionWithoutSpeakingToTheServer) {
  SmtpServer server;
  SmtpSender under_test(OptionsFor(server.url()));
  Notification notification = ANotification();
  notification.recipient = "ada@example.com>\r\nRCPT TO:<eve@example.com";

  EXPECT_EQ(under_test.Send(notification).outcome, SendOutcome::kRefused);
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace orderflow::notification
