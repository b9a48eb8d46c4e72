// Proves what is read of a webhook's body: the key of one operation of ours, and nothing else.
#include "services/payment/webhooks/provider_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using ::orderflow::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

const char kOrder[] = "0190e000-0000-7000-8000-0000000000aa";

std::string EventOf(const std::string& type, const std::string& key) {
  return R"({"type":")" + type + R"(","data":{"idempotency_key":")" + key +
         R"(","outcome":"SUCCEEDED","amount":{"currency_code":"EUR","amount_minor":1}}})";
}

TEST(ProviderEvent, TellsWhichOperationItIsAbout) {
  for (const OperationKind kind : {OperationKind::kAuthorize, OperationKind::kCapture,
                                   OperationKind::kVoid, OperationKind::kRefund}) {
    const auto read =
        ParseProviderEvent(EventOf("operation.succeeded", IdempotencyKey(OrderId(kOrder), kind)));

    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, (OperationKey{OrderId(kOrder), kind}));
  }
}

TEST(ProviderEvent, WritesOrderIdsAsWeDo) {
  const auto read =
      ParseProviderEvent(EventOf("operation.new", "0190E000-0000-7000-8000-0000000000AA:VOID"));

  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, (OperationKey{OrderId(kOrder), OperationKind::kVoid}));
}

TEST(ProviderEvent, LeavesAloneWhatIsNotOurs) {
  const std::string key = IdempotencyKey(OrderId(kOrder), OperationKind::kCapture);
  for (const std::string& body :
       {EventOf("payout.paid", key), EventOf("operation", key), EventOf("operation.succeeded", ""),
        EventOf("operation.succeeded", "another-shop-7"),
        EventOf("operation.succeeded", std::string(kOrder)),
        EventOf("operation.succeeded", std::string(kOrder) + ":CHARGE"),
        EventOf("operation.succeeded", std::string(kOrder) + ":capture"),
        EventOf("operation.succeeded", "x" + key)}) {
    const auto read = ParseProviderEvent(body);

    ASSERT_THAT(read, IsOk()) << body;
    EXPECT_FALSE(read->has_value()) << body;
  }
}

TEST(ProviderEvent, RefusesWhatIsNoEventWithoutRepeatingIt) {
  for (const std::string& body :
       {std::string(), std::string("4111111111111111"), std::string("{"),
        std::string("[{\"type\":\"x\"}]"), std::string("null"), std::string("{\"type\":7}"),
        std::string("{\"data\":{\"idempotency_key\":\"4111111111111111\"}}"),
        std::string("{\"type\":\"operation.succeeded\"}"),
        std::string("{\"type\":\"operation.succeeded\",\"data\":[\"4111111111111111\"]}"),
        std::string("{\"type\":\"operation.succeeded\",\"data\":{\"idempotency_key\":{}}}"),
        std::string("{\"type\":\"\xff\"}"), std::string(60'000, '[')}) {
    const absl::Status status = ParseProviderEvent(body).status();

    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("4111")));
  }
}

}  // namespace
}  // namespace orderflow::payment
