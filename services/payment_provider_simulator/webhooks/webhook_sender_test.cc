// Proves what is sent, how often and how it is signed, with a transport that answers as the test
// says: repetitions after failures, a bounded queue, and each fault of webhooks.
#include "services/payment_provider_simulator/webhooks/webhook_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/telemetry/metrics.h"
#include "libs/testing/eventually.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment_provider_simulator {
namespace {

using ::orderflow::testing::Eventually;
using ::orderflow::testing::IsOk;
using std::chrono::milliseconds;
using webhooks::SigningSecret;
using webhooks::WebhookHeaders;
using webhooks::WebhookVerifier;

const SigningSecret kSecret =
    *SigningSecret::Parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

struct Posted {
  WebhookHeaders headers;
  std::string body;
};

// Answers with the statuses one after the other, then with 204.
class FakeTransport final : public WebhookTransport {
 public:
  WebhookReceipt Post(const WebhookHeaders& headers, std::string_view body) override {
    MutexLock lock(mutex_);
    posted_.push_back({headers, std::string(body)});
    if (statuses_.empty()) {
      return {.status = 204};
    }
    const int status = statuses_.front();
    statuses_.erase(statuses_.begin());
    return {.status = status};
  }

  void AnswerWith(std::vector<int> statuses) {
    MutexLock lock(mutex_);
    statuses_ = std::move(statuses);
  }
  std::vector<Posted> posted() const {
    MutexLock lock(mutex_);
    return posted_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<int> statuses_ ABSL_GUARDED_BY(mutex_);
  std::vector<Posted> posted_ ABSL_GUARDED_BY(mutex_);
};

Operation OperationOf(int number) {
  return {.reference = std::to_string(number),
          .idempotency_key = "order:" + std::to_string(number),
          .succeeded = true,
          .amount = {"EUR", 100}};
}

class WebhookSenderTest : public ::testing::Test {
 protected:
  // Books so many operations whose calls are never answered, and sends until so many tries were
  // made.
  std::vector<Posted> Send(int operations, size_t tries, WebhookSenderOptions options = {}) {
    options.backoff = {.initial = milliseconds(1), .max = milliseconds(2)};
    WebhookSender sender(kSecret, faults_, clock_, metrics_, options);
    for (int i = 0; i < operations; ++i) {
      sender.OnBooked(OperationOf(i), std::nullopt);
    }
    RunUntil(sender, [&] { return transport_.posted().size() >= tries; });
    return transport_.posted();
  }
  void RunUntil(WebhookSender& sender, const std::function<bool()>& enough) {
    std::jthread worker([&](const std::stop_token& stop) { sender.Run(transport_, stop); });
    EXPECT_TRUE(Eventually(enough));
  }
  bool Counted(const std::string& result, int times) {
    return metrics_.Expose().find("orderflow_provider_webhooks_total{result=\"" + result + "\"} " +
                                  std::to_string(times)) != std::string::npos;
  }
  absl::Status Verify(const Posted& posted) {
    return WebhookVerifier({kSecret}).Verify(posted.headers, posted.body, clock_.Now());
  }

  testing::FakeClock clock_;
  telemetry::Metrics metrics_;
  FaultInjector faults_{1};
  FakeTransport transport_;
};

TEST_F(WebhookSenderTest, SendsSignedMessages) {
  const std::vector<Posted> posted = Send(3, 3);

  ASSERT_EQ(posted.size(), 3u);
  EXPECT_EQ(posted[0].headers.id, "msg_0");
  EXPECT_EQ(posted[0].body, EventOf(OperationOf(0)).body);
  for (const Posted& one : posted) {
    EXPECT_THAT(Verify(one), IsOk());
  }
}

TEST_F(WebhookSenderTest, TriesAgainUnderTheSameIdUntilItIsTaken) {
  transport_.AnswerWith({0, 503, 404, 301});

  const std::vector<Posted> posted = Send(1, 5);

  ASSERT_EQ(posted.size(), 5u);
  for (const Posted& one : posted) {
    EXPECT_EQ(one.headers.id, "msg_0");
    EXPECT_THAT(Verify(one), IsOk());
  }
}

TEST_F(WebhookSenderTest, GivesUpInTheEnd) {
  transport_.AnswerWith(std::vector<int>(100, 500));
  WebhookSender sender(kSecret, faults_, clock_, metrics_,
                       {.tries_max = 3, .backoff = {milliseconds(1), milliseconds(2)}});
  sender.OnBooked(OperationOf(0), std::nullopt);

  RunUntil(sender, [this] { return Counted("given_up", 1); });

  EXPECT_EQ(transport_.posted().size(), 3u);
}

TEST_F(WebhookSenderTest, TellsOfAnsweredCallsOnlyWhenAsked) {
  WebhookSender quiet(kSecret, faults_, clock_, metrics_, {});
  quiet.OnBooked(OperationOf(0), Duration(0));
  quiet.OnBooked(OperationOf(1), std::nullopt);
  RunUntil(quiet, [this] { return transport_.posted().size() == 1; });
  EXPECT_EQ(transport_.posted()[0].headers.id, "msg_1");

  WebhookSender all(kSecret, faults_, clock_, metrics_, {.scope = WebhookScope::kAll});
  all.OnBooked(OperationOf(2), Duration(0));
  RunUntil(all, [this] { return transport_.posted().size() == 2; });
}

TEST_F(WebhookSenderTest, WhatWaitsIsBounded) {
  const std::vector<Posted> posted = Send(5, 3, {.queue_max = 3});

  EXPECT_EQ(posted.size(), 3u);
  EXPECT_TRUE(Counted("dropped", 2));
}

TEST_F(WebhookSenderTest, FaultsLoseDoubleAndForge) {
  faults_.Set({.webhook_lost = 1});
  WebhookSender sender(kSecret, faults_, clock_, metrics_, {});
  sender.OnBooked(OperationOf(0), std::nullopt);
  faults_.Set({.webhook_doubled = 1});
  sender.OnBooked(OperationOf(1), std::nullopt);
  faults_.Set({.webhook_forged = 1});
  sender.OnBooked(OperationOf(2), std::nullopt);

  RunUntil(sender, [this] { return transport_.posted().size() == 3; });

  const std::vector<Posted> posted = transport_.posted();
  EXPECT_EQ(posted[0].headers, posted[1].headers);
  EXPECT_EQ(posted[0].headers.id, "msg_1");
  EXPECT_THAT(Verify(posted[0]), IsOk());
  EXPECT_EQ(posted[2].headers.id, "msg_2");
  EXPECT_EQ(Verify(posted[2]).code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(WebhookSenderTest, LateOnesComeOutOfOrderAndAllCome) {
  faults_.Set({.webhook_delay_max = milliseconds(100)});

  const std::vector<Posted> posted = Send(50, 50);

  std::vector<std::string> ids;
  for (const Posted& one : posted) {
    ids.push_back(one.headers.id);
  }
  std::vector<std::string> booked;
  for (int i = 0; i < 50; ++i) {
    booked.push_back("msg_" + std::to_string(i));
  }
  EXPECT_NE(ids, booked);
  EXPECT_THAT(ids, ::testing::UnorderedElementsAreArray(booked));
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
