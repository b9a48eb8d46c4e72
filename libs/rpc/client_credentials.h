#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/transport_security.h"

namespace orderflow::rpc {

// Who a client is.
struct ClientIdentity {
  TlsFiles tls{};            // without authorities: plaintext
  std::string token_file{};  // sent as bearer token; read again for each call, so it may be renewed
};

// What channels of this client are made with. kInvalidArgument when a file cannot be used, or when
// there is a token and no TLS: whoever reads along could use it.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ClientIdentity& identity);

}  // namespace orderflow::rpc
