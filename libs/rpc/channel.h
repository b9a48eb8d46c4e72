#pragma once

#include <memory>
#include <string>

namespace grpc {
class Channel;
class ChannelCredentials;
}  // namespace grpc

namespace orderflow::rpc {

struct ChannelOptions {
  // Retries of idempotent calls by gRPC itself (service config retryPolicy, UNAVAILABLE only, with
  // a retry budget). The one layer that retries calls; off for everything that is not a read.
  bool retry_reads = false;
  std::string service_name{};  // full proto service name that the policy applies to
  std::shared_ptr<grpc::ChannelCredentials> credentials{};  // null: plaintext
};

// A channel with keepalive, round robin and bounded reconnect backoff. Connects lazily.
// Threadsafe.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const ChannelOptions& options);

}  // namespace orderflow::rpc
