// Proves what webhooks do and cannot do, from the provider's books over real HTTP to our tables.
// The resolver never runs unless a test lets it: what is known then, is known by a webhook. Lost,
// double, late, reordered, forged, stale and lying ones change when we know, never what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"
#include "services/payment/providers/hint_resolver.h"
#include "services/payment/webhooks/webhook_endpoint.h"
#include "services/payment_provider_simulator/webhooks/http_webhook_transport.h"
#include "services/payment_provider_simulator/webhooks/webhook_sender.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::Eventually;
using ::orderflow::testing::IsOk;
using payment_provider_simulator::HttpWebhookTransport;
using payment_provider_simulator::WebhookSender;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using webhooks::SigningSecret;
using webhooks::WebhookHeaders;

const SigningSecret kSecret =
    *SigningSecret::Parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
const SigningSecret kForeign = *SigningSecret::Parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
constexpr char kPath[] = "/webhooks/provider";

std::string BodyOf(const OrderId& order, OperationKind kind) {
  return fmt::format(R"({{"type":"operation.succeeded","data":{{"idempotency_key":"{}"}}}})",
                     IdempotencyKey(order, kind));
}

class Webhooks : public ::testing::Test {
 protected:
  // `grace` is how old a hint must be, as main.cc has it: longer than answers are waited for.
  explicit Webhooks(Duration answer_wait = Duration(0), Duration grace = milliseconds(20))
      : process_(database_, provider_.address(), {}, answer_wait),
        hints_(process_.operations(), process_.caller(), metrics_, {.grace = grace}) {}

  void SetUp() override {
    ASSERT_THAT(endpoint_.Start("127.0.0.1:0"), IsOk());
    sender_.emplace(kSecret, provider_.faults(), clock_, metrics_,
                    payment_provider_simulator::WebhookSenderOptions{
                        .tries_max = 3, .backoff = {milliseconds(5), milliseconds(20)}});
    provider_.SetListener(&*sender_);
    const std::string url = fmt::format("http://127.0.0.1:{}{}", endpoint_.port(), kPath);
    sending_ = std::jthread([this, url](const std::stop_token& stop) {
      HttpWebhookTransport transport({.url = url});
      sender_->Run(transport, stop);
    });
    following_ = std::jthread([this](std::stop_token stop) { hints_.Run(std::move(stop)); });
  }
  void TearDown() override {
    provider_.SetListener(nullptr);
    sending_.request_stop();
    sending_.join();
    endpoint_.Stop();
    following_.request_stop();
    following_.join();
  }

  // Stores outcomes, whatever they are, until the operation has one.
  void AwaitOutcome(const OrderId& order, const std::string& kind, int outcomes_max) {
    for (int i = 0; i < outcomes_max; ++i) {
      ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
      if (database_.OperationState(order, kind) == "SUCCEEDED") {
        return;
      }
    }
    FAIL() << "the operation is " << database_.OperationState(order, kind);
  }

  httplib::Result Post(const WebhookHeaders& headers, const std::string& body,
                       const std::string& path = kPath) {
    return httplib::Client("127.0.0.1", endpoint_.port())
        .Post(path,
              {{webhooks::kIdHeader, headers.id},
               {webhooks::kTimestampHeader, headers.timestamp},
               {webhooks::kSignatureHeader, headers.signature}},
              body, "application/json");
  }
  int Status(const WebhookHeaders& headers, const std::string& body,
             const std::string& path = kPath) {
    const auto answer = Post(headers, body, path);
    return answer ? answer->status : 0;
  }
  bool Counted(const std::string& line) {
    return metrics_.Expose().find(line) != std::string::npos;
  }

  SystemClock clock_;
  telemetry::Metrics metrics_;
  ProviderProcess provider_;
  PaymentDatabase database_;
  PaymentProcess process_;
  HintResolver hints_;
  WebhookReceiver receiver_{webhooks::WebhookVerifier({kSecret}), hints_, clock_, metrics_, {}};
  WebhookEndpoint endpoint_{receiver_};
  std::optional<WebhookSender> sender_;
  std::jthread sending_;
  std::jthread following_;
};

TEST_F(Webhooks, FindTheOutcomeOfACallThatIsNeverAnswered) {
  const OrderId order = NewOrder();

  ASSERT_THAT(process_.Handle({Authorize(order, "tok_timeout")}), IsOk());
  AwaitOutcome(order, "AUTHORIZE", 2);

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.Replies(order).back(), "authorize_payment: DONE");
  EXPECT_EQ(provider_.CountBooked(), 1);
  EXPECT_TRUE(Counted("orderflow_payment_webhooks_total{result=\"accepted\"} 1"));
  EXPECT_TRUE(Counted("orderflow_payment_hints_total{result=\"asked\"} 1"));
}

