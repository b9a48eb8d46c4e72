#include "libs/rpc/call_context.h"

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace orderflow::rpc {
namespace {

constexpr char kTraceparentKey[] = "traceparent";

}  // namespace

std::string_view TraceparentOf(const grpc::ServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kTraceparentKey);
  return found == metadata.end() ? std::string_view()
                                 : std::string_view(found->second.data(), found->second.size());
}

Duration TimeLeft(const grpc::ServerContext& context, Duration cap) {
  const auto now = std::chrono::system_clock::now();
  const auto deadline = context.deadline();
  if (deadline <= now) {
    return Duration::zero();
  }
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return cap;
  }
  return std::min(cap, std::chrono::duration_cast<Duration>(deadline - now));
}

void Prepare(grpc::ClientContext& context, Duration timeout, const telemetry::TraceContext& trace) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  context.AddMetadata(kTraceparentKey, trace.ToTraceparent());
}

}  // namespace orderflow::rpc
