// Proves every outcome of an order through the public APIs of a running stack: what the client
// sees, and what order, payment, stock, provider and mailbox then say about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "httplib.h"
#include "libs/testing/eventually.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using common::v1::Refusal;
using notification::v1::Notification;
using order::v1::Order;
using ::testing::ElementsAre;
using testing::Eventually;

// Behind the mails of all that other tests have ordered: one of them floods the stack.
constexpr std::chrono::seconds kMailTimeout(120);

int CountInBooks(const std::string& order_id, provider::v1::OperationKind kind) {
  int count = 0;
  for (const provider::v1::Operation& operation : Api::Get().Books(order_id)) {
    count +=
        operation.kind() == kind && operation.outcome() == provider::v1::OPERATION_OUTCOME_SUCCEEDED
            ? 1
            : 0;
  }
  return count;
}

// Mails in the mail catcher's mailbox for one address.
int CountMails(const std::string& recipient) {
  httplib::Client client("127.0.0.1", std::stoi(Stack::Get()["MAIL_WEB_PORT"]));
  const auto response = client.Get("/email");
  if (!response || response->status != 200) {
    return -1;
  }
  int count = 0;
  for (const nlohmann::json& mail : nlohmann::json::parse(response->body)) {
    // A mail catcher that was killed leaves a mail without anything.
    for (const nlohmann::json& to : mail.value("to", nlohmann::json::array())) {
      count += to.at("address") == recipient ? 1 : 0;
    }
  }
  return count;
}

TEST(Outcomes, ConfirmsAnOrderThatCanBePaidAndDelivered) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'250, 10);

  const auto accepted = api.Create(AnOrder(sku, 3));

  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), order::v1::ORDER_STATE_PENDING);
  EXPECT_EQ(accepted->sequence(), 1);
  EXPECT_EQ(accepted->total().amount_minor(), 3'750);
  const Order order = api.AwaitRest(accepted->order_id());
  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_FALSE(order.has_refusal());
  EXPECT_EQ(order.items(0).unit_price().amount_minor(), 1'250);
  const auto payment = api.GetPayment(order.order_id());
  ASSERT_TRUE(payment.ok()) << payment.status();
  EXPECT_EQ(payment->state(), payment::v1::PAYMENT_STATE_CAPTURED);
  EXPECT_EQ(payment->amount().amount_minor(), 3'750);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_CAPTURE), 1);
  EXPECT_EQ(api.GetItem(sku).on_hand(), 7);
  EXPECT_EQ(api.GetItem(sku).reserved(), 0);
  const auto saga = api.GetSagaOf(order.order_id());
  ASSERT_TRUE(saga.ok()) << saga.status();
  EXPECT_EQ(saga->state(), order::v1::SAGA_STATE_COMPLETED);
}

TEST(Outcomes, TellsTheCustomerOnceByMail) {
  Api& api = Api::Get();
  const auto request = AnOrder(api.AddItem(100, 1));

  const Order order = api.Settle(request);

  ASSERT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_TRUE(Eventually(
      [&] {
        const std::vector<Notification> sent = api.Notifications(order.order_id());
        return sent.size() == 1 && sent[0].state() == notification::v1::NOTIFICATION_STATE_SENT &&
               sent[0].event() == "order_confirmed";
      },
      kMailTimeout));
  EXPECT_TRUE(Eventually([&] { return CountMails(request.email()) >= 1; }, kMailTimeout));
  EXPECT_EQ(CountMails(request.email()), 1);
}

TEST(Outcomes, RejectsADeclinedPaymentAndGivesTheStockBack) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  auto request = AnOrder(sku, 2);
  request.set_payment_method_token("tok_decline_insufficient_funds");

  const Order order = api.Settle(request);

  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);
  EXPECT_EQ(order.refusal().reason(), Refusal::REASON_PAYMENT_DECLINED);
  EXPECT_EQ(order.refusal().provider_code(), "insufficient_funds");
  EXPECT_EQ(api.GetPayment(order.order_id())->state(), payment::v1::PAYMENT_STATE_DECLINED);
  EXPECT_EQ(api.GetItem(sku).available(), 5);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_AUTHORIZE), 0);
}

// The commit of the reservation runs beside the capture, and is taken back.
TEST(Outcomes, RejectsAnOrderWhoseHoldLapsesAndRestocksIt) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  auto request = AnOrder(sku, 2);
  request.set_payment_method_token("tok_lapse");

  const Order order = api.Settle(request);

  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);
  EXPECT_EQ(api.GetPayment(order.order_id())->state(), payment::v1::PAYMENT_STATE_VOIDED);
  EXPECT_EQ(api.GetItem(sku).on_hand(), 5);
  EXPECT_EQ(api.GetItem(sku).reserved(), 0);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_CAPTURE), 0);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_VOID), 1);
  const auto saga = api.GetSagaOf(order.order_id());
  ASSERT_TRUE(saga.ok()) << saga.status();
  EXPECT_EQ(saga->steps(3).name(), "commit_reservation");
  EXPECT_EQ(saga->steps(3).state(), order::v1::SAGA_STEP_STATE_COMPENSATED);
}