// Calls end after 400 ms: whose answer is not there after the first of them is not answered at all.
class WebhooksWithAnswerWait : public Webhooks {
 protected:
  static constexpr Duration kAnswerWait = milliseconds(100);
  WebhooksWithAnswerWait() : Webhooks(kAnswerWait, kAnswerWait + milliseconds(100)) {}
};

// The webhook comes while the answer is waited for, and nothing is written yet.
TEST_F(WebhooksWithAnswerWait, FindTheOutcomeOfACallThatIsNeverAnswered) {
  const OrderId order = NewOrder();

  ASSERT_THAT(process_.Handle({Authorize(order, "tok_timeout")}), IsOk());
  EXPECT_EQ(database_.State(order), "AUTHORIZING");
  AwaitOutcome(order, "AUTHORIZE", 2);

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.Replies(order).back(), "authorize_payment: DONE");
  EXPECT_EQ(provider_.CountBooked(), 1);
  EXPECT_TRUE(Counted("orderflow_payment_hints_total{result=\"asked\"} 1"));
}

TEST_F(Webhooks, FindTheOutcomeOfAnOperationThatIsUnknown) {
  const OrderId order = NewOrder();
  provider_.faults().Set({.webhook_lost = 1});
  ASSERT_THAT(process_.Handle({Authorize(order, "tok_timeout")}), IsOk());
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
  ASSERT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");

  const std::string body = BodyOf(order, OperationKind::kAuthorize);
  EXPECT_EQ(Status(webhooks::Sign(kSecret, "msg_1", clock_.Now(), body), body), 204);
  AwaitOutcome(order, "AUTHORIZE", 1);

  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: UNKNOWN", "authorize_payment: DONE"));
}

TEST_F(Webhooks, AHintTakesNothingFromWhoHasTheOperation) {
  const OrderId order = NewOrder();
  provider_.faults().Set({.no_answer_after_effect = 1, .webhook_lost = 1});
  ASSERT_THAT(process_.Handle({Authorize(order)}), IsOk());
  const std::string when =
      "SELECT next_action_time::text FROM payment_operations WHERE order_id = '" + order.value() +
      "'";
  const std::string before = database_.raw().QueryText(when);

  const auto open = process_.operations().FindOpen(
      std::vector<OperationKey>{{order, OperationKind::kAuthorize},
                                {order, OperationKind::kCapture},
                                {NewOrder(), OperationKind::kAuthorize}});

  ASSERT_THAT(open, IsOk());
  ASSERT_EQ(open->size(), 1u);
  EXPECT_TRUE((*open)[0].call.ask_only);
  EXPECT_EQ((*open)[0].call.amount, (Money{"EUR", 4200}));
  EXPECT_GT((*open)[0].due_in, Duration(0));
  EXPECT_EQ(database_.raw().QueryText(when), before);
}

TEST_F(Webhooks, ALyingOneMovesNoMoney) {
  const OrderId order = NewOrder();
  provider_.faults().Set({.fail_before_effect = 1});
  ASSERT_THAT(process_.Handle({Authorize(order)}), IsOk());
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
  provider_.faults().Set({});
  const auto asked = [this] {
    return process_.metrics().Expose().find(
               "orderflow_payment_hint_answers_total{answer=\"nothing\"} 1") != std::string::npos;
  };
  ASSERT_FALSE(asked());

  for (const OperationKind kind : {OperationKind::kAuthorize, OperationKind::kCapture}) {
    const std::string body = BodyOf(order, kind);
    EXPECT_EQ(Status(webhooks::Sign(kSecret, "msg_" + ToString(kind), clock_.Now(), body), body),
              204);
  }

  ASSERT_TRUE(Eventually(asked));
  EXPECT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
  EXPECT_EQ(provider_.CountBooked(), 0) << "a webhook must not make us send";
}

TEST_F(Webhooks, StrangersAreRefused) {
  const OrderId order = NewOrder();
  const std::string body = BodyOf(order, OperationKind::kAuthorize);
  const auto signed_at = [&](Timestamp time) {
    return webhooks::Sign(kSecret, "msg_1", time, body);
  };
  const WebhookHeaders right = signed_at(clock_.Now());

  EXPECT_EQ(Status({}, body), 400);
  EXPECT_EQ(Status(webhooks::Sign(kForeign, "msg_1", clock_.Now(), body), body), 401);
  EXPECT_EQ(Status(right, body + " "), 401);
  EXPECT_EQ(Status(signed_at(clock_.Now() - std::chrono::minutes(6)), body), 401);
  EXPECT_EQ(Status(signed_at(clock_.Now() + std::chrono::minutes(6)), body), 401);
  EXPECT_EQ(Status(right, body, "/webhooks"), 404);
  const std::string large(64 * 1024 + 1, ' ');
  EXPECT_EQ(Status(webhooks::Sign(kSecret, "msg_2", clock_.Now(), large), large), 413);
  EXPECT_EQ(httplib::Client("127.0.0.1", endpoint_.port()).Get(kPath)->status, 405);
  EXPECT_TRUE(Counted("orderflow_payment_webhooks_total{result=\"accepted\"} 0"));

  EXPECT_EQ(Status(right, body), 204);
  EXPECT_EQ(Status(right, body), 204) << "a repetition is acknowledged";
  EXPECT_TRUE(Counted("orderflow_payment_webhooks_total{result=\"duplicate\"} 1"));
}

