// Proves delivery on a real PostgreSQL and over real sockets: each notification reaches the mailbox
// at most once, also with several senders, after crashes, lost answers and commits in doubt.

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

#include "libs/testing/eventually.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/status_matchers.h"
#include "services/notification/domain/delivery_runner.h"
#include "services/notification/mail/smtp_sender.h"
#include "services/notification/messaging/delivery_telemetry.h"
#include "tests/integration/notification/notification_fixture.h"
#include "tests/integration/notification/smtp_server.h"

namespace orderflow::notification {
namespace {

using Behaviour = orderflow::testing::SmtpServer::Behaviour;
using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::SmtpServer;
using orderflow::testing::TcpProxy;
using ::testing::HasSubstr;

// A sender process: its own connection to the mail server and its own thread.
class Sender {
 public:
  Sender(DeliveryQueue& queue, const SmtpServer& server, telemetry::Metrics& metrics)
      : smtp_({.url = server.url(), .from = "orders@orderflow.example"}),
        telemetry_(metrics),
        runner_(queue, smtp_, telemetry_, Options()),
        thread_([this](std::stop_token stop) { runner_.Run(stop); }) {}

 private:
  static DeliveryOptions Options() {
    DeliveryOptions options;
    options.per_second_max = 1000;
    options.poll_interval = std::chrono::milliseconds(20);
    options.policy = {
        .attempts_max = 3,
        .backoff = {.initial = std::chrono::milliseconds(1), .max = std::chrono::milliseconds(10)}};
    return options;
  }

  SmtpSender smtp_;
  DeliveryTelemetry telemetry_;
  DeliveryRunner runner_;
  std::jthread thread_;
};

class DeliveryTest : public NotificationDatabaseTest {
 protected:
  // Waits until nothing is under way any more.
  bool AllAtRest() {
    // One query: between two of them a notification could go from one state to the other unseen.
    return Eventually([this]() {
      return database_.QueryInt(
                 "SELECT count(*) FROM notifications WHERE state IN ('PENDING', 'SENDING')") == 0;
    });
  }
  std::string LastError() { return database_.QueryText("SELECT last_error FROM notifications"); }

