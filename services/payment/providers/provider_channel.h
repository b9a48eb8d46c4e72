#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/transport_security.h"

namespace grpc {
class Channel;
}

namespace orderflow::payment {

// The channel to the payment provider. With `authorities_file` the provider is a stranger: TLS, its
// certificate must be signed by one of these authorities, and it is shown no certificate of ours,
// which proves who we are to our own processes alone. Without (empty) it is one of the deployment's
// own, called as all of them are. kInvalidArgument naming the file that cannot be used.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeProviderChannel(
    const std::string& address, const std::string& authorities_file,
    const rpc::TransportSecurity& among_ourselves);

}  // namespace orderflow::payment
