#include "libs/rpc/transport_security.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/key_pair_copy.h"

namespace orderflow::rpc {
namespace {

constexpr unsigned kRefreshSeconds = 2;

// What gRPC is given in place of a process's own files.
class ProviderOfCopy final : public grpc::experimental::CertificateProviderInterface {
 public:
  ProviderOfCopy(std::unique_ptr<KeyPairCopy> copy, const std::string& authorities)
      : copy_(std::move(copy)),
        provider_(copy_->path(), copy_->path(), authorities, kRefreshSeconds) {}
  grpc_tls_certificate_provider* c_provider() override { return provider_.c_provider(); }

 private:
  const std::unique_ptr<KeyPairCopy> copy_;
  grpc::experimental::FileWatcherCertificateProvider provider_;
};

// What OpenSSL said last, and nothing left of it for whoever asks next.
std::string LastTlsError() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

absl::Status Unusable(const std::string& what, const std::string& file) {
  return absl::InvalidArgumentError(
      fmt::format("cannot use {} in \"{}\": {}; give a PEM file that this process may read", what,
                  file, LastTlsError()));
}

// gRPC itself only logs what is wrong with a file, and then every handshake fails.
absl::Status CheckFiles(const TlsFiles& files) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_method()),
                                                             SSL_CTX_free);
  if (context == nullptr) {
    return absl::InternalError("OpenSSL has no TLS: " + LastTlsError());
  }
  if (SSL_CTX_load_verify_locations(context.get(), files.authorities.c_str(), nullptr) != 1) {
    return Unusable("the authorities", files.authorities);
  }
  if (files.certificate_chain.empty() && files.private_key.empty()) {
    return absl::OkStatus();
  }
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1) {
    return Unusable("the certificate", files.certificate_chain);
  }
  // Fails as well when the key is of another certificate.
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) !=
      1) {
    return Unusable(fmt::format("the private key of \"{}\"", files.certificate_chain),
                    files.private_key);
  }
  return absl::OkStatus();
}

}  // namespace

TransportSecurity TransportSecurity::Plaintext() { return {}; }

absl::StatusOr<TransportSecurity> TransportSecurity::Tls(const TlsFiles& files) {
  RETURN_IF_ERROR(CheckFiles(files));
  TransportSecurity security;
  if (!files.certificate_chain.empty()) {
    ASSIGN_OR_RETURN(auto copy, KeyPairCopy::Of(files.certificate_chain, files.private_key));
    security.has_certificate_ = true;
    security.provider_ = std::make_shared<ProviderOfCopy>(std::move(copy), files.authorities);
    return security;
  }
  security.provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      /*private_key_path=*/"", /*identity_certificate_path=*/"", files.authorities,
      kRefreshSeconds);
  return security;
}

std::shared_ptr<grpc::ServerCredentials> TransportSecurity::ForServer(
    ClientCertificates clients) const {
  if (!encrypted()) {
    return grpc::InsecureServerCredentials();
  }
  INVARIANT(has_certificate_, "a server that encrypts has a certificate");
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_cert_request_type(clients == ClientCertificates::kRequired
                                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                    : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> TransportSecurity::ForChannel() const {
  if (!encrypted()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  if (has_certificate_) {
    options.watch_identity_key_cert_pairs();
  }
  options.watch_root_certs();
  options.set_verify_server_certs(true);
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace orderflow::rpc
