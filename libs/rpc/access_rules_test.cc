// Who gets in under which rule, and that every method of the API has one.
#include "libs/rpc/access_rules.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"
#include "orderflow/inventory/v1/inventory_service.pb.h"
#include "orderflow/notification/v1/notification_service.pb.h"
#include "orderflow/order/v1/dead_letter_admin_service.pb.h"
#include "orderflow/order/v1/event_admin_service.pb.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "orderflow/order/v1/saga_admin_service.pb.h"
#include "orderflow/order/v1/step_admin_service.pb.h"
#include "orderflow/payment/v1/payment_service.pb.h"
#include "orderflow/provider/v1/provider_service.pb.h"

namespace orderflow::rpc {
namespace {

using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Every service that stands in proto/orderflow, found by its text.
std::vector<std::string> AllServices() {
  std::vector<std::string> services;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("proto/orderflow")) {
    if (entry.path().extension() != ".proto") {
      continue;
    }
    std::ifstream file(entry.path());
    std::string package;
    for (std::string line; std::getline(file, line);) {
      // No std::regex: GCC 12 warns of its inside under AddressSanitizer.
      std::istringstream words(line);
      std::string keyword;
      std::string name;
      words >> keyword >> name;
      if (keyword == "package") {
        package = name.substr(0, name.find(';'));
      } else if (keyword == "service") {
        services.push_back(package + "." + name);
      }
    }
  }
  return services;
}

// Links the descriptors of all of them in.
void LinkAllServices() {
  for (const auto* message :
       {inventory::v1::GetItemRequest::descriptor(),
        notification::v1::ListNotificationsRequest::descriptor(),
        order::v1::GetDeadLetterRequest::descriptor(), order::v1::GetOrderRequest::descriptor(),
        order::v1::GetSagaRequest::descriptor(), order::v1::PauseStepRequest::descriptor(),
        order::v1::RepublishEventsRequest::descriptor(),
        payment::v1::GetPaymentRequest::descriptor(),
        provider::v1::GetOperationRequest::descriptor()}) {
    ASSERT_NE(message, nullptr);
  }
}

TEST(AccessRules, EveryMethodOfTheApiHasOne) {
  LinkAllServices();
  const std::vector<std::string> services = AllServices();
  ASSERT_THAT(services, Not(IsEmpty()));

  const auto rules = AccessRules::Of(services);

  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_TRUE(rules->Find("CreateOrder")->customers);
  EXPECT_EQ(rules->Find("SetFaults")->scope, "provider.control");
}

// What a customer may call is what the handlers compare with its subject.
TEST(AccessRules, CustomersMayCallTheOrderServiceAlone) {
  LinkAllServices();
  for (const std::string& name : AllServices()) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    const auto rules = AccessRules::Of({name});
    ASSERT_TRUE(rules.ok()) << rules.status();
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_EQ(rules->Find(service->method(i)->name())->customers,
                name == "orderflow.order.v1.OrderService")
          << service->method(i)->full_name();
    }
  }
}

TEST(AccessRules, AMethodWithoutRuleIsNamed) {
  // Published by others, so none of its methods has our option.
  EXPECT_THAT(AccessRules::Of({"orderflow.order.v1.NoSuchService"}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("NoSuchService")));
  EXPECT_THAT(AccessRules::Of({"grpc.health.v1.Health"}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("grpc.health.v1.Health")));
  EXPECT_EQ(AccessRules::Of({})->Find("GetOrder"), nullptr);
}

class DecideTest : public ::testing::Test {
 protected:
  // "<kind> <name>" of who gets in, or the code and reason of the refusal.
  static std::string Who(const AccessRule& rule, const std::vector<std::string>& scopes,
                         const std::string& service = "") {
    return Show(Decide(rule, auth::Claims{.subject = "ann", .scopes = scopes}, service));
  }
  static std::string WhoWithoutToken(const AccessRule& rule, const std::string& service) {
    return Show(Decide(rule, std::nullopt, service));
  }

  const AccessRule rule_{
      .customers = true, .scope = "orders.read", .services = {"saga-orchestrator"}};

 private:
  static std::string Show(const absl::StatusOr<Caller>& caller) {
    if (!caller.ok()) {
      return absl::StatusCodeToString(caller.status().code()) + " " +
             DetailsOf(caller.status()).reason;
    }
    switch (caller->kind) {
      case Caller::Kind::kAnyone:
        return "anyone " + caller->name;
      case Caller::Kind::kService:
        return "service " + caller->name;
      case Caller::Kind::kOperator:
        return "operator " + caller->name;
      case Caller::Kind::kCustomer:
        return "customer " + caller->name;
    }
    return "";
  }
};

TEST_F(DecideTest, LetsInWhomTheRuleNames) {
  EXPECT_EQ(Who(rule_, {"customer"}), "customer ann");
  EXPECT_EQ(Who(rule_, {"orders.read"}), "operator ann");
  EXPECT_EQ(Who(rule_, {"customer", "orders.read"}), "operator ann");
  EXPECT_EQ(WhoWithoutToken(rule_, "saga-orchestrator"), "service saga-orchestrator");
}

TEST_F(DecideTest, RefusesWhomItDoesNot) {
  EXPECT_EQ(Who(rule_, {}), "PERMISSION_DENIED SCOPE_MISSING");
  EXPECT_EQ(Who(rule_, {"orders", "orders.read.all", "Customer", "*", ""}),
            "PERMISSION_DENIED SCOPE_MISSING");
  EXPECT_EQ(Who({.scope = "sagas.read"}, {"customer"}), "PERMISSION_DENIED SCOPE_MISSING");
  EXPECT_EQ(WhoWithoutToken(rule_, ""), "UNAUTHENTICATED TOKEN_MISSING");
  EXPECT_EQ(WhoWithoutToken(rule_, "order-service"), "UNAUTHENTICATED TOKEN_MISSING");
  // No scope is not the scope "".
  EXPECT_EQ(Who({.services = {"payment-service"}}, {""}), "PERMISSION_DENIED SCOPE_MISSING");
}

TEST_F(DecideTest, ACustomerHasTheIdOfOne) {
  for (const std::string subject : {"ann@example.com", "a b", "../x", ""}) {
    const auto decide = [&](const char* scope) {
      return Decide(rule_, auth::Claims{.subject = subject, .scopes = {scope}}, "");
    };
    EXPECT_EQ(DetailsOf(decide("customer").status()).reason, "SUBJECT_NOT_A_CUSTOMER") << subject;
    EXPECT_TRUE(decide("orders.read").ok()) << subject;
  }
}

// A token of a customer that comes by way of a process of ours has the customer's rights.
TEST_F(DecideTest, ATokenCountsMoreThanTheCertificate) {
  EXPECT_EQ(Who(rule_, {"customer"}, "saga-orchestrator"), "customer ann");
  EXPECT_EQ(Who({.services = {"saga-orchestrator"}}, {"customer"}, "saga-orchestrator"),
            "PERMISSION_DENIED SCOPE_MISSING");
}

TEST(Caller, ACustomerActsForItselfAndOthersForEverybody) {
  const Caller customer{.kind = Caller::Kind::kCustomer, .name = "ann"};
  EXPECT_TRUE(customer.MayActFor("ann"));
  EXPECT_FALSE(customer.MayActFor("ANN"));
  EXPECT_FALSE(customer.MayActFor(""));
  EXPECT_TRUE(Caller{.kind = Caller::Kind::kOperator}.MayActFor("ann"));
}

}  // namespace
}  // namespace orderflow::rpc