TEST_F(Webhooks, MoreThanThereIsRoomForAreAskedToComeAgain) {
  following_.request_stop();
  following_.join();
  following_ = std::jthread([] {});
  HintResolver small(process_.operations(), process_.caller(), metrics_, {.queue_max = 1});
  WebhookReceiver receiver(webhooks::WebhookVerifier({kSecret}), small, clock_, metrics_, {});
  WebhookEndpoint endpoint(receiver);
  ASSERT_THAT(endpoint.Start("127.0.0.1:0"), IsOk());
  const auto post = [&](const std::string& id) {
    const std::string body = BodyOf(NewOrder(), OperationKind::kVoid);
    const WebhookHeaders headers = webhooks::Sign(kSecret, id, clock_.Now(), body);
    return httplib::Client("127.0.0.1", endpoint.port())
        .Post(kPath,
              {{webhooks::kIdHeader, headers.id},
               {webhooks::kTimestampHeader, headers.timestamp},
               {webhooks::kSignatureHeader, headers.signature}},
              body, "application/json");
  };

  EXPECT_EQ(post("msg_1")->status, 204);
  const auto answer = post("msg_2");

  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "2");
}

TEST_F(Webhooks, ManyAtTheSameTimeAreAllTaken) {
  constexpr int kClients = 16;
  constexpr int kEach = 25;
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        for (int i = 0; i < kEach; ++i) {
          const std::string body = BodyOf(NewOrder(), OperationKind::kAuthorize);
          taken += Status(webhooks::Sign(kSecret, fmt::format("msg_{}_{}", client, i), clock_.Now(),
                                         body),
                          body) == 204
                       ? 1
                       : 0;
        }
      });
    }
  }

  EXPECT_EQ(taken, kClients * kEach);
  EXPECT_TRUE(Eventually([&] {
    return Counted(
        fmt::format("orderflow_payment_hints_total{{result=\"not_open\"}} {}", kClients * kEach));
  }));
}

TEST_F(Webhooks, LostDoubleLateAndForgedOnesChangeWhenNotWhat) {
  constexpr size_t kOrders = 150;
  provider_.faults().Set({.webhook_lost = 0.3,
                          .webhook_doubled = 0.5,
                          .webhook_forged = 0.3,
                          .webhook_delay_max = milliseconds(600)});
  std::vector<OrderId> orders;
  std::vector<messaging::Record> commands;
  for (size_t i = 0; i < kOrders; ++i) {
    orders.push_back(NewOrder());
    commands.push_back(Authorize(orders.back(), "tok_timeout"));
  }
  const auto open = [this] {
    return database_.raw().QueryInt(
        "SELECT count(*) FROM payment_operations WHERE next_action_time IS NOT NULL");
  };

  ASSERT_THAT(process_.Handle(commands), IsOk());
  ASSERT_THAT(process_.StoreOutcomes(kOrders), IsOk());  // at least the time-outs
  ASSERT_TRUE(Eventually([this] {
    return sender_->waiting() == 0 && hints_.waiting() == 0 && process_.caller().load() == 0;
  }));
  ASSERT_THAT(process_.StoreWaitingOutcomes(), IsOk());
  const int64_t found_by_webhooks = static_cast<int64_t>(kOrders) - open();
  for (int round = 0; open() > 0 && round < 100; ++round) {
    database_.LetTimePass();
    const auto claimed = process_.resolver().ResolveDue();
    ASSERT_THAT(claimed, IsOk());
    ASSERT_THAT(process_.StoreOutcomes(*claimed), IsOk());
  }

  EXPECT_GT(found_by_webhooks, 0);
  EXPECT_LT(found_by_webhooks, static_cast<int64_t>(kOrders));
  EXPECT_EQ(provider_.CountBooked(), static_cast<int64_t>(kOrders));
  for (const OrderId& order : orders) {
    EXPECT_EQ(database_.State(order), "AUTHORIZED");
    const std::vector<std::string> replies = database_.Replies(order);
    EXPECT_EQ(std::count(replies.begin(), replies.end(), "authorize_payment: DONE"), 1);
  }
}

}  // namespace
}  // namespace orderflow::payment::testing
