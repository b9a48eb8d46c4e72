// Every method of every service of the API, called by whom its access rule does not name: without
// a token, as each process of ours that it is not for, as a customer, and with every scope but its
// own. The methods are those of the protos, so that a new one is called without a line here.
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/base/errors.h"
#include "orderflow/common/v1/access.pb.h"
#include "tests/e2e/hostile_callers.h"

namespace orderflow::e2e {
namespace {

using absl::StatusCode;
using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;

// Which of the addresses of the stack each service is at.
const std::map<std::string, std::string> kPlaces = {
    {"orderflow.inventory.v1.InventoryService", "INVENTORY"},
    {"orderflow.notification.v1.NotificationService", "NOTIFICATION"},
    {"orderflow.order.v1.DeadLetterAdminService", "SAGA"},
    {"orderflow.order.v1.EventAdminService", "SAGA"},
    {"orderflow.order.v1.OrderService", "ORDER"},
    {"orderflow.order.v1.SagaAdminService", "SAGA"},
    {"orderflow.order.v1.StepAdminService", "SAGA"},
    {"orderflow.payment.v1.PaymentService", "PAYMENT"},
    {"orderflow.provider.v1.ProviderControlService", "PROVIDER"},
    {"orderflow.provider.v1.ProviderService", "PROVIDER"}};

// Of every service that stands in proto/orderflow.
std::vector<const MethodDescriptor*> AllMethods() {
  const std::filesystem::path root(ORDERFLOW_PROTO_DIR);
  std::vector<const MethodDescriptor*> methods;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "orderflow")) {
    if (entry.path().extension() != ".proto") {
      continue;
    }
    const std::string name = std::filesystem::relative(entry.path(), root).string();
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
    // A file that is not linked in must have nothing to call.
    if (file == nullptr) {
      EXPECT_THAT(name, ::testing::Not(::testing::HasSubstr("_service.proto")));
    }
  }
  return methods;
}

const common::v1::AccessRule& RuleOf(const MethodDescriptor& method) {
  return method.options().GetExtension(common::v1::access);
}

std::string PathOf(const MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

std::string AddressOf(const MethodDescriptor& method) {
  const auto place = kPlaces.find(method.service()->full_name());
  EXPECT_NE(place, kPlaces.end()) << method.service()->full_name() << ": say where it is served";
  return place == kPlaces.end() ? "" : "ORDERFLOW_" + place->second + "_ADDRESS";
}

// Every scope that any rule names, but for one, and none of customers.
std::string AllScopesBut(const std::string& scope,
                         const std::vector<const MethodDescriptor*>& methods) {
  std::set<std::string> scopes;
  for (const MethodDescriptor* method : methods) {
    scopes.insert(RuleOf(*method).scope());
  }
  scopes.erase(scope);
  std::string text;
  for (const std::string& other : scopes) {
    text += other + " ";
  }
  return text;
}

void ExpectRefusal(const absl::Status& status, StatusCode code, const std::string& reason,
                   const std::string& who) {
  EXPECT_EQ(status.code(), code) << who << ": " << status;
  EXPECT_EQ(DetailsOf(status).reason, reason) << who << ": " << status;
}

class HostileMethods : public HostileCallers {
 protected:
  std::string CustomersToken() const { return Bearer(issuer_.Sign(Claims(mallory_))); }
};

TEST_F(HostileMethods, AreForNobodyWhomTheirRulesDoNotName) {
  const std::vector<const MethodDescriptor*> methods = AllMethods();
  ASSERT_GE(methods.size(), 30U) << "the protos were not found";
  const std::vector<std::string> processes = {"order-service",        "saga-orchestrator",
                                              "payment-service",      "inventory-service",
                                              "notification-service", "edge"};
  const std::string before = State();
  int calls = 0;
  for (const MethodDescriptor* method : methods) {
    const std::string path = PathOf(*method);
    const std::string address = AddressOf(*method);
    const common::v1::AccessRule& rule = RuleOf(*method);
    ExpectRefusal(Client(address, "operator", {}).CallByName(path), StatusCode::kUnauthenticated,
                  "TOKEN_MISSING", "nobody at " + path);
    for (const std::string& process : processes) {
      const auto& named = rule.services();
      if (std::find(named.begin(), named.end(), process) == named.end()) {
        ExpectRefusal(Client(address, process, {}).CallByName(path), StatusCode::kUnauthenticated,
                      "TOKEN_MISSING", process + " at " + path);
        ++calls;
      }
    }
    const std::string others =
        issuer_.Sign(Claims("operator", {{"scope", AllScopesBut(rule.scope(), methods)}}));
    ExpectRefusal(Client(address, "operator", {Bearer(others)}).CallByName(path),
                  StatusCode::kPermissionDenied, "SCOPE_MISSING", "another scope at " + path);
    const absl::Status customer = Client(address, "operator", {CustomersToken()}).CallByName(path);
    if (rule.customers()) {
      // Let in; what an empty message asks for is for the method to say.
      EXPECT_THAT(DetailsOf(customer).reason,
                  ::testing::AnyOf("", "INVALID_REQUEST", "ANOTHER_CUSTOMER"))
          << path << ": " << customer;
    } else {
      ExpectRefusal(customer, StatusCode::kPermissionDenied, "SCOPE_MISSING",
                    "a customer at " + path);
    }
    calls += 3;
  }
  EXPECT_EQ(State(), before) << "something has changed";
  std::printf("hostile: methods=%zu calls=%d\n", methods.size(), calls);
}

}  // namespace
}  // namespace orderflow::e2e
