#include "libs/rpc/channel.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "fmt/format.h"

namespace orderflow::rpc {
namespace {

// A dead peer is noticed after time + timeout; the server permits pings every 10 s.
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// gRPC's own maximum is two minutes, far longer than a restart takes.
constexpr int kReconnectBackoffMinMs = 100;
// For a connection to be made, handshakes included: a busy or distant peer takes a while for TLS.
// gRPC calls it the least backoff.
constexpr int kConnectTimeoutMs = 3'000;
constexpr int kReconnectBackoffMaxMs = 5'000;
// A name is asked for again when a connection is lost. gRPC's own half a minute between two such
// questions is longer than a rolling update takes to replace every address that the first answer
// had.
constexpr int kResolutionIntervalMinMs = 1'000;

// Retries spend tokens (one each), successes give back a tenth: under a lasting outage about one
// retry for ten calls is left, so retries cannot keep an overload alive.
std::string ReadRetryConfig(const std::string& service_name) {
  return fmt::format(R"({{
    "methodConfig": [{{
      "name": [{{"service": "{}"}}],
      "retryPolicy": {{
        "maxAttempts": 3,
        "initialBackoff": "0.05s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]
      }}
    }}],
    "retryThrottling": {{"maxTokens": 100, "tokenRatio": 0.1}}
  }})",
                     service_name);
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kResolutionIntervalMinMs);
  // Peers are inside: no proxy from the environment, no service config from DNS.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetLoadBalancingPolicyName("round_robin");
  if (options.retry_reads) {
    arguments.SetServiceConfigJSON(ReadRetryConfig(options.service_name));
  }
  return grpc::CreateCustomChannel(
      address,
      options.credentials == nullptr ? grpc::InsecureChannelCredentials() : options.credentials,
      arguments);
}

}  // namespace orderflow::rpc
