#include "services/payment/providers/provider_channel.h"

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"

namespace orderflow::payment {

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeProviderChannel(
    const std::string& address, const std::string& authorities_file,
    const rpc::TransportSecurity& among_ourselves) {
  if (authorities_file.empty()) {
    return rpc::MakeChannel(address, {.credentials = among_ourselves.ForChannel()});
  }
  ASSIGN_OR_RETURN(
      const rpc::TransportSecurity strangers,
      rpc::TransportSecurity::Tls(
          {.certificate_chain = "", .private_key = "", .authorities = authorities_file}));
  return rpc::MakeChannel(address, {.credentials = strangers.ForChannel()});
}

}  // namespace orderflow::payment
