// Proves what a webhook says of an operation.
#include "services/payment_provider_simulator/webhooks/webhook_event.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace orderflow::payment_provider_simulator {
namespace {

Operation AnOperation() {
  return {.reference = "0190e000-0000-7000-8000-0000000000bb",
          .idempotency_key = "order-1:CAPTURE",
          .payment_reference = "order-1",
          .kind = OperationKind::kCapture,
          .succeeded = true,
          .amount = {"EUR", 4200},
          .create_time = Timestamp(std::chrono::milliseconds(1'767'323'045'250))};
}

TEST(WebhookEvent, SaysWhatWasBooked) {
  const WebhookEvent event = EventOf(AnOperation());

  EXPECT_EQ(event.id, "msg_0190e000-0000-7000-8000-0000000000bb");
  EXPECT_EQ(nlohmann::json::parse(event.body), nlohmann::json::parse(R"({
    "type": "operation.succeeded",
    "timestamp": "2026-01-02T03:04:05.25+00:00",
    "data": {"reference": "0190e000-0000-7000-8000-0000000000bb",
             "idempotency_key": "order-1:CAPTURE", "payment_reference": "order-1",
             "kind": "CAPTURE", "outcome": "SUCCEEDED", "decline_code": "",
             "amount": {"currency_code": "EUR", "amount_minor": 4200}}})"));
}

TEST(WebhookEvent, NamesADecline) {
  Operation operation = AnOperation();
  operation.succeeded = false;
  operation.decline_code = "expired_card";

  const auto event = nlohmann::json::parse(EventOf(operation).body);

  EXPECT_EQ(event["type"], "operation.declined");
  EXPECT_EQ(event["data"]["decline_code"], "expired_card");
}

TEST(WebhookEvent, IsJsonWhateverTheMerchantsTextIs) {
  Operation operation = AnOperation();
  operation.payment_reference = "\xff\"\\\n";

  EXPECT_TRUE(nlohmann::json::accept(EventOf(operation).body));
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
