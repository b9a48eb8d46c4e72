// Proves with orderctl on a running stack what a person does about records that could not be
// handled: poison is put into the topics by hand, found, looked at, redriven and discarded, and the
// events of an order keep their sequence meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fmt/format.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/testing/send_all.h"
#include "libs/messaging/topics.h"
#include "libs/testing/eventually.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Json = nlohmann::json;
using testing::Eventually;

constexpr std::chrono::seconds kLong{30};
constexpr char kBecause[] = "--as e2e --reason 'end to end test'";

Stack::Result Dlq(const std::string& arguments) {
  return Stack::Get().Run(fmt::format("\"$ORDERFLOW_BUILD_DIR\"/bin/orderctl dlq {}", arguments));
}

// The dead letters of a key that are in this state, as orderctl lists them.
std::vector<Json> List(const std::string& key, const std::string& state = "OPEN") {
  const Stack::Result result = Dlq(fmt::format("list --json --order {} --state {}", key, state));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const Json page = Json::parse(result.output, nullptr, /*allow_exceptions=*/false);
  return page.is_object() ? page.at("deadLetters").get<std::vector<Json>>() : std::vector<Json>();
}

std::string NameOf(const Json& letter) {
  const Json& id = letter.at("id");
  // As protobuf writes JSON, a 64 bit number is text.
  return fmt::format("{}/{}/{}", id.at("topic").get<std::string>(), id.at("partition").get<int>(),
                     id.at("offset").get<std::string>());
}

// The first open dead letter of this key, once it is there.
std::string AwaitFirst(const std::string& key) {
  std::vector<Json> letters;
  EXPECT_TRUE(Eventually(
      [&] {
        letters = List(key);
        return !letters.empty();
      },
      kLong));
  return letters.empty() ? "" : NameOf(letters.front());
}

void Send(const std::string& topic, const std::string& key, const std::string& value,
          const std::string& type) {
  const auto producer = messaging::MakeKafkaProducer(
      {.bootstrap_servers = Stack::Get()["ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"], .client_id = "e2e"});
  ASSERT_TRUE(producer.ok()) << producer.status();
  messaging::Record record{.topic = topic, .key = key, .value = value, .headers = {}};
  record.headers.Set(messaging::kHeaderType, type);
  ASSERT_TRUE(messaging::SendAll(**producer, {record}).ok());
}

TEST(DeadLetters, APoisonReplyIsShownDryRunRedrivenOnceAndThenDiscarded) {
  const std::string key = NewId();
  Send(messaging::kOrderReplies, key, "\xff\xfe", "orderflow.order.v1.SagaReply");
  const std::string name = AwaitFirst(key);

  const Stack::Result shown = Dlq("show " + name);
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr("order.replies/"));
  EXPECT_THAT(shown.output, HasSubstr("is not a SagaReply"));
  EXPECT_THAT(shown.output, HasSubstr("0xfffe"));

  const Stack::Result dry = Dlq(fmt::format("redrive {} --dry-run {}", name, kBecause));
  EXPECT_EQ(dry.exit_code, 0) << dry.output;
  EXPECT_THAT(dry.output, HasSubstr("nothing was done, sends key " + key + " to order.replies"));
  EXPECT_THAT(List(key), SizeIs(1));

  EXPECT_EQ(Dlq(fmt::format("redrive {} {}", name, kBecause)).exit_code, 0);
  const Stack::Result twice = Dlq(fmt::format("redrive {} {}", name, kBecause));
  EXPECT_EQ(twice.exit_code, 1);
  EXPECT_THAT(twice.output, HasSubstr("there was a REDRIVE"));
  EXPECT_THAT(List(key, "REDRIVEN"), SizeIs(1));

  const std::string again = AwaitFirst(key);  // still poison: a dead letter of its own
  EXPECT_NE(again, name);
  EXPECT_EQ(Dlq(fmt::format("discard {} {}", again, kBecause)).exit_code, 0);
  EXPECT_THAT(List(key), SizeIs(0));
  const Stack::Result log = Dlq("log " + key);
  EXPECT_THAT(log.output, HasSubstr("REDRIVE"));
  EXPECT_THAT(log.output, HasSubstr("DISCARD"));
  EXPECT_THAT(log.output, HasSubstr("end to end test"));
}

