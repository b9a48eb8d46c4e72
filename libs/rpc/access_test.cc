// Who gets in over real connections: by certificate, by token, and by neither. The handler tells
// who was let in.
#include "libs/rpc/access.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fmt/format.h"
#include "libs/auth/testing/token_issuer.h"
#include "libs/base/errors.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/client_credentials.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/testing/test_service.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/certificates.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::rpc {
namespace {

using nlohmann::json;
using ::orderflow::testing::CertificateAuthority;
using ::orderflow::testing::CertificateFiles;
using ::orderflow::testing::FakeClock;
using ::orderflow::testing::IsOk;
using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;

constexpr Duration kLong = std::chrono::seconds(20);
constexpr char kIssuer[] = "https://id.example";

class AccessTest : public ::testing::Test {
 public:
  ~AccessTest() override {
    server_.Stop(kLong);
    executor_.Stop();
  }

 protected:
  AccessTest() {
    EXPECT_THAT(keys_.Refresh(), IsOk());
    EXPECT_THAT(server_.Start({&service_}), IsOk());
  }

  static AccessOptions Options() {
    return {.tokens = {.issuer = kIssuer, .audience = "orderflow"}, .trust_domain = "test.example"};
  }
  std::string Token(const std::string& scope) const {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch());
    return issuer_.Sign(json{
        {"iss", kIssuer},
        {"aud", "orderflow"},
        {"sub", "ann"},
        {"scope", scope},
        {"exp",
         now.count() + 60}}.dump());
  }
  TlsFiles Certificate(const std::string& name, const std::string& id) {
    const CertificateFiles files = authority_.Issue({.name = name, .alt_names = {"URI:" + id}});
    return {.certificate_chain = files.certificate,
            .private_key = files.private_key,
            .authorities = authority_.certificate()};
  }
  TlsFiles NoCertificate() const {
    return {.certificate_chain = "", .private_key = "", .authorities = authority_.certificate()};
  }

  // The name of whom the server let in.
  absl::StatusOr<std::string> Call(const ClientIdentity& client,
                                   const std::vector<std::string>& authorization = {}) {
    auto credentials = MakeCredentials(client);
    if (!credentials.ok()) {
      return credentials.status();
    }
    grpc::ClientContext context;
    Prepare(context, kLong, telemetry::NewTrace());
    for (const std::string& value : authorization) {
      context.AddMetadata("authorization", value);
    }
    TestService::Response response;
    const absl::Status status =
        FromGrpcStatus(provider::v1::ProviderService::NewStub(
                           MakeChannel(fmt::format("127.0.0.1:{}", server_.port()),
                                       {.credentials = *std::move(credentials)}))
                           ->GetOperation(&context, {}, &response));
    if (!status.ok()) {
      return status;
    }
    return response.reference();
  }

  CertificateAuthority authority_;
  const auth::TokenIssuer issuer_{"k1", 0};
  auth::KeyRing keys_{[this] { return auth::KeySetOf({issuer_.public_key()}); }};
  FakeClock clock_;
  telemetry::Metrics metrics_;
  // GetOperation is for payment-service and for the scope "provider.read".
  CallExecutor executor_{metrics_,
                         Access(*AccessRules::Of({"orderflow.provider.v1.ProviderService"}), keys_,
                                clock_, metrics_, Options()),
                         {}};
  TestService service_{[this](auto* call, const auto*, auto* response) {
    executor_.Run(
        call, method_,
        [response](const Caller& caller) {
          response->set_reference(caller.name);
          return absl::OkStatus();
        },
        admit_);
  }};
  CallExecutor::Admit admit_;
  std::string method_ = "GetOperation";
  const CertificateFiles own_ = authority_.Issue({.name = "server", .alt_names = {"IP:127.0.0.1"}});
  Server server_{{.listen_address = "127.0.0.1:0",
                  .credentials = TransportSecurity::Tls({.certificate_chain = own_.certificate,
                                                         .private_key = own_.private_key,
                                                         .authorities = authority_.certificate()})
                                     ->ForServer(ClientCertificates::kOptional)}};
};

TEST_F(AccessTest, AProcessOfOursIsKnownByItsCertificate) {
  EXPECT_THAT(Call({.tls = Certificate("a", "spiffe://test.example/payment-service")}),
              IsOkAndHolds("payment-service"));
}

TEST_F(AccessTest, ACertificateOfAnotherNameIsNobody) {
  for (const std::string id :
       {"spiffe://test.example/order-service", "spiffe://other.example/payment-service",
        "spiffe://test.example/payment-service/x", "spiffe://test.example/x/payment-service",
        "https://test.example/payment-service"}) {
    EXPECT_THAT(Call({.tls = Certificate("b", id)}), StatusIs(absl::StatusCode::kUnauthenticated))
        << id;
  }
  EXPECT_THAT(Call({.tls = NoCertificate()}), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(AccessTest, ATokenIsKnownByItsScope) {
  const std::string bearer = "Bearer " + Token("other provider.read");
  EXPECT_THAT(Call({.tls = NoCertificate()}, {bearer}), IsOkAndHolds("ann"));
  EXPECT_THAT(Call({.tls = NoCertificate()}, {"bearer" + bearer.substr(6)}), IsOkAndHolds("ann"));
  EXPECT_THAT(Call({.tls = NoCertificate()}, {"Bearer " + Token("provider.control")}),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("scope")));
}

// Also for whom the certificate alone would let in.
TEST_F(AccessTest, ATokenThatDoesNotHoldRefusesTheCall) {
  const ClientIdentity client{.tls = Certificate("c", "spiffe://test.example/payment-service")};
  const std::string good = "Bearer " + Token("provider.read");
  for (const std::vector<std::string>& authorization : {std::vector<std::string>{"Bearer "},
                                                        {"Bearer x.y.z"},
                                                        {"Basic YW5uOnNlY3JldA=="},
                                                        {""},
                                                        {good, good}}) {
    EXPECT_THAT(Call(client, authorization), StatusIs(absl::StatusCode::kUnauthenticated))
        << authorization.front();
  }
}

TEST_F(AccessTest, ATokenIsReadFromItsFileForEachCall) {
  const std::string file = authority_.certificate() + ".token";
  std::ofstream(file) << Token("provider.read") << "\n";
  const ClientIdentity client{.tls = NoCertificate(), .token_file = file};
  EXPECT_THAT(Call(client), IsOkAndHolds("ann"));

  std::ofstream(file) << Token("nothing");
  EXPECT_THAT(Call(client), StatusIs(absl::StatusCode::kPermissionDenied));

  std::ofstream(file).close();
  EXPECT_THAT(Call(client), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(file)));
  EXPECT_THAT(Call({.token_file = file}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("plaintext")));
}

