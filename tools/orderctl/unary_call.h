#pragma once

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::orderctl {

// Makes one blocking call with a deadline and a trace of its own, without any retry.
//
// Nobody here cancels a call. One that comes in the moment in which a server stops is reset by
// gRPC, and the client is told CANCELLED: the same as UNAVAILABLE, the server may have acted or
// not.
template <class Stub, class Request, class Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request, Duration timeout) {
  grpc::ClientContext context;
  rpc::Prepare(context, timeout, telemetry::NewTrace());
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    return absl::UnavailableError("the server stopped before it answered; send the same again");
  }
  if (!status.ok()) {
    return rpc::FromGrpcStatus(status);
  }
  return response;
}

}  // namespace orderflow::orderctl
