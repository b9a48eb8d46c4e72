#include "libs/rpc/client_credentials.h"

#include <grpcpp/security/credentials.h>

#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow::rpc {
namespace {

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::string token;
  std::getline(file, token);
  absl::StripAsciiWhitespace(&token);
  if (token.empty()) {
    return absl::InvalidArgumentError(fmt::format(
        "there is no token in \"{}\"; give a file with one line that this process may read", path));
  }
  return token;
}

class TokenOfFile final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenOfFile(std::string path) : path_(std::move(path)) {}

  grpc::Status GetMetadata(grpc::string_ref /*service_url*/, grpc::string_ref /*method_name*/,
                           const grpc::AuthContext& /*channel*/,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    const absl::StatusOr<std::string> token = ReadToken(path_);
    if (!token.ok()) {
      return {grpc::StatusCode::UNAUTHENTICATED, Message(token.status())};
    }
    metadata->emplace("authorization", "Bearer " + *token);
    return grpc::Status::OK;
  }

 private:
  const std::string path_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ClientIdentity& identity) {
  const bool encrypted = !identity.tls.authorities.empty();
  if (!identity.token_file.empty() && !encrypted) {
    return absl::InvalidArgumentError(
        "a token must not be sent in plaintext: name the authorities of the server's certificate");
  }
  if (!encrypted) {
    return TransportSecurity::Plaintext().ForChannel();
  }
  ASSIGN_OR_RETURN(const TransportSecurity security, TransportSecurity::Tls(identity.tls));
  if (identity.token_file.empty()) {
    return security.ForChannel();
  }
  RETURN_IF_ERROR(ReadToken(identity.token_file).status());
  return grpc::CompositeChannelCredentials(
      security.ForChannel(),
      grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenOfFile>(identity.token_file)));
}

}  // namespace orderflow::rpc