TEST(Outcomes, RejectsWhatIsOutOfStockNamingEachSku) {
  Api& api = Api::Get();
  const std::string enough = api.AddItem(100, 10);
  std::vector<std::string> short_skus = {api.AddItem(100, 1), api.AddItem(100, 0)};
  std::sort(short_skus.begin(), short_skus.end());
  auto request = AnOrder(enough, 1);
  for (const std::string& sku : short_skus) {
    order::v1::OrderItem* item = request.add_items();
    item->set_sku(sku);
    item->set_quantity(2);
  }

  const Order order = api.Settle(request);

  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_REJECTED);
  EXPECT_EQ(order.refusal().reason(), Refusal::REASON_OUT_OF_STOCK);
  EXPECT_THAT(order.refusal().skus(), ElementsAre(short_skus[0], short_skus[1]));
  EXPECT_EQ(api.GetItem(enough).available(), 10) << "all lines or none";
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_AUTHORIZE),
            CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_VOID))
      << "no hold is left";
}

TEST(Outcomes, CancelsAnOrderUnderWay) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  auto request = AnOrder(sku);
  request.set_payment_method_token("tok_slow");
  const auto accepted = api.Create(request);
  ASSERT_TRUE(accepted.ok()) << accepted.status();

  const auto cancelling = api.Cancel(accepted->order_id(), NewId(), "ordered by mistake");

  ASSERT_TRUE(cancelling.ok()) << cancelling.status();
  EXPECT_EQ(cancelling->state(), order::v1::ORDER_STATE_CANCELLING);
  const Order order = api.AwaitRest(accepted->order_id(), cancelling->sequence());
  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(order.refusal().reason(), Refusal::REASON_CANCELLED_BY_CUSTOMER);
  EXPECT_EQ(order.refusal().message(), "ordered by mistake");
  EXPECT_EQ(api.GetPayment(order.order_id())->state(), payment::v1::PAYMENT_STATE_VOIDED);
  EXPECT_EQ(api.GetItem(sku).available(), 5);
}

TEST(Outcomes, CancelsAConfirmedOrderWithRefundAndRestock) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  const Order confirmed = api.Settle(AnOrder(sku, 2));
  ASSERT_EQ(confirmed.state(), order::v1::ORDER_STATE_CONFIRMED);

  const auto cancelling = api.Cancel(confirmed.order_id(), NewId());

  ASSERT_TRUE(cancelling.ok()) << cancelling.status();
  const Order order = api.AwaitRest(confirmed.order_id(), cancelling->sequence());
  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CANCELLED);
  EXPECT_EQ(order.sequence(), 4) << "PENDING, CONFIRMED, CANCELLING, CANCELLED";
  EXPECT_EQ(api.GetPayment(order.order_id())->state(), payment::v1::PAYMENT_STATE_REFUNDED);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_REFUND), 1);
  EXPECT_EQ(api.GetItem(sku).on_hand(), 5);
}

TEST(Outcomes, FindsOutWhatAProviderDidThatNeverAnswered) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  request.set_payment_method_token("tok_timeout");

  const Order order = api.Settle(request);

  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_AUTHORIZE), 1);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_CAPTURE), 1);
}

TEST(Outcomes, RidesOutAProviderThatFailsAtFirst) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  request.set_payment_method_token("tok_fail_2");

  const Order order = api.Settle(request);

  EXPECT_EQ(order.state(), order::v1::ORDER_STATE_CONFIRMED);
  EXPECT_EQ(CountInBooks(order.order_id(), provider::v1::OPERATION_KIND_CAPTURE), 1);
}

TEST(Outcomes, SellsTheLastItemOnce) {
  constexpr int kBuyers = 16;
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 1);
  std::vector<Order> orders(kBuyers);
  std::vector<std::jthread> buyers;
  for (Order& order : orders) {
    buyers.emplace_back([&] { order = api.Settle(AnOrder(sku)); });
  }
  buyers.clear();

  int confirmed = 0;
  for (const Order& order : orders) {
    if (order.state() == order::v1::ORDER_STATE_CONFIRMED) {
      ++confirmed;
    } else {
      EXPECT_EQ(order.refusal().reason(), Refusal::REASON_OUT_OF_STOCK);
    }
  }
  EXPECT_EQ(confirmed, 1);
  EXPECT_EQ(api.GetItem(sku).on_hand(), 0);
}

TEST(Outcomes, KeepsTheQuotedPriceWhenTheCatalogueChanges) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  const Order order = api.Settle(AnOrder(sku));
  inventory::v1::UpsertItemRequest dearer;
  dearer.set_sku(sku);
  dearer.set_name("Dearer");
  dearer.mutable_unit_price()->set_currency_code("EUR");
  dearer.mutable_unit_price()->set_amount_minor(2'000);
  grpc::ClientContext context;
  inventory::v1::Item item;
  ASSERT_TRUE(api.inventory().UpsertItem(&context, dearer, &item).ok());

  const auto again = api.GetOrder(order.order_id());

  EXPECT_EQ(again->total().amount_minor(), 1'000);
  EXPECT_EQ(api.Settle(AnOrder(sku)).total().amount_minor(), 2'000);
}

}  // namespace
}  // namespace orderflow::e2e
