// Proves signatures against the vector that the Standard Webhooks project publishes and against
// others made with its Python library (1.0.0), and that nothing else verifies: other bytes, other
// secrets, other times.
#include "libs/webhooks/standard_webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::webhooks {
namespace {

using ::orderflow::testing::IsOk;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

struct Vector {
  std::string secret;
  std::string id;
  int64_t time_s;
  std::string body;
  std::string signature;
};

const Vector kPublished{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        1614265330, R"({"test": 2432232314})",
                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="};
const Vector kLongKeyEmptyBody{
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw="
    "=",
    "msg_empty", 1767323045, "", "v1,Q+dP7mm3jkO7oXRq9SYtI4hQwZOT+fV0ylIgQLq1x8A="};
const Vector kUtf8{"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "msg_utf8", 1767323045,
                   R"({"name":"Zoë 注文"})", "v1,x/T9feCX7GnmwvpKbzXbJ1onCiZAZyoh6tlH4QzOi0s="};

SigningSecret SecretOf(const Vector& vector) { return *SigningSecret::Parse(vector.secret); }
Timestamp TimeOf(const Vector& vector) { return Timestamp(seconds(vector.time_s)); }
WebhookHeaders HeadersOf(const Vector& vector) {
  return {vector.id, std::to_string(vector.time_s), vector.signature};
}
WebhookVerifier VerifierOf(const Vector& vector) { return WebhookVerifier({SecretOf(vector)}); }

std::string ReasonOf(const absl::Status& status) { return DetailsOf(status).reason; }

// What becomes of the published vector when one thing is changed.
std::string ReasonWith(const WebhookHeaders& headers, const std::string& body = kPublished.body,
                       Timestamp now = TimeOf(kPublished)) {
  return ReasonOf(VerifierOf(kPublished).Verify(headers, body, now));
}

TEST(StandardWebhook, AgreesWithOtherImplementations) {
  for (const Vector& vector : {kPublished, kLongKeyEmptyBody, kUtf8}) {
    EXPECT_EQ(Sign(SecretOf(vector), vector.id, TimeOf(vector), vector.body), HeadersOf(vector));
    EXPECT_THAT(
        VerifierOf(vector).Verify(HeadersOf(vector), vector.body, TimeOf(vector) + seconds(10)),
        IsOk());
  }
}

TEST(StandardWebhook, EveryByteOfIdTimeAndBodyIsSigned) {
  WebhookHeaders headers = HeadersOf(kPublished);
  headers.id.back() = 'l';
  EXPECT_EQ(ReasonWith(headers), kWrongSignatureReason);

  headers = HeadersOf(kPublished);
  headers.timestamp = std::to_string(kPublished.time_s + 1);
  EXPECT_EQ(ReasonWith(headers), kWrongSignatureReason);

  EXPECT_EQ(ReasonWith(HeadersOf(kPublished), kPublished.body + " "), kWrongSignatureReason);
}

TEST(StandardWebhook, AnotherSecretDoesNotVerify) {
  const WebhookVerifier verifier({SecretOf(kLongKeyEmptyBody), SecretOf(kUtf8)});

  const absl::Status status =
      verifier.Verify(HeadersOf(kPublished), kPublished.body, TimeOf(kPublished));

  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(status), kWrongSignatureReason);
}

TEST(StandardWebhook, OneOfSeveralSecretsAndSignaturesIsEnough) {
  WebhookHeaders headers = HeadersOf(kPublished);
  headers.signature = "v1a,AAAA v1,d3Jvbmc= " + kPublished.signature + " v2,x";
  const WebhookVerifier verifier({SecretOf(kUtf8), SecretOf(kPublished)});

  EXPECT_THAT(verifier.Verify(headers, kPublished.body, TimeOf(kPublished)), IsOk());
}

TEST(StandardWebhook, OnlyVersionOneCounts) {
  WebhookHeaders headers = HeadersOf(kPublished);
  const std::string code = kPublished.signature.substr(3);

  for (const std::string& signature :
       {code, "v2," + code, "v1a," + code, "V1," + code, "v1;" + code}) {
    headers.signature = signature;
    EXPECT_EQ(ReasonWith(headers), kWrongSignatureReason) << signature;
  }
}

TEST(StandardWebhook, TimesUpToFiveMinutesApartVerify) {
  const WebhookHeaders headers = HeadersOf(kPublished);
  const Timestamp sent = TimeOf(kPublished);

  EXPECT_EQ(ReasonWith(headers, kPublished.body, sent + seconds(300)), "");
  EXPECT_EQ(ReasonWith(headers, kPublished.body, sent - seconds(300)), "");
  EXPECT_EQ(ReasonWith(headers, kPublished.body, sent + seconds(301)), kTooOldReason);
  EXPECT_EQ(ReasonWith(headers, kPublished.body, sent - seconds(301)), kTooOldReason);
}

TEST(StandardWebhook, NamesTheHeaderThatIsMissingOrMalformed) {
  const WebhookHeaders right = HeadersOf(kPublished);
  const auto reason = [&](auto change) {
    WebhookHeaders headers = right;
    change(headers);
    return VerifierOf(kPublished).Verify(headers, kPublished.body, TimeOf(kPublished));
  };

  for (const std::string& id : {std::string(), std::string("a b"), std::string("a.b"),
                                std::string("a\nb"), std::string(257, 'a')}) {
    const absl::Status status = reason([&](WebhookHeaders& headers) { headers.id = id; });
    EXPECT_EQ(ReasonOf(status), kMalformedReason) << id;
    EXPECT_THAT(status.ToString(), HasSubstr("webhook-id"));
  }
  for (const char* timestamp : {"", "-1614265330", "+1614265330", " 1614265330", "1614265330.5",
                                "0x60380000", "99999999999999999999999"}) {
    const absl::Status status =
        reason([&](WebhookHeaders& headers) { headers.timestamp = timestamp; });
    EXPECT_EQ(ReasonOf(status), kMalformedReason) << timestamp;
    EXPECT_THAT(status.ToString(), HasSubstr("webhook-timestamp"));
  }
  for (const std::string& signature : {std::string(), std::string(1025, 'v')}) {
    const absl::Status status =
        reason([&](WebhookHeaders& headers) { headers.signature = signature; });
    EXPECT_EQ(ReasonOf(status), kMalformedReason);
    EXPECT_THAT(status.ToString(), HasSubstr("webhook-signature"));
  }
}

TEST(StandardWebhook, ErrorsRepeatNeitherBodyNorSignature) {
  const std::string body = R"({"card":"4111111111111111"})";

  const absl::Status status =
      VerifierOf(kPublished).Verify(HeadersOf(kPublished), body, TimeOf(kPublished));

  EXPECT_THAT(status.ToString(), Not(HasSubstr("4111")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("g0hM9SsE")));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("MfKQ9r8G")));
}

}  // namespace
}  // namespace orderflow::webhooks
