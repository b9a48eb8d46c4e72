#include "services/order/grpc/client_status.h"

#include <utility>

#include "grpcpp/grpcpp.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/log.h"

namespace orderflow::order {

absl::Status ForClient(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsUnknown(status)
             ? TypedError(absl::StatusCode::kUnavailable,
                          "what it is about is busy; try again with the same request_id", "BUSY")
             : status;
}

rpc::CallHandler ForClient(rpc::CallHandler handler) {
  return [handler = std::move(handler)](const rpc::Caller& caller) {
    return ForClient(handler(caller));
  };
}

google::rpc::Status ErrorOfPart(const absl::Status& status, const std::string& method,
                                const std::string& id) {
  if (rpc::IsWithheld(ForClient(status))) {
    telemetry::LogError("part of a call failed",
                        {{"method", method}, {"id", id}, {"error", Message(status)}});
  }
  return rpc::ToProto(rpc::ToGrpcStatus(ForClient(status)));
}

}  // namespace orderflow::order
