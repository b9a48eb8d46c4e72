#pragma once

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace orderflow::rpc {

// absl::Status -> grpc::Status with google.rpc details (libs/base/errors.h ErrorDetails become
// ErrorInfo domain "orderflow", BadRequest, RetryInfo). Every error gets an ErrorInfo: without a
// reason of its own, the name of its code. kInternal and kUnknown messages are replaced by a fixed
// sentence (the log has the facts).
grpc::Status ToGrpcStatus(const absl::Status& status);

// The way back, for clients. Understands the details that ToGrpcStatus writes.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace orderflow::rpc
