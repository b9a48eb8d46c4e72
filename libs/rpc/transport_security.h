#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
namespace experimental {
class CertificateProviderInterface;
}
}  // namespace grpc

namespace orderflow::rpc {

// PEM files of one process.
struct TlsFiles {
  // Its own certificate first. Empty, with the key: a client that shows none.
  std::string certificate_chain;
  std::string private_key;
  std::string authorities;  // who must have signed the certificates of its peers
};

enum class ClientCertificates {
  kRequired,  // between the processes of a deployment
  kOptional,  // for clients that prove who they are by a token; a certificate that comes is checked
};

// How a process proves who it is to its peers and has them prove it: TLS 1.2 or later on every
// connection, or plaintext. The files are looked at every few seconds: new connections use what
// they hold then, so certificates are replaced without a restart; connections that stand go on, no
// longer than the server lets them grow old. Files that are not a pair any more change nothing. The
// servers and channels made with it may outlive it (and its copies): then their certificate stays.
class TransportSecurity {
 public:
  // Neither encrypted nor authenticated.
  static TransportSecurity Plaintext();

  // kInvalidArgument naming the file that cannot be read or is no PEM, or that certificate and key
  // do not belong together. Whether peers trust the certificate is seen when they connect.
  static absl::StatusOr<TransportSecurity> Tls(const TlsFiles& files);

  bool encrypted() const { return provider_ != nullptr; }
  // Needs a certificate of its own, or plaintext.
  std::shared_ptr<grpc::ServerCredentials> ForServer(ClientCertificates clients) const;
  // The server's certificate must name the host of the address that is connected to.
  std::shared_ptr<grpc::ChannelCredentials> ForChannel() const;

 private:
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;  // null: plaintext
  bool has_certificate_ = false;
};

}  // namespace orderflow::rpc
