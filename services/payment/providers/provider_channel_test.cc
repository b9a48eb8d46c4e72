// Proves which certificates count between us and the provider, over real sockets: a provider of
// the deployment itself, and one of a public authority, which knows nothing of ours.
#include "services/payment/providers/provider_channel.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/server.h"
#include "libs/testing/certificates.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using rpc::ClientCertificates;
using rpc::TransportSecurity;
using testing::CertificateAuthority;
using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class ProviderChannelTest : public ::testing::Test {
 protected:
  static TransportSecurity Process(CertificateAuthority& authority, const std::string& name) {
    const CertificateFiles own = authority.Issue({.name = name, .alt_names = {"IP:127.0.0.1"}});
    return *TransportSecurity::Tls({.certificate_chain = own.certificate,
                                    .private_key = own.private_key,
                                    .authorities = authority.certificate()});
  }

  // OK, or UNAVAILABLE when there was no connection.
  grpc::StatusCode CallWith(const std::string& authorities_file) {
    auto channel = MakeProviderChannel(fmt::format("127.0.0.1:{}", server_->port()),
                                       authorities_file, payment_service_);
    EXPECT_THAT(channel.status(), IsOk());
    grpc::ClientContext context;
    rpc::Prepare(context, std::chrono::seconds(20), telemetry::NewTrace());
    grpc::health::v1::HealthCheckResponse response;
    return grpc::health::v1::Health::NewStub(*channel)->Check(&context, {}, &response).error_code();
  }
  void Serve(const TransportSecurity& provider, ClientCertificates clients) {
    server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{
        .listen_address = "127.0.0.1:0", .credentials = provider.ForServer(clients)});
    ASSERT_THAT(server_->Start({}), IsOk());
  }

  CertificateAuthority ours_;
  CertificateAuthority public_;
  const TransportSecurity payment_service_ = Process(ours_, "payment-service");
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(ProviderChannelTest, AProviderOfTheDeploymentIsCalledAsOneOfUs) {
  Serve(Process(ours_, "provider"), ClientCertificates::kRequired);
  EXPECT_EQ(CallWith(""), grpc::OK);
}

TEST_F(ProviderChannelTest, AProviderOfAnotherAuthorityIsTrustedByItsOwn) {
  // It would refuse a certificate that it cannot verify, so it is shown none.
  Serve(Process(public_, "provider"), ClientCertificates::kOptional);
  EXPECT_EQ(CallWith(public_.certificate()), grpc::OK);
  EXPECT_EQ(CallWith(""), grpc::UNAVAILABLE);
}

// Whoever has a certificate of ours is not the provider for that.
TEST_F(ProviderChannelTest, OurOwnAuthorityDoesNotSignForTheProvider) {
  Serve(Process(ours_, "provider"), ClientCertificates::kOptional);
  EXPECT_EQ(CallWith(public_.certificate()), grpc::UNAVAILABLE);
}

TEST_F(ProviderChannelTest, AFileThatCannotBeUsedIsNamed) {
  EXPECT_THAT(MakeProviderChannel("127.0.0.1:1", "/no/such/file", payment_service_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/no/such/file")));
}

}  // namespace
}  // namespace orderflow::payment