TEST_F(AccessTest, AMethodWithoutRuleIsForNobody) {
  method_ = "Forgotten";
  EXPECT_THAT(Call({.tls = Certificate("d", "spiffe://test.example/payment-service")}),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(AccessTest, NobodyGetsInByTokenBeforeThereAreKeys) {
  const auth::KeyRing no_keys([] { return "never read"; });
  CallExecutor executor(metrics_,
                        Access(*AccessRules::Of({"orderflow.provider.v1.ProviderService"}), no_keys,
                               clock_, metrics_, Options()),
                        {});
  TestService service([&executor](auto* call, const auto*, auto*) {
    executor.Run(call, "GetOperation", NotForCustomers(absl::OkStatus));
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_THAT(server.Start({&service}), IsOk());
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  context.AddMetadata("authorization", "Bearer " + Token("provider.read"));
  TestService::Response response;

  const grpc::Status status = provider::v1::ProviderService::NewStub(
                                  MakeChannel(fmt::format("127.0.0.1:{}", server.port()), {}))
                                  ->GetOperation(&context, {}, &response);

  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
}

// Neither a place nor a handler, and nobody can call without being seen in the metrics.
TEST_F(AccessTest, ARefusedCallTakesNothingAndCounts) {
  std::atomic<int> places = 0;
  admit_ = [&places](const Caller&) {
    ++places;
    return std::make_shared<int>();
  };

  EXPECT_THAT(Call({.tls = NoCertificate()}), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(places.load(), 0);
  EXPECT_THAT(
      metrics_.Expose(),
      HasSubstr("orderflow_rpc_calls_total{code=\"UNAUTHENTICATED\",method=\"GetOperation\"} 1"));

  EXPECT_THAT(Call({.tls = NoCertificate()}, {"Bearer " + Token("provider.read")}),
              IsOkAndHolds("ann"));
  EXPECT_EQ(places.load(), 1);
}

TEST_F(AccessTest, WhatRefusesAPlaceIsTheAnswer) {
  admit_ = [](const Caller& caller) {
    return absl::StatusOr<Admission::Place>(
        absl::ResourceExhaustedError("no place for " + caller.name));
  };

  EXPECT_THAT(Call({.tls = NoCertificate()}, {"Bearer " + Token("provider.read")}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("for ann")));
}

// A rule was opened to customers, and its handler forgotten.
TEST_F(AccessTest, AHandlerThatAsksForNobodyIsNotForCustomers) {
  EXPECT_THAT(NotForCustomers(absl::OkStatus)({.kind = Caller::Kind::kCustomer, .name = "ann"}),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("not for customers")));
  for (const Caller::Kind kind :
       {Caller::Kind::kAnyone, Caller::Kind::kService, Caller::Kind::kOperator}) {
    EXPECT_THAT(NotForCustomers(absl::OkStatus)({.kind = kind, .name = "ann"}), IsOk());
  }
}

TEST_F(AccessTest, ACustomerWhoCallsTooOftenIsAskedToComeBackAndOthersAreNot) {
  AccessOptions options = Options();
  options.customer_calls = {.per_second = 1, .burst = 2};
  CallExecutor executor(metrics_,
                        Access(*AccessRules::Of({"orderflow.order.v1.OrderService"}), keys_, clock_,
                               metrics_, options),
                        {});
  TestService service([&executor](auto* call, const auto*, auto*) {
    executor.Run(call, "GetOrder", [](const Caller&) { return absl::OkStatus(); });
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_THAT(server.Start({&service}), IsOk());
  const auto stub = provider::v1::ProviderService::NewStub(
      MakeChannel(fmt::format("127.0.0.1:{}", server.port()), {}));
  const auto call = [&](const std::string& scope) {
    grpc::ClientContext context;
    Prepare(context, kLong, telemetry::NewTrace());
    context.AddMetadata("authorization", "Bearer " + Token(scope));
    TestService::Response response;
    return FromGrpcStatus(stub->GetOperation(&context, {}, &response));
  };

  EXPECT_THAT(call("customer"), IsOk());
  EXPECT_THAT(call("customer"), IsOk());
  const absl::Status refused = call("customer");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(DetailsOf(refused).retry_delay, std::chrono::seconds(1));
  EXPECT_THAT(call("orders.read"), IsOk());
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_rpc_limited_calls_total 1"));

  clock_.Advance(std::chrono::seconds(1));
  EXPECT_THAT(call("customer"), IsOk());
}

}  // namespace
}  // namespace orderflow::rpc
