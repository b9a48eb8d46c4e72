// Proves on a running stack that the provider's webhooks make orders end earlier whose calls are
// never answered, that nothing depends on them, and that strangers are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "httplib.h"
#include "libs/testing/eventually.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using order::v1::Order;
using testing::Eventually;

constexpr char kPath[] = "/webhooks/provider";
// ORDERFLOW_PROVIDER_TIMEOUT_MS: an order makes two calls, and each waits for so long when its
// answer does not come.
constexpr std::chrono::seconds kProviderTimeout(3);

// Of an order whose two calls to the provider are never answered.
std::chrono::steady_clock::duration TimeToConfirm() {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  request.set_payment_method_token("tok_timeout");
  const auto start = std::chrono::steady_clock::now();
  const Order order = api.Settle(request);
  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(api.Books(order.order_id()).size(), 2u) << "one hold, one capture";
  return std::chrono::steady_clock::now() - start;
}

// How many webhooks led to that, so far.
double Received(const std::string& result) {
  httplib::Client client("127.0.0.1", std::stoi(Stack::Get()["PAYMENT_ADMIN_PORT"]));
  const httplib::Result metrics = client.Get("/metrics");
  EXPECT_TRUE(metrics && metrics->status == 200);
  const std::string series = "orderflow_payment_webhooks_total{result=\"" + result + "\"} ";
  const size_t found = metrics ? metrics->body.find(series) : std::string::npos;
  return found == std::string::npos ? 0 : std::stod(metrics->body.substr(found + series.size()));
}

// A webhook is followed some 350 ms after it came, when no answer is waited for any more. An order
// of which one call alone timed out would take longer. The first one of a stack is not measured: it
// waits for consumers and connections, too.
TEST(Webhooks, MakeOrdersEndBeforeOneOfTheirCallsTimesOut) {
  TimeToConfirm();
  for (int order = 1; order <= 3; ++order) {
    EXPECT_LT(TimeToConfirm(), kProviderTimeout) << "order " << order;
  }
}

TEST(Webhooks, AreNotNeeded) {
  Api& api = Api::Get();
  provider::v1::Faults faults;
  faults.set_webhook_lost(1);
  api.SetFaults(faults);

  EXPECT_GE(TimeToConfirm(), 2 * kProviderTimeout);

  api.SetFaults({});
}

TEST(Webhooks, MayBeForged) {
  Api& api = Api::Get();
  const double before = Received("wrong_signature");
  provider::v1::Faults faults;
  faults.set_webhook_forged(1);
  api.SetFaults(faults);

  EXPECT_GE(TimeToConfirm(), 2 * kProviderTimeout) << "nothing is believed";

  EXPECT_TRUE(Eventually([&] { return Received("wrong_signature") >= before + 2; }));
  api.SetFaults({});
}

TEST(Webhooks, MayBeDoubledAndLate) {
  Api& api = Api::Get();
  const double before = Received("duplicate");
  provider::v1::Faults faults;
  faults.set_webhook_doubled(1);
  faults.set_webhook_delay_ms_max(1000);
  api.SetFaults(faults);

  TimeToConfirm();

  EXPECT_TRUE(Eventually([&] { return Received("duplicate") >= before + 2; }));
  api.SetFaults({});
}

TEST(Webhooks, OfStrangersAreRefused) {
  httplib::Client client("127.0.0.1", std::stoi(Stack::Get()["PAYMENT_WEBHOOK_PORT"]));
  const httplib::Headers headers{
      {"webhook-id", "msg_1"},
      {"webhook-timestamp", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                               std::chrono::system_clock::now().time_since_epoch())
                                               .count())},
      {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};

  EXPECT_EQ(client.Post(kPath, headers, "{}", "application/json")->status, 401);
  EXPECT_EQ(client.Post(kPath, "{}", "application/json")->status, 400);
  EXPECT_EQ(client.Get(kPath)->status, 405);
  EXPECT_EQ(client.Post("/metrics", "{}", "application/json")->status, 404);
}

}  // namespace
}  // namespace orderflow::e2e
