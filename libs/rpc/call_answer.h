#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace orderflow::rpc {

// What the caller is told of how its call of `method` has ended (ToGrpcStatus). What it is not told
// goes to the log.
grpc::Status AnswerOf(const absl::Status& status, const std::string& method,
                      const std::string& trace_id);

}  // namespace orderflow::rpc
