// Proves that only authentic webhooks become hints, each once, whatever their order; that a refused
// one may come again; and that no body can say more than which operation it is about.
#include "services/payment/webhooks/webhook_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/fake_clock.h"

namespace orderflow::payment {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using webhooks::SigningSecret;
using webhooks::WebhookHeaders;

const OperationKey kCapture{OrderId("0190e000-0000-7000-8000-0000000000aa"),
                            OperationKind::kCapture};
const OperationKey kRefund{kCapture.order_id, OperationKind::kRefund};

SigningSecret SecretOf(const char* text) { return *SigningSecret::Parse(text); }
const SigningSecret kSecret = SecretOf("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
const SigningSecret kOldSecret = SecretOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
const SigningSecret kForeign = SecretOf("whsec_ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ");

std::string BodyOf(const OperationKey& operation, const std::string& outcome = "succeeded") {
  return fmt::format(R"({{"type":"operation.{}","data":{{"idempotency_key":"{}"}}}})", outcome,
                     IdempotencyKey(operation.order_id, operation.kind));
}

class RecordingHints final : public OutcomeHints {
 public:
  bool Offer(const OperationKey& operation) override {
    if (full) {
      return false;
    }
    offered.push_back(operation);
    return true;
  }
  bool full = false;
  std::vector<OperationKey> offered;
};

class WebhookReceiverTest : public ::testing::Test {
 protected:
  WebhookHeaders Signed(const std::string& id, const std::string& body,
                        const SigningSecret& secret = kSecret) {
    return webhooks::Sign(secret, id, clock_.Now(), body);
  }
  WebhookResult Send(const std::string& id, const OperationKey& operation,
                     const SigningSecret& secret = kSecret) {
    const std::string body = BodyOf(operation);
    return receiver_.Receive(Signed(id, body, secret), body);
  }
  bool Counted(const std::string& result, int times) {
    return metrics_.Expose().find(fmt::format(
               "orderflow_payment_webhooks_total{{result=\"{}\"}} {}", result, times)) !=
           std::string::npos;
  }

  testing::FakeClock clock_;
  telemetry::Metrics metrics_;
  RecordingHints hints_;
  WebhookReceiver receiver_{
      webhooks::WebhookVerifier({kSecret, kOldSecret}), hints_, clock_, metrics_, {.ids_max = 3}};
};

TEST_F(WebhookReceiverTest, AnAuthenticWebhookBecomesAHint) {
  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kAccepted);

  EXPECT_THAT(hints_.offered, ElementsAre(kCapture));
  EXPECT_TRUE(Counted("accepted", 1));
}

TEST_F(WebhookReceiverTest, BothSecretsCountWhileOneIsReplaced) {
  EXPECT_EQ(Send("msg_1", kCapture, kOldSecret), WebhookResult::kAccepted);
  EXPECT_EQ(Send("msg_2", kRefund, kSecret), WebhookResult::kAccepted);

  EXPECT_THAT(hints_.offered, ElementsAre(kCapture, kRefund));
}

TEST_F(WebhookReceiverTest, AForgedOneDoesNothingAndIsCounted) {
  EXPECT_EQ(Send("msg_1", kCapture, kForeign), WebhookResult::kWrongSignature);
  const WebhookHeaders headers = Signed("msg_2", BodyOf(kRefund));
  EXPECT_EQ(receiver_.Receive(headers, BodyOf(kCapture)), WebhookResult::kWrongSignature);
  EXPECT_EQ(receiver_.Receive({}, BodyOf(kCapture)), WebhookResult::kMalformed);

  EXPECT_THAT(hints_.offered, IsEmpty());
  EXPECT_TRUE(Counted("wrong_signature", 2));
}

TEST_F(WebhookReceiverTest, ARecordedOneCannotBePlayedAgainLater) {
  const std::string body = BodyOf(kCapture);
  const WebhookHeaders headers = Signed("msg_1", body);
  clock_.Advance(std::chrono::minutes(5) + std::chrono::seconds(1));

  EXPECT_EQ(receiver_.Receive(headers, body), WebhookResult::kTooOld);
  EXPECT_THAT(hints_.offered, IsEmpty());
}

TEST_F(WebhookReceiverTest, ARepetitionIsAcknowledgedAndDoesNothing) {
  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kAccepted);
  clock_.Advance(std::chrono::seconds(5));

  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kDuplicate);
  EXPECT_THAT(hints_.offered, ElementsAre(kCapture));
}

TEST_F(WebhookReceiverTest, TheMemoryOfIdsIsBounded) {
  for (const char* id : {"msg_1", "msg_2", "msg_3", "msg_4"}) {
    EXPECT_EQ(Send(id, kCapture), WebhookResult::kAccepted);
  }

  EXPECT_EQ(Send("msg_2", kCapture), WebhookResult::kDuplicate);
  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kAccepted) << "forgotten, and harmless";
}

TEST_F(WebhookReceiverTest, ARefusedOneMayComeAgain) {
  hints_.full = true;
  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kRefused);
  hints_.full = false;

  EXPECT_EQ(Send("msg_1", kCapture), WebhookResult::kAccepted);
  EXPECT_THAT(hints_.offered, ElementsAre(kCapture));
}

TEST_F(WebhookReceiverTest, OrderAndContentMakeNoDifference) {
  const std::string declined = BodyOf(kCapture, "declined");
  EXPECT_EQ(Send("msg_9", kRefund), WebhookResult::kAccepted);
  EXPECT_EQ(receiver_.Receive(Signed("msg_1", declined), declined), WebhookResult::kAccepted);

  EXPECT_THAT(hints_.offered, ElementsAre(kRefund, kCapture));
}

TEST_F(WebhookReceiverTest, AuthenticOnesThatAreNotForUsAreAcknowledged) {
  const std::string other = R"({"type":"payout.paid","data":{}})";
  const std::string broken = R"({"type":)";

  EXPECT_EQ(receiver_.Receive(Signed("msg_1", other), other), WebhookResult::kIgnored);
  EXPECT_EQ(receiver_.Receive(Signed("msg_2", broken), broken), WebhookResult::kMalformed);
  EXPECT_THAT(hints_.offered, IsEmpty());
}

}  // namespace
}  // namespace orderflow::payment
