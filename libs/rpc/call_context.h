#pragma once

#include <string_view>

#include "libs/base/clock.h"
#include "libs/telemetry/trace_context.h"

namespace grpc {
class ServerContext;
class ClientContext;
}  // namespace grpc

namespace orderflow::rpc {

// The caller's trace as it was sent; may be empty or malformed.
std::string_view TraceparentOf(const grpc::ServerContext& context);

// Time left until the caller's deadline, at most `cap` (which also stands for "no deadline").
Duration TimeLeft(const grpc::ServerContext& context, Duration cap);

// Sets deadline and trace on an outgoing call.
void Prepare(grpc::ClientContext& context, Duration timeout, const telemetry::TraceContext& trace);

}  // namespace orderflow::rpc