  SmtpServer server_;
};

TEST_F(DeliveryTest, SeveralSendersDeliverEachNotificationOnce) {
  const std::vector<std::string> orders = TakeIn(60);

  {
    Sender first(queue_, server_, metrics_);
    ASSERT_TRUE(Eventually([this]() { return !server_.mails().empty(); }));
  }
  {
    SmtpServer other_server;
    Sender second(queue_, other_server, metrics_);
    Sender third(queue_, server_, metrics_);
    ASSERT_TRUE(AllAtRest());
    std::multiset<std::string> ids;
    for (const SmtpServer* server : {&server_, &other_server}) {
      for (const auto& mail : server->mails()) {
        ids.insert(mail.data.substr(mail.data.find("Message-ID:"), 60));
      }
    }
    EXPECT_EQ(ids.size(), 60u);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 60u);
  }
  EXPECT_EQ(Count(State::kSent), 60);
}

TEST_F(DeliveryTest, RetriesATemporaryRefusalUntilItIsAccepted) {
  TakeIn(1);
  // A connection that breaks is not in here: where exactly it broke, and so whether the mail is in
  // doubt, is decided by a race, and SmtpSender's own tests look at the certain cases.
  server_.Script({Behaviour::kRecipientLater, Behaviour::kRecipientLater});

  Sender sender(queue_, server_, metrics_);

  ASSERT_TRUE(AllAtRest());
  EXPECT_EQ(Count(State::kSent), 1);
  EXPECT_EQ(database_.QueryInt("SELECT attempts FROM notifications"), 3);
  EXPECT_EQ(server_.mails().size(), 1u);
}

TEST_F(DeliveryTest, ParksWhenTriesRunOut) {
  TakeIn(1);
  server_.Script({Behaviour::kDataLater, Behaviour::kDataLater, Behaviour::kDataLater});

  Sender sender(queue_, server_, metrics_);

  ASSERT_TRUE(AllAtRest());
  EXPECT_EQ(Count(State::kParked), 1);
  EXPECT_THAT(LastError(), HasSubstr("3 tries"));
  EXPECT_EQ(server_.mails().size(), 0u);
}

TEST_F(DeliveryTest, ParksWhatMayHaveBeenDelivered) {
  for (const Behaviour behaviour : {Behaviour::kTakeThenCut, Behaviour::kLoseThenCut}) {
    TakeIn(1);
    server_.Script({behaviour});
    Sender sender(queue_, server_, metrics_);
    ASSERT_TRUE(AllAtRest());
  }

  EXPECT_EQ(Count(State::kParked), 2);
  EXPECT_EQ(server_.mails().size(), 1u);
  EXPECT_THAT(LastError(), HasSubstr("may have been delivered"));
}

TEST_F(DeliveryTest, ParksWhatADeadSenderHadClaimed) {
  TakeIn(3);
  const auto claimed = queue_.Claim(2);  // and then this process dies
  ASSERT_THAT(claimed, IsOk());
  ASSERT_EQ(claimed->size(), 2u);

  EXPECT_THAT(queue_.ParkAbandoned(std::chrono::hours(1), 10), IsOkAndHolds(0));
  EXPECT_THAT(queue_.ParkAbandoned(Duration(0), 10), IsOkAndHolds(2));

  Sender sender(queue_, server_, metrics_);
  ASSERT_TRUE(AllAtRest());
  EXPECT_EQ(server_.mails().size(), 1u);
  EXPECT_EQ(Count(State::kParked), 2);
}

TEST_F(DeliveryTest, AnOutcomeOfAnOldClaimChangesNothing) {
  TakeIn(1);
  const auto old_claim = queue_.Claim(1);
  ASSERT_THAT(old_claim, IsOk());
  const DeliveryUpdate hand_back =
      DecideDelivery(old_claim->front(), {SendOutcome::kNotTried, ""}, {}, 0.5);
  ASSERT_THAT(queue_.Record({&hand_back, 1}), IsOk());
  const auto new_claim = queue_.Claim(1);
  ASSERT_THAT(new_claim, IsOk());
  ASSERT_EQ(new_claim->size(), 1u);

  // Told twice, because its commit was in doubt: another sender holds the notification by now.
  ASSERT_THAT(queue_.Record({&hand_back, 1}), IsOk());

  EXPECT_EQ(Count(State::kSending), 1);
  EXPECT_EQ(new_claim->front().attempts, 1);
}

TEST_F(DeliveryTest, FindsAClaimWhoseCommitIsInDoubt) {
  TakeIn(3);
  TcpProxy proxy(database_.server_port());
  postgres::Pool pool(database_.PoolOptionsAtPort(proxy.port()));
  PostgresDeliveryQueue queue(pool, ids_);

  proxy.Arm(TcpProxy::Fault::kCutAfterCommit);
  const auto committed = queue.Claim(2);
  proxy.Arm(TcpProxy::Fault::kCutBeforeCommit);
  const auto rolled_back = queue.Claim(2);

  EXPECT_TRUE(proxy.struck());
  ASSERT_THAT(committed, IsOk());
  EXPECT_EQ(committed->size(), 2u);
  ASSERT_THAT(rolled_back, IsOk());
  EXPECT_EQ(rolled_back->size(), 0u);
  EXPECT_EQ(Count(State::kSending), 2);
  EXPECT_EQ(Count(State::kPending), 1);
}

TEST_F(DeliveryTest, WaitsForTheMailServerToComeBack) {
  TakeIn(1);
  std::string url;
  {
    SmtpServer gone;
    url = gone.url();
  }
  SmtpSender smtp({.url = url, .from = "orders@orderflow.example"});
  const auto claimed = queue_.Claim(1);
  ASSERT_THAT(claimed, IsOk());
  const DeliveryUpdate later =
      DecideDelivery(claimed->front(), smtp.Send(claimed->front()), {}, 0.0);
  ASSERT_THAT(queue_.Record({&later, 1}), IsOk());
  ASSERT_EQ(Count(State::kPending), 1);

  Sender sender(queue_, server_, metrics_);

  ASSERT_TRUE(AllAtRest());
  EXPECT_EQ(Count(State::kSent), 1);
}

}  // namespace
}  // namespace orderflow::notification
