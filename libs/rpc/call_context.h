#pragma once

#include "libs/base/clock.h"
#include "libs/telemetry/trace_context.h"

namespace grpc {
class CallbackServerContext;
class ClientContext;
}  // namespace grpc

namespace orderflow::rpc {

// The caller's trace continued, or a new one.
telemetry::TraceContext TraceOf(const grpc::CallbackServerContext& context);

// Time left until the caller's deadline, at most `cap` (which also stands for "no deadline").
Duration TimeLeft(const grpc::CallbackServerContext& context, Duration cap);

// Sets deadline and trace on an outgoing call.
void Prepare(grpc::ClientContext& context, Duration timeout, const telemetry::TraceContext& trace);

}  // namespace orderflow::rpc
