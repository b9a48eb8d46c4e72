#pragma once

#include <string>

#include "absl/status/status.h"
#include "tools/orderctl/exit_code.h"
#include "tools/orderctl/terminal.h"

namespace google::protobuf {
class Message;
}

namespace orderflow::orderctl {

// A message as one line of protobuf JSON with every field present, so that scripts can rely on the
// keys (int64 values are strings, as protobuf JSON has it).
std::string ToJson(const google::protobuf::Message& message);

// The error of a call that changes something: when it is not known whether it took effect, it names
// the request id with which the call can be repeated safely.
absl::Status NamingRequest(const absl::Status& status, const std::string& request_id);

// An error for people: code, reason, every violated field, and what to do about it.
std::string ErrorText(const absl::Status& status, const Terminal& terminal);

// The same as one JSON document: {"error":{"code":..,"reason":..,"message":..,"metadata":{},
// "fieldViolations":[{"field":..,"description":..}],"retryDelayMs":..,"whatToDo":..}}.
std::string ErrorJson(const absl::Status& status);

// Writes the error to standard error in the form asked for and returns the exit code for it.
ExitCode ReportError(const absl::Status& status, bool json);

}  // namespace orderflow::orderctl