TEST(DeadLetters, TheEventsOfAnOrderWaitBehindOneThatFailed) {
  Api& api = Api::Get();
  order::v1::CreateOrderRequest request = AnOrder(api.AddItem(500, 5));
  request.set_payment_method_token("tok_slow");
  const auto created = api.Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  const std::string& order_id = created->order_id();
  ASSERT_TRUE(api.Repair(order_id, order::v1::SAGA_ACTION_KIND_PAUSE).ok());
  Send(messaging::kOrderEvents, order_id, "\xff", "orderflow.order.v1.OrderEvent");
  const std::string poison = AwaitFirst(order_id);
  ASSERT_TRUE(api.Repair(order_id, order::v1::SAGA_ACTION_KIND_RESUME).ok());
  ASSERT_EQ(api.AwaitRest(order_id).state(), order::v1::ORDER_STATE_CONFIRMED);
  Stack::Result confirmation;
  ASSERT_TRUE(Eventually(
      [&] {
        confirmation = Dlq("show " + NameOf(List(order_id).back()));
        return confirmation.output.find("order_confirmed") != std::string::npos;
      },
      kLong));

  EXPECT_THAT(confirmation.output, HasSubstr("waits behind"));
  EXPECT_THAT(confirmation.output, HasSubstr("\"order_id\":\"" + order_id));
  EXPECT_THAT(confirmation.output, Not(HasSubstr(request.email())));
  EXPECT_THAT(api.Notifications(order_id), SizeIs(0)) << "it waits";

  EXPECT_EQ(Dlq(fmt::format("discard {} {}", poison, kBecause)).exit_code, 0);
  const Stack::Result redriven = Dlq(fmt::format("redrive --order {} {}", order_id, kBecause));
  EXPECT_EQ(redriven.exit_code, 0) << redriven.output;
  EXPECT_THAT(redriven.output, HasSubstr(" 0 refused"));

  EXPECT_TRUE(Eventually([&] { return api.Notifications(order_id).size() == 1; }, kLong));
  EXPECT_THAT(List(order_id), SizeIs(0));
}

// What it would do nobody would undo.
TEST(DeadLetters, ACommandForAnOrderThatDoesNotWaitIsNotRedriven) {
  Api& api = Api::Get();
  const order::v1::Order order = api.Settle(AnOrder(api.AddItem(500, 5)));
  Send(messaging::kPaymentCommands, order.order_id(), "\xff\xfe",
       "orderflow.payment.v1.PaymentCommand");
  const std::string name = AwaitFirst(order.order_id());

  const Stack::Result refused = Dlq(fmt::format("redrive {} {}", name, kBecause));

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, HasSubstr("nobody waits for it"));
  EXPECT_EQ(
      Dlq(fmt::format("discard --all --topic payment.commands --throttle 50 --yes {}", kBecause))
          .exit_code,
      0);
  EXPECT_THAT(List(order.order_id()), SizeIs(0));
}

TEST(DeadLetters, WrongUsageSendsNothing) {
  EXPECT_EQ(Dlq("show order.events").exit_code, 2);
  EXPECT_EQ(Dlq(fmt::format("redrive {}", kBecause)).exit_code, 2);
  EXPECT_EQ(Dlq(fmt::format("discard --all {}", kBecause)).exit_code, 2);
  EXPECT_EQ(Dlq("show order.unheard.dlq/0/0").exit_code, 1);
  EXPECT_EQ(Dlq("show order.events.dlq/0/99999999").exit_code, 1);
}

}  // namespace
}  // namespace orderflow::e2e
