// Who gets in and who does not when connections are encrypted, over real sockets with certificates
// made for each test, and that they can be replaced while a server runs.
#include "libs/rpc/transport_security.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/testing/certificates.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::rpc {
namespace {

using ::orderflow::testing::CertificateAuthority;
using ::orderflow::testing::CertificateFiles;
using ::orderflow::testing::CertificateRequest;
using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;

constexpr Duration kTimeout = std::chrono::seconds(20);
const std::vector<std::string> kLoopback{"IP:127.0.0.1"};

TlsFiles FilesOf(const CertificateFiles& own, const CertificateAuthority& trusted) {
  return {.certificate_chain = own.certificate,
          .private_key = own.private_key,
          .authorities = trusted.certificate()};
}

// A process of that name, which trusts the authority that also signed its certificate.
TransportSecurity Process(CertificateAuthority& authority, const CertificateRequest& request) {
  return *TransportSecurity::Tls(FilesOf(authority.Issue(request), authority));
}

class RunningServer {
 public:
  explicit RunningServer(const TransportSecurity& security,
                         ClientCertificates clients = ClientCertificates::kRequired)
      : server_({.listen_address = "127.0.0.1:0", .credentials = security.ForServer(clients)}) {
    EXPECT_THAT(server_.Start({}), IsOk());
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", server_.port()); }

 private:
  Server server_;
};

// OK, or UNAVAILABLE when there was no connection; a deadline that passes is neither.
grpc::StatusCode Call(const RunningServer& server, const TransportSecurity& client) {
  const auto channel = MakeChannel(server.address(), {.credentials = client.ForChannel()});
  grpc::ClientContext context;
  Prepare(context, kTimeout, telemetry::NewTrace());
  grpc::health::v1::HealthCheckResponse response;
  return grpc::health::v1::Health::NewStub(channel)->Check(&context, {}, &response).error_code();
}

class TransportSecurityTest : public ::testing::Test {
 protected:
  CertificateAuthority authority_;
  CertificateAuthority stranger_;
  const TransportSecurity server_side_ =
      Process(authority_, {.name = "server", .alt_names = kLoopback});
  const TransportSecurity client_side_ = Process(authority_, {.name = "client"});
};

TEST_F(TransportSecurityTest, ProcessesOfOneAuthorityTalk) {
  const RunningServer server(server_side_);
  EXPECT_EQ(Call(server, client_side_), grpc::OK);
}

TEST_F(TransportSecurityTest, PlaintextDoesNotGetIn) {
  const RunningServer server(server_side_);
  EXPECT_EQ(Call(server, TransportSecurity::Plaintext()), grpc::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, AClientOfAnotherAuthorityDoesNotGetIn) {
  const RunningServer server(server_side_);
  // It trusts the server, so only the server can have refused.
  const auto client =
      *TransportSecurity::Tls(FilesOf(stranger_.Issue({.name = "client"}), authority_));
  EXPECT_EQ(Call(server, client), grpc::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, AnExpiredClientDoesNotGetInEvenWhereItMayComeWithoutCertificate) {
  const auto expired =
      Process(authority_, {.name = "expired", .valid_for = std::chrono::seconds(-1)});
  for (const ClientCertificates clients :
       {ClientCertificates::kRequired, ClientCertificates::kOptional}) {
    const RunningServer server(server_side_, clients);
    EXPECT_EQ(Call(server, expired), grpc::UNAVAILABLE);
  }
}

TEST_F(TransportSecurityTest, AServerOfAnotherAuthorityIsNotTalkedTo) {
  const RunningServer server(Process(stranger_, {.name = "server", .alt_names = kLoopback}),
                             ClientCertificates::kOptional);
  EXPECT_EQ(Call(server, client_side_), grpc::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, AServerWithTheNameOfAnotherIsNotTalkedTo) {
  const RunningServer server(
      Process(authority_, {.name = "other", .alt_names = {"DNS:payment-service"}}));
  EXPECT_EQ(Call(server, client_side_), grpc::UNAVAILABLE);
}

TEST_F(TransportSecurityTest, AClientWithoutCertificateGetsInOnlyWhereThatIsOptional) {
  const auto client = *TransportSecurity::Tls(
      {.certificate_chain = "", .private_key = "", .authorities = authority_.certificate()});
  const RunningServer optional(server_side_, ClientCertificates::kOptional);
  const RunningServer required(server_side_, ClientCertificates::kRequired);
  EXPECT_EQ(Call(optional, client), grpc::OK);
  EXPECT_EQ(Call(required, client), grpc::UNAVAILABLE);
}

// Whether a client that speaks this version alone shakes hands with the server.
bool ShakesHands(const RunningServer& server, int version) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // else our own side refuses old versions
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const std::unique_ptr<BIO, void (*)(BIO*)> connection(BIO_new_ssl_connect(context.get()),
                                                        BIO_free_all);
  BIO_set_conn_hostname(connection.get(), server.address().c_str());
  return BIO_do_handshake(connection.get()) == 1;
}

TEST_F(TransportSecurityTest, OldVersionsOfTlsAreRefused) {
  const RunningServer server(server_side_, ClientCertificates::kOptional);
  EXPECT_TRUE(ShakesHands(server, TLS1_3_VERSION));
  EXPECT_TRUE(ShakesHands(server, TLS1_2_VERSION));
  EXPECT_FALSE(ShakesHands(server, TLS1_1_VERSION));
  EXPECT_FALSE(ShakesHands(server, TLS1_VERSION));
}

TEST_F(TransportSecurityTest, ARunningServerTakesItsNewCertificate) {
  const TransportSecurity security =
      Process(authority_, {.name = "renewed", .alt_names = {"DNS:not-yet-this-host"}});
  const RunningServer server(security);
  ASSERT_EQ(Call(server, client_side_), grpc::UNAVAILABLE);

  authority_.Issue({.name = "renewed", .alt_names = kLoopback});

  EXPECT_TRUE(testing::Eventually([&] { return Call(server, client_side_) == grpc::OK; }));
}

// gRPC itself would take them, and no handshake would succeed any more.
TEST_F(TransportSecurityTest, AKeyOfAnotherCertificateDoesNotEndARunningServer) {
  constexpr std::chrono::seconds kLongerThanFilesAreNotLookedAt(7);
  const CertificateFiles own = authority_.Issue({.name = "half", .alt_names = kLoopback});
  const CertificateFiles other = authority_.Issue({.name = "other", .alt_names = kLoopback});
  const TransportSecurity security = *TransportSecurity::Tls(FilesOf(own, authority_));
  const RunningServer server(security);

  std::filesystem::rename(other.private_key, own.private_key);

  const auto end = std::chrono::steady_clock::now() + kLongerThanFilesAreNotLookedAt;
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(Call(server, client_side_), grpc::OK);
  }
}

TEST_F(TransportSecurityTest, FilesThatCannotBeUsedAreNamedAtTheStart) {
  const CertificateFiles own = authority_.Issue({.name = "own"});
  const CertificateFiles other = authority_.Issue({.name = "other"});
  const std::string garbage = authority_.certificate() + ".garbage";
  std::ofstream(garbage) << "no PEM";
  const TlsFiles good = FilesOf(own, authority_);
  ASSERT_THAT(TransportSecurity::Tls(good), IsOk());

  const auto expect_named = [](const TlsFiles& files, const std::string& file) {
    EXPECT_THAT(TransportSecurity::Tls(files),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(file)));
  };
  for (const std::string& file : {garbage, std::string("/no/such/file")}) {
    TlsFiles files = good;
    files.certificate_chain = file;
    expect_named(files, file);
    files = good;
    files.private_key = file;
    expect_named(files, file);
    files = good;
    files.authorities = file;
    expect_named(files, file);
  }
  TlsFiles files = good;
  files.private_key = other.private_key;
  expect_named(files, other.private_key);
}

}  // namespace
}  // namespace orderflow::rpc
