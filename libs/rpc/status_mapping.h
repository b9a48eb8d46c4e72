#pragma once

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace google::rpc {
class Status;
}

namespace orderflow::rpc {

// absl::Status -> grpc::Status with google.rpc details (libs/base/errors.h ErrorDetails become
// ErrorInfo domain "orderflow", BadRequest, RetryInfo). Every error gets an ErrorInfo: without a
// reason of its own, the name of its code. Messages that are withheld are replaced by a fixed
// sentence.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Whether the message is for the log alone: of kInternal and kUnknown, and of kUnavailable without
// a reason. That comes from below, a driver or another process, and may name hosts, ports and
// roles; who has something to say to clients gives it a reason (TypedError).
bool IsWithheld(const absl::Status& status);

// What a status of ToGrpcStatus carries: an error inside of a message.
google::rpc::Status ToProto(const grpc::Status& status);

// The way back, for clients. Understands the details that ToGrpcStatus writes.
absl::Status FromGrpcStatus(const grpc::Status& status);
absl::Status FromProto(const google::rpc::Status& proto);

}  // namespace orderflow::rpc
