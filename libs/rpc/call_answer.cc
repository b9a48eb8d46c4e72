#include "libs/rpc/call_answer.h"

#include "libs/base/status_macros.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {

grpc::Status AnswerOf(const absl::Status& status, const std::string& method,
                      const std::string& trace_id) {
  if (absl::IsInternal(status) || absl::IsUnknown(status)) {
    telemetry::LogError("call failed", {{"method", method},
                                        {"code", absl::StatusCodeToString(status.code())},
                                        {"error", Message(status)},
                                        {"trace_id", trace_id}});
  }
  return ToGrpcStatus(status);
}

}  // namespace orderflow::rpc
